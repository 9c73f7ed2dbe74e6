// What a consumer is promised: message.schema.json, and nothing that does not fit it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { WORKER, completed, start } from "./harness.mjs";

const schema = JSON.parse(await readFile(path.join(WORKER, "message.schema.json"), "utf8"));
const validate = new Ajv({ strict: true, allErrors: true }).compile(schema);
let worker;
before(async () => (worker = await start()));
after(() => worker.stop());

const BODIES = {
  minimal: completed("run_1"),
  full: JSON.stringify({
    event: "run.failed", run_id: "run_2", task_id: "t", agent_name: "a", format: "pdf", status: "failed", summary: "s",
    download_url: "d", edit_url: "e", message: "m", credits_used: 1.5, duration_ms: 84, error: { code: "c", message: "m" },
  }),
  other: '{"event":"run.paused","run_id":"run_3","more":{"id":9007199254740993}}',
  quarantined_text: "not json",
  quarantined_binary: Buffer.from([0xff, 0x00]),
  waiting: completed("run_4", { summary: "x".repeat(200_000) }),
  waiting_long_run_id: completed("r".repeat(200_000)),
  long_texts: completed("run_5", { summary: "x".repeat(50_000), message: "y".repeat(40_000) }),
};

test("each kind of message fits the schema, body and all", async () => {
  for (const [name, body] of Object.entries(BODIES)) {
    await worker.set({ env: { OVERTEN_WEBHOOK_SECRETS: "label-1.x:whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" } });
    assert.ok((await worker.post(body)).status === 200, name);
    const { text } = await worker.message();
    assert.ok(validate(JSON.parse(text)), `${name}: ${JSON.stringify(validate.errors)}\n${text.slice(0, 500)}`);
  }
});

test("numbers reach the consumer as they were sent", async () => {
  await worker.set();
  const body = '{"event":"run.completed","run_id":"exact","credits_used":0.1,"cost":12345678901234567890123,"id":9007199254740993}';
  await worker.post(body);
  const { text } = await worker.message();
  assert.equal(JSON.parse(text).body.text, body);
  assert.match(text, /"credits_used":0\.1[,}]/);
});

test("the schema refuses what is no message, so the test above can fail", async () => {
  await worker.set();
  await worker.post(completed("run_schema"));
  const good = JSON.parse((await worker.message()).text);
  assert.ok(validate(good));
  const { key, ...without_key } = good;
  for (const bad of [without_key, { ...good, extra: 1 }, { ...good, version: 2 }, { ...good, body: {} }, { ...good, quarantined: "no" }]) {
    assert.ok(!validate(bad), JSON.stringify(bad));
  }
});

test("without a ledger a body up to the limit there fits into a message, whatever it holds", async () => {
  const limit = 32 * 1024;
  const bare = await start({ ledger: false });
  try {
    const failed = (message) => JSON.stringify({ event: "run.failed", run_id: "r", error: "e", message });
    const filled = (unit) => failed(unit.repeat((limit - failed("").length) / (failed(unit).length - failed("").length)));
    const events = ["\n", "\t", "\r\n", '"', "\\", "\u0001", "/"].map(filled);
    for (const body of [...events, "\u0001".repeat(limit), Buffer.alloc(limit, 0xff)]) {
      await bare.set();
      assert.equal((await bare.post(body)).status, 200, JSON.stringify(body.slice(50, 70)));
    }
  } finally {
    await bare.stop();
  }
});
