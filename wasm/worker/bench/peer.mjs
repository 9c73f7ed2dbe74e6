// What one writes by hand: a JavaScript Worker with WebCrypto that verifies, takes each run in once through a Durable
// Object, queues it, and forgets keys after a week. Only here to be measured beside ours: it stops at the body limit, but
// has none of ours' care for odd input, for a queue or object that is slow or dies, or for bodies too long for the queue.

import { DurableObject } from "cloudflare:workers";

const MAX_BODY_BYTES = 1024 * 1024;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

const encoder = new TextEncoder();
let key;

export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname !== "/webhooks/overten") return answer(404, "not_found");
    if (request.method !== "POST") return answer(405, "method_not_allowed");
    const timestamp = request.headers.get("x-overten-timestamp") ?? "";
    const signature = /^sha256=([0-9a-f]{64})$/.exec(request.headers.get("x-overten-signature") ?? "");
    if (!signature || !/^[0-9]{1,12}$/.test(timestamp)) return answer(400, "malformed_signature");

    const body = await read(request);
    if (!body) return answer(413, "body_too_large");
    const prefix = encoder.encode(`${timestamp}.`);
    const content = new Uint8Array(prefix.length + body.byteLength);
    content.set(prefix);
    content.set(new Uint8Array(body), prefix.length);
    const algorithm = { name: "HMAC", hash: "SHA-256" };
    key ??= await crypto.subtle.importKey("raw", encoder.encode(env.OVERTEN_WEBHOOK_SECRETS), algorithm, false, ["verify"]);
    if (!(await crypto.subtle.verify("HMAC", key, Uint8Array.fromHex(signature[1]), content))) return answer(401, "signature_mismatch");
    if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 259200) return answer(503, "timestamp_too_old");

    const event = JSON.parse(new TextDecoder().decode(body));
    const message = JSON.stringify({ key: `${event.event}:${event.run_id}`, event, received_at: Date.now() });
    const ledger = env.LEDGER.get(env.LEDGER.idFromName(event.run_id));
    const claim = await ledger.fetch("https://ledger/deliveries", { method: "POST", body: message });
    return answer(200, (await claim.text()) === "new" ? "accepted" : "duplicate", { event: event.event, run_id: event.run_id });
  },
};

/** The runtime holds a body to the length that was announced; one without is counted as it comes. */
async function read(request) {
  const announced = request.headers.get("content-length");
  if (announced !== null) return Number(announced) > MAX_BODY_BYTES ? null : request.arrayBuffer();
  const chunks = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return new Blob(chunks).arrayBuffer();
}

export class Ledger extends DurableObject {
  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec("CREATE TABLE IF NOT EXISTS taken (key TEXT PRIMARY KEY, at INTEGER)");
  }

  async fetch(request) {
    const message = await request.text();
    const { key } = JSON.parse(message);
    const { storage } = this.ctx;
    if ([...storage.sql.exec("SELECT 1 FROM taken WHERE key = ?", key)].length > 0) return new Response("duplicate");
    await this.env.DELIVERIES.send(message, { contentType: "text" });
    storage.sql.exec("INSERT INTO taken VALUES (?, ?)", key, Date.now());
    if ((await storage.getAlarm()) === null) await storage.setAlarm(Date.now() + WEEK_MS);
    return new Response("new");
  }

  async alarm() {
    const { storage } = this.ctx;
    storage.sql.exec("DELETE FROM taken WHERE at <= ?", Date.now() - WEEK_MS);
    const [{ oldest }] = storage.sql.exec("SELECT min(at) AS oldest FROM taken");
    if (oldest === null) await storage.deleteAll();
    else await storage.setAlarm(oldest + WEEK_MS);
  }
}

/** Each request leaves one line in the log, as in ours. */
function answer(status, code, more = {}) {
  console.log(JSON.stringify({ code, ...more }));
  return Response.json(status === 200 ? { status: code } : { error: code }, { status });
}
