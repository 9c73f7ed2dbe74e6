// Every vector, through the Worker over HTTP: each with its own clock, secrets and settings, in both key scopes.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { ROOT, start } from "./harness.mjs";

const file = process.env.OVERTEN_VECTORS ?? path.join(ROOT, "tests/vectors/deliveries.json");
const vectors = JSON.parse(await readFile(file, "utf8"));
let worker;

before(async () => (worker = await start()));
after(() => worker.stop());

test("every vector gets its verdict, its answer and its queue message", async () => {
  let ran = 0;
  for (const vector of vectors.cases) {
    for (const scope of vector.expect.result === "verified" ? ["run", "task"] : ["run"]) await check(vector, scope);
    ran += 1;
  }
  assert.equal(ran, vectors.count);
  assert.ok(ran > 0);
  assert.deepEqual(await worker.messages_so_far(), [], "nothing but what was accepted reached the queue");
});

test("a vector whose body was changed fails, so the runner can fail", async () => {
  const vector = vectors.cases.find(({ expect }) => expect.event);
  const changed = { ...vector, id: `${vector.id} (canary)`, body: vector.body.replace("{", "{ ") };
  await assert.rejects(check(changed, "run"), assert.AssertionError);
});

async function check(vector, scope) {
  await worker.set(settings_of(vector, scope));
  const answer = await worker.request({ headers: vector.headers.map(pair), body: body_of(vector) });
  const what = `${vector.id} (${scope}): ${vector.note}`;
  if (vector.headers.some(changed_by_http)) return check_refused_whoever_refuses(answer, what);

  const expected = expected_answer(vector);
  assert.equal(answer.status, expected.status, what);
  assert.deepEqual(answer.json, answer.status < 300 ? { status: expected.code } : { error: expected.code }, what);

  const log = await worker.log();
  assert.equal(log.code, expected.code, what);
  if (vector.expect.result === "refused") assert.match(log.detail, new RegExp(`^OVERTEN_WEBHOOK_SECRETS: ${vector.expect.code}: `), what);
  if (vector.expect.age !== undefined) assert.equal(log.age_seconds, vector.expect.age, what);
  if (vector.expect.result === "verified") check_message(await worker.message(), vector, scope, what);
}

/** A header that cannot reach a Worker as it is: a line ends at its newline, and no name or value holds these others. */
function changed_by_http({ name, value = "", value_hex = "" }) {
  const bytes = Buffer.concat([Buffer.from(value), Buffer.from(value_hex, "hex")]);
  return !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || [0x00, 0x0a, 0x0d].some((byte) => bytes.includes(byte));
}

/** The runtime refuses such a request itself, or hands on what is left of it: never is it taken in. */
async function check_refused_whoever_refuses(answer, what) {
  assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status}`);
  if (answer.json) await worker.log();
}

function check_message(message, vector, scope, what) {
  const { expect } = vector;
  assert.equal(message.key, scope === "task" ? expect.task_key : expect.key, what);
  assert.equal(message.quarantined, expect.event === undefined, what);
  assert.equal(message.secret_label, `secret-${expect.secret}`, what);
  assert.equal(message.timestamp, expect.timestamp, what);
  assert.equal(message.received_at_ms, vector.now * 1000, what);
  assert.deepEqual(message_body(message), body_of(vector), what);
  assert.deepEqual(message.event, expect.event ?? null, what);
}

function settings_of(vector, scope) {
  const { past, future } = tolerance_of(vector);
  return {
    now: vector.now,
    ledger: { mode: "real", namespace: `${vector.id} ${scope} ` },
    env: {
      OVERTEN_WEBHOOK_SECRETS: vector.secrets.map(secret_line).join("\n"),
      TOLERANCE_PAST_SECONDS: past,
      TOLERANCE_FUTURE_SECONDS: future,
      KEY_SCOPE: scope,
      ...(vector.max_body_bytes === undefined ? {} : { MAX_BODY_BYTES: String(vector.max_body_bytes) }),
    },
  };
}

/** A blank line is skipped and a colon ends a label: a secret that is one or holds one is given its default label. */
function secret_line(secret, at) {
  return secret.trim() === "" || secret.includes(":") ? `secret-${at}:${secret}` : secret;
}

function tolerance_of({ tolerance = vectors.defaults.tolerance }) {
  const side = (seconds) => (seconds === null ? "off" : String(seconds));
  if (tolerance === null || typeof tolerance === "number") return { past: side(tolerance), future: side(tolerance) };
  const { past = vectors.defaults.tolerance, future = vectors.defaults.tolerance } = tolerance;
  return { past: side(past), future: side(future) };
}

function pair({ name, value, value_hex }) {
  return [name, value_hex === undefined ? value : Buffer.from(value_hex, "hex")];
}

function body_of({ body, body_hex, body_spaces = 0 }) {
  const bytes = body_hex === undefined ? Buffer.from(body) : Buffer.from(body_hex, "hex");
  return Buffer.concat([bytes, Buffer.alloc(body_spaces, " ")]);
}

function expected_answer({ expect }) {
  if (expect.result === "refused") return { status: expect.status, code: "misconfigured" };
  if (expect.result === "rejected") return { status: expect.status, code: expect.code };
  return { status: expect.status, code: expect.event ? "accepted" : "quarantined" };
}

function message_body({ body }) {
  return body.text === undefined ? Buffer.from(body.base64, "base64") : Buffer.from(body.text);
}
