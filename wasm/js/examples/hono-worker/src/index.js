// A Cloudflare Worker with Hono: each event goes into a queue once, and is handled from there.

import { Hono } from "hono";
import { PermanentFailure, readStored, Receiver, secretsFromLines, setAsideRecord } from "overten-webhook";
import { webhookHandler } from "overten-webhook/hono";
import { DurableObjectStore, OvertenLedger } from "overten-webhook/stores/durable-object";

export { OvertenLedger };

const LONGEST_MESSAGE_BYTES = 127_000;

/** Made once for each isolate, which has the same bindings for as long as it lives. */
let receiver;

function receiver_of(env) {
  return (receiver ??= new Receiver({
    secrets: secretsFromLines(env.OVERTEN_WEBHOOK_SECRETS),
    // 503 until the first delivery has verified, since 401 is final with Overten; 401 from then on.
    mismatchStatus: Number(env.MISMATCH_STATUS ?? 401),
    store: new DurableObjectStore(env.LEDGER),
    async handler(event) {
      if (event.raw.length > LONGEST_MESSAGE_BYTES) throw new PermanentFailure("longer than a queue's message may be");
      await env.EVENTS.send(event.raw, { contentType: "bytes" });
    },
    async setAside(delivery, reason) {
      await env.SET_ASIDE.put(delivery.bodyKey(), JSON.stringify(setAsideRecord(delivery, reason)));
    },
  }));
}

const app = new Hono({ strict: false }); // a path with its final slash is the same path
app.all("/webhooks/overten", (context) => webhookHandler(receiver_of(context.env))(context));
app.get("/health", (context) => context.json({ ok: !receiver_of(context.env).problem }));

/** The work itself. A message may come twice, as a queue has it. */
async function handle(event) {
  switch (event.kind) {
    case "run_completed":
      return console.log(`fetch the document of ${event.runId}: ${event.downloadUrl}`);
    case "run_failed":
      return console.log(`tell somebody that ${event.runId} failed: ${event.error?.message}`);
    default:
      return console.log(`nothing to do about ${event.name} of ${event.runId}`);
  }
}

export default {
  fetch: app.fetch,
  async queue(batch) {
    for (const message of batch.messages) {
      await handle(readStored(new Uint8Array(message.body)));
      message.ack();
    }
  },
};
