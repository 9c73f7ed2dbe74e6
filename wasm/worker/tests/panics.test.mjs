// After a panic the module's instance is replaced: the next request works, in the route and in the ledger's object.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { COMPATIBILITY_DATE, SECRET, WORKER, completed, modules_in, signed } from "./harness.mjs";
import { request } from "./raw.mjs";

const said = [];
let miniflare;
let url;
before(async () => {
  const root = path.join(WORKER, "tests/panics");
  miniflare = new Miniflare(convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    handleStructuredLogs: ({ message }) => said.push(message),
    workers: [{
      name: "panics",
      compatibilityDate: COMPATIBILITY_DATE,
      modules: await modules_in(root, "build/index.js", "build/index_bg.wasm"),
      modulesRoot: root,
      bindings: { OVERTEN_WEBHOOK_SECRETS: SECRET },
      durableObjects: { LEDGER: { className: "Planted", useSQLite: true } },
      queueProducers: { DELIVERIES: { queueName: "panics" } },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    }],
  }));
  await miniflare.ready;
  url = new URL("/webhooks/overten", await miniflare.unsafeGetDirectURL("panics"));
});
after(() => miniflare.dispose());

async function post(run_id, planted) {
  const body = completed(run_id);
  const headers = signed(body, { timestamp: Math.floor(Date.now() / 1000) });
  if (planted) headers.push(["x-planted", planted]);
  const { status, body: text } = await request(url, { headers, body: Buffer.from(body) });
  return [status, text];
}

const PLANTED = {
  "route": "planted in the route",
  "route, later": "planted in the route, later",
  "stack": "Maximum call stack size exceeded",
  "ledger": "planted in the ledger",
  "new ledger": "planted in a new ledger",
};
for (const [where, words] of Object.entries(PLANTED)) {
  test(`the delivery that met a panic (${where}) is asked for again, and then taken in once`, async () => {
    const run_id = where.replaceAll(/\W/g, "_");
    assert.deepEqual(await post(`before_${run_id}`), [200, '{"status":"accepted"}']);
    const [status] = await post(run_id, where);
    assert.ok(status >= 500, `answered ${status}`);
    assert.ok(said.some((line) => line.includes(words)), `nothing says '${words}': ${said.join("\n")}`);
    assert.deepEqual(await post(run_id), [200, '{"status":"accepted"}']);
    assert.deepEqual(await post(run_id), [200, '{"status":"duplicate"}']);
    assert.deepEqual(await post(`before_${run_id}`), [200, '{"status":"duplicate"}'], "the object of before is at work again");
  });
}

test("whoever waits when another panics is refused at once", async () => {
  const waits = post("waits", "wait");
  while ((await post("waits", "waiting"))[1] !== "1");
  await post("panics", "route");
  const [status] = await waits;
  assert.ok(status >= 500, `answered ${status}`);
  assert.deepEqual(await post("waits"), [200, '{"status":"accepted"}']);
});
