import { Receiver, secretsFromLines } from "overten-webhook";
import { DurableObjectStore, OvertenLedger } from "overten-webhook/stores/durable-object";
export { OvertenLedger };
export default {
  fetch(request, env, ctx) {
    const receiver = new Receiver({ secrets: secretsFromLines("x"), store: new DurableObjectStore(env.LEDGER), handler() {}, setAside() {} });
    return receiver.receive(request, ctx);
  },
} satisfies ExportedHandler<Env>;
