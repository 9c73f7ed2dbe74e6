// The log: one JSON line per request, enough to find a delivery by, and never a secret or a signature to replay.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
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

const raw_of = async (code) => (await worker.logs.take(({ line }) => line?.raw === code)).line;

test("LOG_RAW adds a line for what failed, and for nothing else", async () => {
  await worker.set({ env: { LOG_RAW: "1" } });
  await worker.post(completed("raw"), { headers: signed(completed("raw"), { secret: OTHER_SECRET }) });
  await worker.post(completed("raw"));
  await worker.request({ method: "GET" });
  const lines = (await worker.logs_so_far()).map(({ line }) => line?.code ?? line?.raw);
  assert.deepEqual(lines, ["signature_mismatch", "signature_mismatch", "accepted", "method_not_allowed", "method_not_allowed"]);
  await worker.set({ env: { LOG_RAW: "all" } });
  await worker.post(completed("raw all"));
  assert.equal((await raw_of("accepted")).body, completed("raw all"));
  await worker.set();
  await worker.post(completed("plain"), { headers: signed(completed("plain"), { secret: OTHER_SECRET }) });
  assert.deepEqual((await worker.logs_so_far()).map(({ line }) => line.raw), [undefined]);
});

test("LOG_RAW shows the headers that tell something, the signature shortened, and nothing meant for others", async () => {
  const body = completed("raw é");
  const others = [
    ["Authorization", "Bearer x"], ["CF-Access-Client-Secret", "x"], ["X-Hub-Signature-256", "sha256=x"], ["X-Credential", "x"],
    ["Referer", "https://origin.example/?token=x"], ["Cookie", "x"],
  ];
  const shown = [["Content-Type", "application/json"], ["User-Agent", `Overten-Webhook/1.0 ${"u".repeat(500)}`], ["X-Overten-Event", "run.completed"]];
  const [[, signature]] = signed(body, { secret: OTHER_SECRET });
  await worker.set({ env: { LOG_RAW: "1" } });
  await worker.post(body, { headers: [...signed(body, { secret: OTHER_SECRET }), ...others, ...shown] });
  const { headers, ...line } = await raw_of("signature_mismatch");
  assert.deepEqual(line, {
    raw: "signature_mismatch", body_bytes: Buffer.byteLength(body), body_sha256: createHash("sha256").update(body).digest("hex"), body,
  });
  assert.deepEqual(Object.keys(headers), [
    "X-Overten-Signature", "X-Overten-Timestamp", "X-Overten-Event", "Content-Type", "Content-Length", "User-Agent",
  ]);
  assert.equal(headers["X-Overten-Timestamp"], String(NOW));
  assert.equal(headers["X-Overten-Signature"], `${signature.slice(0, 15)}…`);
  assert.equal(headers["User-Agent"].length, 257);
});

test("LOG_RAW cuts a long body at 16 KiB and says so, between two characters; what is no text is base64", async () => {
  await worker.set({ env: { LOG_RAW: "1" } });
  const bodies = {
    text: [Buffer.from(`${"x".repeat(16_383)}é${"x".repeat(600_000)}`), 16_383],
    binary: [Buffer.concat([Buffer.from([0xff]), randomBytes(100_000)]), 16_384],
    short_binary: [Buffer.from([0xff, 0x00]), undefined],
  };
  for (const [name, [body, cut_at]] of Object.entries(bodies)) {
    await worker.post(body, { headers: signed(body, { secret: OTHER_SECRET }) });
    const line = await raw_of("signature_mismatch");
    assert.equal(line.cut_at, cut_at, name);
    assert.equal(line.body_bytes, body.length, name);
    assert.equal(line.body_sha256, createHash("sha256").update(body).digest("hex"), name);
    const shown = line.body === undefined ? Buffer.from(line.body_base64, "base64") : Buffer.from(line.body);
    assert.deepEqual(shown, body.subarray(0, cut_at), name);
    assert.equal(line.body === undefined, name.includes("binary"), name);
    assert.ok(JSON.stringify(line).length < 40_000, name);
  }
});

test("LOG_RAW gives no length and SHA-256 of a body that was too large to be read whole", async () => {
  await worker.set({ env: { LOG_RAW: "1", MAX_BODY_BYTES: "20" } });
  async function* chunks() {
    yield Buffer.from(`32\r\n${"x".repeat(50)}\r\n0\r\n\r\n`);
  }
  await worker.request({ headers: [["Transfer-Encoding", "chunked"], ...signed("x".repeat(50))], body: chunks(), framing: false });
  const { headers, ...line } = await raw_of("body_too_large");
  assert.deepEqual(line, { raw: "body_too_large", body: "x".repeat(21), cut_at: 21 });
});

test("LOG_RAW adds no more than thirty lines a minute, since anybody can make them", async () => {
  for (const now of [NOW + 3600, NOW + 3660]) {
    await worker.set({ now, env: { LOG_RAW: "1" } });
    for (let sent = 0; sent < 33; sent++) await worker.request({ method: "GET" });
    const lines = (await worker.logs_so_far()).map(({ line }) => line);
    assert.equal(lines.filter(({ code }) => code === "method_not_allowed").length, 33);
    assert.equal(lines.filter(({ raw }) => raw === "method_not_allowed").length, 30);
  }
});

test("a receiver says at its start what it has loaded, once per isolate, or what is wrong", async (t) => {
  await worker.set({ env: { OVERTEN_WEBHOOK_SECRETS: `subscription:${SECRET}\n${OTHER_SECRET}`, MISMATCH_STATUS: "503" } });
  worker.starts.drain();
  await worker.post(completed("start"));
  const { line: { version, ...said } } = await worker.starts.take();
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.deepEqual(said.secrets.map(({ label }) => label), ["subscription", "secret-1"]);
  assert.equal(said.mismatch_status, 503);
  await worker.set({ env: { KEY_SCOPE: "both" } });
  await worker.post(completed("start"));
  const { line: { code, detail } } = await worker.starts.take();
  assert.deepEqual([code, detail], ["misconfigured", "KEY_SCOPE: must be `run` or `task`"]);

  // An isolate's environment never changes: only this one's, which is the tests' own, is another one each time.
  const unchanging = await start({ entry: "build/index.js", variables: { OVERTEN_WEBHOOK_SECRETS: SECRET } });
  t.after(() => unchanging.stop());
  for (const body of ["a", "b", "c"]) await unchanging.post(body);
  for (let line = 0; line < 3; line += 1) await unchanging.log();
  assert.equal(unchanging.starts.drain().length, 1);
});

test("a tail consumer finds the signature in the platform's own record of the headers, and nowhere else", async (t) => {
  const watched = await start({ tail: true });
  t.after(() => watched.stop());
  await watched.set({ env: { LOG_RAW: "all" } });
  watched.tails.drain();
  const body = completed("watched");
  const [[, signature]] = signed(body);
  await watched.post(body);
  const { text } = await watched.tails.take(({ text }) => text.includes("watched"));
  const [event] = JSON.parse(text).filter(({ logs }) => logs.some(({ message }) => String(message).includes("watched")));
  assert.equal(event.event.request.headers["x-overten-signature"], signature, "so invocation_logs are off: see SECURITY.md");
  delete event.event.request.headers;
  assert.ok(!JSON.stringify(event).includes(signature.slice(7, 39)));
  assert.ok(JSON.stringify(event).includes("accepted"));
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
