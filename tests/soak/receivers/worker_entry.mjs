// The shipped bundle with its queue over HTTP, and a look at its memory.

import { look } from "../../../wasm/worker/tests/memory.mjs";
import Shipped, { Ledger as ShippedLedger } from "../../../wasm/worker/build/index.js";
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

/** The name is the one that the `worker` crate looks for. */
class WorkerQueue {
  constructor(url) {
    this.url = url;
  }

  async send(message) {
    const answer = await fetch(this.url, { method: "POST", body: message });
    await answer.text();
    if (!answer.ok) throw new Error(`the queue answered ${answer.status}`);
  }
}

const environments = new WeakMap();

/** The same one each time, as the runtime's is: the Worker parses its settings once for each. */
function environment(env) {
  if (!environments.has(env)) environments.set(env, { ...env, DELIVERIES: new WorkerQueue(env.QUEUE_URL) });
  return environments.get(env);
}

export class Ledger extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.shipped = new ShippedLedger(state, environment(env));
  }

  fetch(request) {
    return this.shipped.fetch(request);
  }

  alarm() {
    return this.shipped.alarm();
  }
}

export default class extends WorkerEntrypoint {
  fetch(request) {
    if (new URL(request.url).pathname === "/__soak/memory") return Response.json(look([]).bytes);
    return Shipped.fetch(request, environment(this.env), this.ctx);
  }
}
