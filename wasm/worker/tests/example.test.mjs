// The example: a Worker of one's own that mounts the receiver and its ledger beside its other routes, as it would be deployed.

import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { COMPATIBILITY_DATE, OTHER_SECRET, ROOT, SECRET, completed, modules_in, signed } from "./harness.mjs";
import { request } from "./raw.mjs";
import { body_of, changed_by_http, expected_answer, pair, vectors } from "./vectors.mjs";

const SETTINGS = {
  plain: { OVERTEN_WEBHOOK_SECRETS: SECRET },
  // Without a tolerance the vectors' deliveries are as good today as on their day.
  set: { OVERTEN_WEBHOOK_SECRETS: SECRET, WEBHOOK_PATH: "/of-its-own", TOLERANCE_PAST_SECONDS: "off", TOLERANCE_FUTURE_SECONDS: "off", MISMATCH_STATUS: "503" },
  root: { OVERTEN_WEBHOOK_SECRETS: SECRET, WEBHOOK_PATH: "/" },
  health: { OVERTEN_WEBHOOK_SECRETS: SECRET, WEBHOOK_PATH: "/health" },
  wrong: { OVERTEN_WEBHOOK_SECRETS: SECRET, KEY_SCOPE: "both" },
};
let miniflare;
let urls;
before(async () => {
  const root = path.join(ROOT, "wasm/worker/example");
  const modules = await modules_in(root, "build/index.js", "build/index_bg.wasm");
  miniflare = new Miniflare(convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    handleStructuredLogs() {},
    workers: Object.entries(SETTINGS).map(([name, bindings]) => ({
      name,
      compatibilityDate: COMPATIBILITY_DATE,
      modules,
      modulesRoot: root,
      bindings,
      durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } },
      queueProducers: { DELIVERIES: { queueName: name } },
      unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
    })),
  }));
  await miniflare.ready;
  urls = Object.fromEntries(await Promise.all(Object.keys(SETTINGS).map(async (name) => [name, await miniflare.unsafeGetDirectURL(name)])));
});
after(() => miniflare.dispose());

const now = () => Math.floor(Date.now() / 1000);

async function post(body, { secret = SECRET, by = "plain", to = "/webhooks/overten", ...more } = {}) {
  const headers = signed(body, { secret, timestamp: now() });
  const { status, body: text } = await request(new URL(to, urls[by]), { headers, body: Buffer.from(body), ...more });
  return [status, text];
}

test("its own route answers beside the receiver's", async () => {
  const health = await fetch(new URL("/health", urls.plain));
  assert.deepEqual([health.status, await health.text()], [200, "ok"]);
  assert.deepEqual(await post(completed("mounted")), [200, '{"status":"accepted"}']);
});

test("its health check tells strangers that something is wrong, and not what", async () => {
  const health = await fetch(new URL("/health", urls.wrong));
  assert.deepEqual([health.status, await health.text()], [503, "misconfigured"]);
});

test("every path that can be configured reaches the receiver, its own route's too", async () => {
  for (const [by, to] of [["root", "/"], ["health", "/health"]]) {
    assert.deepEqual(await post(completed(by), { by, to }), [200, '{"status":"accepted"}']);
    assert.deepEqual(await post(completed(by), { by, to, method: "PUT" }), [405, '{"error":"method_not_allowed"}']);
  }
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

test("its variables are the receiver's", async () => {
  assert.deepEqual(await post(completed("moved"), { by: "set" }), [404, '{"error":"not_found"}']);
  assert.deepEqual(await post(completed("moved"), { by: "set", to: "/of-its-own" }), [200, '{"status":"accepted"}']);
  const forged = { by: "set", to: "/of-its-own", secret: OTHER_SECRET };
  assert.deepEqual(await post(completed("forged"), forged), [503, '{"error":"signature_mismatch"}']);
  assert.deepEqual(await post(completed("wrong"), { by: "wrong" }), [503, '{"error":"misconfigured"}']);
});

test("the first vector of each outcome is answered as by the receiver alone", async () => {
  const first = new Map();
  for (const vector of vectors.cases.filter(under_the_settings)) {
    const { status, code } = expected_answer(vector);
    if (!first.has(code)) first.set(code, { ...vector, status });
  }
  for (const code of ["accepted", "quarantined", "signature_mismatch", "malformed_signature"]) assert.ok(first.has(code), code);
  for (const [code, vector] of first) {
    const answer = await request(new URL("/of-its-own", urls.set), { headers: vector.headers.map(pair), body: body_of(vector) });
    const expected = vector.status < 300 ? { status: code } : { error: code };
    assert.deepEqual([answer.status, JSON.parse(answer.body)], [code === "signature_mismatch" ? 503 : vector.status, expected], vector.id);
  }
});

/** Its one secret, its body limit, no tolerance, and headers that HTTP can carry. */
function under_the_settings({ secrets, tolerance, max_body_bytes, headers, expect }) {
  const untimely = ["timestamp_too_old", "timestamp_in_future"].includes(expect.code);
  const usual = tolerance === undefined && max_body_bytes === undefined && secrets.length === 1 && secrets[0] === SECRET;
  return usual && !untimely && !headers.some(changed_by_http);
}
