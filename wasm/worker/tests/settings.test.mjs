// A wrong setting is refused by name: the answer says misconfigured, the log says which variable and what to do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NOW, SECRET, completed, signed, start } from "./harness.mjs";

const WRONG = {
  OVERTEN_WEBHOOK_SECRETS: [null, "", " \n\n", "short", `a:${SECRET}\na:${SECRET}x`, `${SECRET}\n${SECRET}`, `"${SECRET}"`, "empty:"],
  TOLERANCE_PAST_SECONDS: ["-1", "soon", "1.5", "", "+1", "1e3"],
  TOLERANCE_FUTURE_SECONDS: ["-1", "soon", "1.5", ""],
  KEY_SCOPE: ["Run", "", "both"],
  MAX_BODY_BYTES: ["0", "-1", "1MiB", "", "99999999999"],
  RETENTION_SECONDS: ["259500", "0", "-1", "week", ""],
  MISMATCH_STATUS: ["400", "", "retry"],
  WEBHOOK_PATH: ["webhooks", "", "/a?b", "/a/../b", "/a/%2e%2e/b", "/.", "/a#b", "/a\nb"],
  LOG_RAW: ["yes", "true", "ALL", ""],
  DELIVERIES: ["a variable", {}],
  LEDGER: ["a variable", {}],
};

test("each wrong value answers misconfigured and is named in the log", async (t) => {
  const worker = await start();
  t.after(() => worker.stop());
  for (const [name, values] of Object.entries(WRONG)) {
    for (const value of values) {
      await worker.set({ env: { [name]: value } });
      const answer = await worker.post(completed("run_1"));
      const what = `${name}=${JSON.stringify(value)}`;
      assert.deepEqual([answer.status, answer.json], [503, { error: "misconfigured" }], what);
      const { code, detail } = await worker.log();
      assert.equal(code, "misconfigured", what);
      assert.ok(detail.includes(`: ${name}: `), `${what}: ${detail}`);
    }
  }
  assert.deepEqual(await worker.messages_so_far(), []);
  await worker.set();
  assert.equal((await worker.post(completed("run_1"))).json.status, "accepted", "the same isolate works once it is put right");
});

test("values that are right are taken, as text or as a number", async (t) => {
  const worker = await start();
  t.after(() => worker.stop());
  const right = [
    { TOLERANCE_PAST_SECONDS: "off", TOLERANCE_FUTURE_SECONDS: "off" },
    { TOLERANCE_PAST_SECONDS: 0, TOLERANCE_FUTURE_SECONDS: 0 },
    { MAX_BODY_BYTES: 1000, RETENTION_SECONDS: 259_501 },
    { LOG_RAW: "0", KEY_SCOPE: "task", MISMATCH_STATUS: 503 },
    { LOG_RAW: "all" },
  ];
  for (const env of right) {
    await worker.set({ env });
    assert.equal((await worker.post(completed(JSON.stringify(env)))).json.status, "accepted", JSON.stringify(env));
  }
});

test("with the ledger a delivery may be three days late, without it five minutes", async (t) => {
  for (const [ledger, past] of [[true, 259_200], [false, 300]]) {
    const worker = await start({ ledger });
    t.after(() => worker.stop());
    await worker.set();
    for (const [age, code] of [[past, undefined], [past + 1, "timestamp_too_old"]]) {
      const body = completed(`run_${age}`);
      const answer = await worker.post(body, { headers: signed(body, { timestamp: NOW - age }) });
      assert.equal(answer.json.error, code, `ledger ${ledger}, age ${age}`);
    }
  }
});

test("without the queue's binding nothing is taken in", async (t) => {
  const worker = await start({ queue: false });
  t.after(() => worker.stop());
  await worker.set();
  assert.deepEqual((await worker.post(completed("run_1"))).json, { error: "misconfigured" });
  assert.match((await worker.log()).detail, /: DELIVERIES: /);
});

test("without the ledger it still verifies and queues, and says at its start that duplicates pass", async (t) => {
  const worker = await start({ ledger: false });
  t.after(() => worker.stop());
  await worker.set();
  for (let sent = 0; sent < 3; sent += 1) assert.equal((await worker.post(completed("run_1"))).json.status, "accepted");
  assert.equal((await worker.messages_so_far()).length, 3);
  const { line } = await worker.starts.take();
  assert.equal(line.level, "warn");
  assert.match(line.detail, /^LEDGER is not bound: duplicates .* 32768 bytes .* MAX_BODY_BYTES: bind LEDGER$/);
});

test("without the ledger the body limit always fits a message, and a larger one is misconfigured", async (t) => {
  const worker = await start({ ledger: false });
  t.after(() => worker.stop());
  await worker.set({ env: { MAX_BODY_BYTES: "1048576" } });
  assert.equal((await worker.post(completed("run_1"))).json.error, "misconfigured");
  const { detail } = await worker.log();
  const limit = Number(/to (\d+)/.exec(detail)?.[1]);
  assert.match(detail, /: MAX_BODY_BYTES: .*LEDGER/);

  await worker.set();
  for (const filler of ["x", "\u0001", "\u00e9", '"', "\u{1f600}"]) {
    const body = largest(limit, filler);
    assert.equal((await worker.post(body)).json.status, "accepted", JSON.stringify(filler));
    assert.equal((await worker.log()).code, "accepted");
    const message = await worker.message();
    assert.ok(Buffer.byteLength(message.text) <= 127_000, `${Buffer.byteLength(message.text)} bytes`);
  }
  const over = largest(limit, "x") + " ";
  assert.equal((await worker.post(over)).json.error, "body_too_large");
  const refused = await worker.log();
  assert.equal(refused.code, "body_too_large");
  assert.match(refused.detail, /MAX_BODY_BYTES/, "a final refusal names the setting that would have let it in");
});

/** A body of exactly that many bytes whose `message` is all filler: the worst case, since it stands in the event too. */
function largest(bytes, filler) {
  const shell = (text) => JSON.stringify({ event: "run.failed", run_id: `run_${filler.codePointAt(0)}`, error: "e", message: text });
  const each = Buffer.byteLength(shell(filler)) - Buffer.byteLength(shell(""));
  const body = shell(filler.repeat(Math.floor((bytes - Buffer.byteLength(shell(""))) / each)));
  return body + " ".repeat(bytes - Buffer.byteLength(body));
}
