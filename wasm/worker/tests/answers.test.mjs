// What is answered, and in which order things are looked at.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { NOW, OTHER_SECRET, ROOT, SECRET, completed, signed, start } from "./harness.mjs";

let worker;
before(async () => (worker = await start()));
after(() => worker.stop());

test("every answer is the one of the shared catalogue", async () => {
  const { codes } = JSON.parse(await readFile(path.join(ROOT, "tests/vectors/codes.json"), "utf8"));
  const replies = new Map(codes.filter(({ reply }) => reply !== null).map((entry) => [entry.code, entry]));
  const body = completed("run_table");
  const [signature, timestamp] = signed(body);
  const stale = NOW - 259_201;
  const cases = {
    accepted: { body },
    duplicate: { body },
    quarantined: { body: "not json", headers: signed("not json") },
    missing_signature: { body, headers: [timestamp] },
    malformed_signature: { body, headers: [["X-Overten-Signature", "sha1=00"], timestamp] },
    missing_timestamp: { body, headers: [signature] },
    malformed_timestamp: { body, headers: [signature, ["X-Overten-Timestamp", "soon"]] },
    signature_mismatch: { body, headers: signed(body, { secret: OTHER_SECRET }) },
    timestamp_too_old: { body, headers: signed(body, { timestamp: stale }) },
    timestamp_in_future: { body, headers: signed(body, { timestamp: NOW + 301 }) },
    body_too_large: { body, settings: { env: { MAX_BODY_BYTES: "10" } } },
    not_found: { body, path: "/webhooks/elsewhere" },
    method_not_allowed: { body, method: "PUT" },
    misconfigured: { body, settings: { env: { OVERTEN_WEBHOOK_SECRETS: null } } },
    unavailable: { body, settings: { ledger: { mode: "dead" } } },
  };
  for (const [code, { settings, body: sent, ...request }] of Object.entries(cases)) {
    await worker.set(settings);
    const answer = await worker.post(sent, request);
    assert.equal(answer.status, replies.get(code).status, code);
    assert.equal(answer.body, replies.get(code).reply, `${code}: exactly this, no final newline`);
    assert.equal(answer.headers.get("content-type"), "application/json", code);
    assert.equal(answer.headers.get("retry-after"), answer.status === 503 ? "10" : undefined, code);
    assert.equal(answer.headers.get("allow"), answer.status === 405 ? "POST" : undefined, code);
    assert.equal((await worker.log()).code, code);
  }
  // in_flight needs two deliveries at once: ledger.test.mjs shows it.
  assert.deepEqual([...Object.keys(cases), "in_flight"].sort(), [...replies.keys()].sort());
});

test("path comes before method, method before configuration, configuration before headers", async () => {
  await worker.set({ env: { OVERTEN_WEBHOOK_SECRETS: null } });
  assert.equal((await worker.request({ method: "GET", path: "/elsewhere" })).json.error, "not_found");
  assert.equal((await worker.request({ method: "GET" })).json.error, "method_not_allowed");
  assert.equal((await worker.request()).json.error, "misconfigured");
  await worker.set();
  assert.equal((await worker.request()).json.error, "missing_signature");
});

test("a trailing slash and a query do not matter, the path's setting does", async () => {
  await worker.set();
  for (const path of ["/webhooks/overten/", "/webhooks/overten?from=overten", "/webhooks/overten/?a=b"]) {
    assert.equal((await worker.post(completed(path), { path })).json.status, "accepted", path);
  }
  await worker.set({ env: { WEBHOOK_PATH: "/in/" } });
  assert.equal((await worker.post(completed("moved"), { path: "/in" })).json.status, "accepted");
  assert.equal((await worker.post(completed("moved"), {})).json.error, "not_found");
});

test("an address counts from its path on, whatever its scheme and host", async () => {
  for (const address of ["ws://receiver/webhooks/overten", "wss://receiver:8443/webhooks/overten?a=//b", "https://u:p@receiver/webhooks/overten/"]) {
    await worker.set({ made: { address } });
    assert.equal((await worker.post(completed(address))).json.status, "accepted", address);
  }
  for (const address of ["ws://receiver/elsewhere", "http://receiver//receiver/webhooks/overten", "http://webhooks/overten"]) {
    await worker.set({ made: { address } });
    assert.equal((await worker.post(completed(address))).json.error, "not_found", address);
  }
});

test("nothing about the content type or the encoding headers changes the verdict", async () => {
  await worker.set();
  const types = [undefined, "text/plain", "application/json; charset=utf-8", "application/x-www-form-urlencoded"];
  for (const type of types) {
    const body = completed(`run ${type}`);
    const headers = [...signed(body), ...(type ? [["Content-Type", type]] : [])];
    assert.equal((await worker.post(body, { headers })).json.status, "accepted", type);
  }
  const body = completed("gzip");
  const { gzipSync } = await import("node:zlib");
  const headers = [...signed(body), ["Content-Encoding", "gzip"]];
  assert.equal((await worker.post(gzipSync(body), { headers })).json.error, "signature_mismatch", "never inflated");
});

test("headers are judged before the body is read", async () => {
  await worker.set();
  const never_sent = (async function* () {})();
  const headers = [["X-Overten-Timestamp", String(NOW)], ["Content-Length", "100"]];
  const answer = await worker.request({ headers, body: never_sent, framing: false });
  assert.equal(answer.json.error, "missing_signature");
});

test("a mismatch is answered as the setting says", async () => {
  const forged = { headers: signed(completed("forged"), { secret: OTHER_SECRET }) };
  for (const [setting, status] of [[null, 401], ["401", 401], ["503", 503]]) {
    await worker.set({ env: { MISMATCH_STATUS: setting } });
    const answer = await worker.post(completed("forged"), forged);
    assert.deepEqual([answer.status, answer.json], [status, { error: "signature_mismatch" }]);
  }
});

test("during a rotation either secret verifies, and the message says which", async () => {
  await worker.set({ env: { OVERTEN_WEBHOOK_SECRETS: `\nsubscription:${OTHER_SECRET}\n\nprevious:${SECRET}\n` } });
  await worker.messages_so_far();
  for (const [secret, label] of [[SECRET, "previous"], [OTHER_SECRET, "subscription"]]) {
    const body = completed(`run_${label}`);
    assert.equal((await worker.post(body, { headers: signed(body, { secret }) })).json.status, "accepted");
    assert.equal((await worker.messages_so_far()).at(-1).secret_label, label);
    assert.equal((await worker.logs.take((entry) => entry.line?.run_id === `run_${label}`)).line.secret, label);
  }
});
