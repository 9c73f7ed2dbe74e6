// The log: one JSON line per request, enough to find a delivery by, and never a secret or a signature to replay.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { NOW, OTHER_SECRET, SECRET, completed, signed, start } from "./harness.mjs";

let worker;
before(async () => (worker = await start()));
after(() => worker.stop());

test("an accepted delivery leaves one line that says what it was", async () => {
  const body = completed("run_1", { task_id: "task_1" });
  await worker.set({ now: NOW + 7, env: { OVERTEN_WEBHOOK_SECRETS: `subscription:${SECRET}` } });
  await worker.post(body);
  const { elapsed_ms, level, ...line } = await worker.log();
  assert.deepEqual(line, {
    code: "accepted", event: "run.completed", run_id: "run_1", task_id: "task_1",
    secret: "subscription", age_seconds: 7, body_bytes: body.length,
  });
  assert.ok(Number.isInteger(elapsed_ms) && elapsed_ms >= 0, String(elapsed_ms));
  assert.equal(level, "info");
});

test("each request leaves exactly one line, whatever it was", async () => {
  await worker.set();
  const headers = signed(completed("x"), { secret: OTHER_SECRET });
  await worker.request({ method: "GET" });
  await worker.request({ path: "/elsewhere" });
  await worker.request();
  await worker.post(completed("x"), { headers });
  await worker.post(completed("lines"));
  await worker.post(completed("lines"));
  await worker.post("no json");
  const codes = (await worker.logs_so_far()).map(({ line }) => line?.code);
  assert.deepEqual(codes, [
    "method_not_allowed", "not_found", "missing_signature", "signature_mismatch", "accepted", "duplicate", "quarantined",
  ]);
});

test("what an operator must mend says how, where Overten only learns a word", async () => {
  const cases = [
    [{}, { body: "{}", headers: signed("{}", { secret: OTHER_SECRET }) }, "signature_mismatch", /secret/],
    [{}, { body: "{}", headers: signed("{}", { timestamp: NOW - 300_000 }) }, "timestamp_too_old", /300000|259200/],
    [{}, { body: "[]", headers: signed("[]") }, "quarantined", /./],
    [{ env: { MAX_BODY_BYTES: "1" } }, { body: "{}", headers: signed("{}") }, "body_too_large", /MAX_BODY_BYTES/],
    [{ queue: { mode: "fail" } }, { body: completed("q"), headers: signed(completed("q")) }, "unavailable", /queue/],
    [{ ledger: { mode: "dead" } }, { body: completed("l"), headers: signed(completed("l")) }, "unavailable", /ledger|LEDGER/],
  ];
  for (const [settings, { body, headers }, code, wanted] of cases) {
    await worker.set(settings);
    const answer = await worker.post(body, { headers });
    assert.deepEqual(Object.keys(answer.json).length, 1, code);
    const line = await worker.log();
    assert.equal(line.code, code);
    assert.match(line.detail, wanted, `${code}: ${line.detail}`);
  }
});

test("LOG_RAW adds body and headers as received, the signature shortened, and nothing does without it", async () => {
  const body = completed("raw é");
  const headers = [...signed(body), ["Authorization", "Bearer not-for-logs"], ["CF-Access-Client-Secret", "not-for-logs"]];
  const [[, signature]] = headers;
  await worker.set({ env: { LOG_RAW: "1" } });
  await worker.post(body, { headers });
  const line = await worker.log();
  assert.equal(line.raw_body, body);
  assert.equal(line.raw_headers["x-overten-timestamp"], String(NOW));
  assert.ok(signature.startsWith(line.raw_headers["x-overten-signature"].replace("…", "")));
  assert.ok(!JSON.stringify(line).includes(signature.slice(0, 40)));
  assert.ok(!JSON.stringify(line).includes("not-for-logs"));
  await worker.set();
  await worker.post(completed("plain"));
  const plain = await worker.log();
  assert.deepEqual([plain.raw_body, plain.raw_headers], [undefined, undefined]);
});

test("no secret, no right signature and no whole received one is ever shown", async () => {
  const planted = "whsec_planted0123456789secret";
  const body = completed("planted");
  const env = { OVERTEN_WEBHOOK_SECRETS: `planted:${planted}\nbroken`, LOG_RAW: "1" };
  const right = signed(body, { secret: planted });
  const wrong = signed(body, { secret: OTHER_SECRET });
  const answers = [];
  for (const secrets of [env.OVERTEN_WEBHOOK_SECRETS, `planted:${planted}`, `"${planted}"`, `${planted}\n${planted}`]) {
    await worker.set({ env: { ...env, OVERTEN_WEBHOOK_SECRETS: secrets } });
    for (const headers of [right, wrong]) answers.push((await worker.post(body, { headers })).body);
  }
  assert.ok(answers.includes('{"status":"accepted"}') && answers.includes('{"error":"signature_mismatch"}'));
  await worker.messages_so_far();
  const shown = [...worker.everything, ...answers].join("\n");
  assert.ok(shown.includes("planted"), "the label is there: this looks in the right place");
  for (const secret of [planted, SECRET, OTHER_SECRET]) assert.ok(!shown.includes(secret.slice(6)), "a secret");
  for (const [[, value]] of [right, wrong]) assert.ok(!shown.includes(value.slice(7, 39)), "a signature");
});
