// Every vector, through the Worker over HTTP: each with its own clock, secrets and settings, in both key scopes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { body_of, changed_by_http, expected_answer, pair, vectors } from "./vectors.mjs";

/** The last second that a JavaScript date can show; the first one is as far before 1970. */
const LAST_SECOND = 8_640_000_000_000;
let worker;

before(async () => (worker = await start()));
after(() => worker.stop());

test("every vector gets its verdict, its answer and its queue message", async () => {
  let ran = 0;
  const left_out = vectors.cases.filter(cannot_be_said);
  for (const vector of vectors.cases) {
    if (left_out.includes(vector)) continue;
    for (const scope of vector.expect.result === "verified" ? ["run", "task"] : ["run"]) await check(vector, scope);
    ran += 1;
  }
  assert.equal(ran + left_out.length, vectors.count);
  assert.ok(ran > left_out.length);
  console.log(`${ran} vectors ran; ${left_out.length} cannot be said here: ${left_out.map(({ id }) => id).join(", ")}`);
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
  if (vector.expect.result === "refused") assert.match(log.detail, new RegExp(`: ${vector.expect.code}: OVERTEN_WEBHOOK_SECRETS: `), what);
  if (vector.expect.age !== undefined) assert.equal(log.age_seconds, vector.expect.age, what);
  if (vector.expect.result === "verified") await check_message(await worker.message(), vector, scope, what);
}

/** A JavaScript clock ends, and a newline ends a secret where there is one a line. */
function cannot_be_said({ now, secrets }) {
  return Math.abs(now) > LAST_SECOND || secrets.some((secret) => secret.trim().includes("\n"));
}

/** The runtime refuses such a request itself, or hands on what is left of it, perhaps without its body: never is it taken in. */
async function check_refused_whoever_refuses(answer, what) {
  const is_emptied = answer.json?.error === "unavailable";
  assert.ok((answer.status >= 400 && answer.status < 500) || is_emptied, `${what}: ${answer.status}`);
  if (answer.json) await worker.log();
}

async function check_message(message, vector, scope, what) {
  const { expect } = vector;
  assert.equal(message.key, scope === "task" ? expect.task_key : expect.key, what);
  assert.equal(message.quarantined, expect.event === undefined, what);
  assert.equal(message.secret_label, `secret-${expect.secret}`, what);
  if (expect.event) assert.equal(message.timestamp, expect.timestamp, what);
  assert.equal(message.received_at_ms, vector.now * 1000, what);
  assert.deepEqual(await message_body(message, namespace_of(vector, scope)), body_of(vector), what);
  assert.deepEqual(message.event, expect.event ?? null, what);
}

function settings_of(vector, scope) {
  const { past, future } = tolerance_of(vector);
  return {
    now: vector.now,
    ledger: { mode: "real", namespace: namespace_of(vector, scope) },
    env: {
      OVERTEN_WEBHOOK_SECRETS: vector.secrets.map(secret_line).join("\n"),
      TOLERANCE_PAST_SECONDS: past,
      TOLERANCE_FUTURE_SECONDS: future,
      // Longer than the widest window of any vector: the Worker refuses a shorter one.
      RETENTION_SECONDS: "100000000000",
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

function namespace_of(vector, scope) {
  return `${vector.id} ${scope} `;
}

async function message_body({ body: { text, base64, stored } }, namespace) {
  if (text !== undefined) return Buffer.from(text);
  if (base64 !== undefined) return Buffer.from(base64, "base64");
  const answer = await worker.fetch_body({ object: namespace + stored.object, path: stored.path });
  assert.equal(answer.status, 200);
  return answer.bytes;
}
