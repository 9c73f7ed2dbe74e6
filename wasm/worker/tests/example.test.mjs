// The example: a Worker of one's own that mounts the receiver and its ledger beside its other routes, as it would be deployed.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { COMPATIBILITY_DATE, OTHER_SECRET, ROOT, SECRET, completed, modules_in, signed } from "./harness.mjs";
import { request } from "./raw.mjs";

let miniflare;
let url;
before(async () => {
  const root = path.join(ROOT, "wasm/worker/example");
  miniflare = new Miniflare(convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    workers: [{
      name: "example",
      compatibilityDate: COMPATIBILITY_DATE,
      modules: await modules_in(root, "build/index.js", "build/index_bg.wasm"),
      modulesRoot: root,
      bindings: { OVERTEN_WEBHOOK_SECRETS: SECRET },
      durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } },
      queueProducers: { DELIVERIES: { queueName: "deliveries" } },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    }],
  }));
  await miniflare.ready;
  url = await miniflare.unsafeGetDirectURL("example");
});
after(() => miniflare.dispose());

const now = () => Math.floor(Date.now() / 1000);

async function post(body, { secret = SECRET, to = "/webhooks/overten", ...more } = {}) {
  const headers = signed(body, { secret, timestamp: now() });
  const { status, body: text } = await request(new URL(to, url), { headers, body: Buffer.from(body), ...more });
  return [status, text];
}

test("its own route answers beside the receiver's", async () => {
  const health = await fetch(new URL("/health", url));
  assert.deepEqual([health.status, await health.text()], [200, "ok"]);
  assert.deepEqual(await post(completed("mounted")), [200, '{"status":"accepted"}']);
});

test("its ledger takes a delivery in once", async () => {
  assert.deepEqual(await post(completed("once")), [200, '{"status":"accepted"}']);
  assert.deepEqual(await post(completed("once")), [200, '{"status":"duplicate"}']);
});

test("what is not Overten's is answered as the receiver answers it", async () => {
  assert.deepEqual(await post(completed("forged"), { secret: OTHER_SECRET }), [401, '{"error":"signature_mismatch"}']);
  assert.deepEqual(await post(completed("elsewhere"), { to: "/elsewhere" }), [404, '{"error":"not_found"}']);
  assert.deepEqual(await post(completed("put"), { method: "PUT" }), [405, '{"error":"method_not_allowed"}']);
});
