// The forwarder behind a real queue: what reaches the origin, what is tried again, what ends as a dead letter.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { experimental_readRawConfig } from "wrangler";
import { NOW, ROOT, completed, start } from "./harness.mjs";
import { Inbox } from "./inbox.mjs";

const AUTHORIZATION = "Bearer a-token-that-only-the-origin-knows";
const MIB = 1_048_576;
const ATTEMPTS = 3; // the first and two retries, as the harness sets it
const arrived = new Inbox();
/** What the origin does by key: a status, or a function of its response; for as many answers as are listed, then 200. */
const answers = new Map();
let origin;
let worker;

before(async () => {
  origin = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const key = request.headers["idempotency-key"];
    arrived.push({ key, method: request.method, headers: request.headers, body: Buffer.concat(chunks) });
    const status = answers.get(key)?.shift() ?? 200;
    if (typeof status === "function") return status(response);
    response.writeHead(status, status === 302 ? { Location: "/elsewhere" } : {}).end();
  });
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  const ORIGIN_URL = `http://127.0.0.1:${origin.address().port}/overten`;
  worker = await start({ forwarder: { ORIGIN_URL, ORIGIN_AUTHORIZATION: AUTHORIZATION } });
  await worker.set();
});
after(async () => {
  await worker.stop();
  origin.close();
  origin.closeAllConnections();
});

const with_key = (wanted) => arrived.take(({ key }) => key === wanted);
const line_of = (code, key) => worker.logs.take(({ line }) => line?.code === code && line.key === key);
const dead_letter_of = (wanted) => worker.messages.take(({ text }) => JSON.parse(text).key === wanted);
const hang_up = (response) => response.destroy();
const say_nothing = () => {};

/** A message as the receiver writes it, put straight into the queue: so that what is sent together arrives as one batch. */
function message(run_id, body = { text: completed(run_id) }) {
  const event = { event: "run.completed", kind: "completed", run_id };
  const rest = { event, body, timestamp: NOW, secret_label: "secret-0", received_at_ms: NOW * 1000 };
  return JSON.stringify({ version: 1, key: `run.completed:${run_id}`, quarantined: false, ...rest });
}

async function send(...texts) {
  const queue = await worker.miniflare.getQueueProducer("DELIVERIES", "consumer");
  await queue.sendBatch(texts.map((body) => ({ body, contentType: "text" })));
}

test("the origin gets the body as it was signed, with the key to skip a second one by", async () => {
  const body = `\n${completed("plain", { summary: "mânecă 😊", cost: 12345678901234567890123n.toString() })} `;
  assert.equal((await worker.post(body)).status, 200);
  const { method, headers, body: got } = await with_key("run.completed:plain");
  assert.equal(method, "POST");
  assert.equal(got.toString(), body);
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers["x-overten-timestamp"], String(NOW));
  assert.equal(headers["x-overten-quarantined"], undefined);
  assert.equal(headers.authorization, AUTHORIZATION);
  await line_of("forwarded", "run.completed:plain");
});

test("a body that waits in the ledger arrives whole, and so does one that is no text", async () => {
  const large = completed("large", { summary: "x".repeat(MIB - 100) });
  const binary = Buffer.concat([Buffer.from([0xff]), randomBytes(MIB - 1)]);
  const small_binary = Buffer.from([0xff, 0x00, 0x0a]);
  for (const [body, quarantined] of [[Buffer.from(large), undefined], [binary, "true"], [small_binary, "true"]]) {
    assert.equal((await worker.post(body)).status, 200);
    const got = await arrived.take(({ body: { length } }) => length === body.length);
    assert.ok(got.body.equals(body));
    assert.equal(got.headers["x-overten-quarantined"], quarantined);
    assert.equal(got.headers["content-type"], quarantined ? "application/octet-stream" : "application/json");
  }
});

test("what the origin did not take is tried again, message by message", async () => {
  answers.set("run.completed:again", [500, hang_up]);
  await send(...["beside_1", "again", "beside_2"].map((run) => message(run)));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) await with_key("run.completed:again");
  await line_of("forwarded", "run.completed:again");
  for (const beside of ["run.completed:beside_1", "run.completed:beside_2"]) await with_key(beside);
  assert.deepEqual(arrived.drain(), [], "those beside it came once");
});

test("the messages of a batch do not wait for one another", async () => {
  const second_arrived = new Promise((resolve) => {
    answers.set("run.completed:second", [(response) => resolve(response.end())]);
  });
  answers.set("run.completed:first", [(response) => second_arrived.then(() => response.end())]);
  await send(...["first", "second"].map((run) => message(run)));
  for (const key of ["run.completed:first", "run.completed:second"]) await line_of("forwarded", key);
  assert.deepEqual(arrived.drain().map(({ key }) => key).sort(), ["run.completed:first", "run.completed:second"]);
});

test("an origin that says nothing is not waited for, and holds up nothing else", async () => {
  answers.set("run.completed:silence", Array(ATTEMPTS).fill(say_nothing));
  await send(...["silence", "beside_silence"].map((run) => message(run)));
  await with_key("run.completed:beside_silence");
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { line } = await line_of("retried", "run.completed:silence");
    assert.match(line.detail, /^the origin did not answer: .*time/);
  }
  assert.equal((await dead_letter_of("run.completed:silence")).text, message("silence"));
  assert.deepEqual(arrived.drain().map(({ key }) => key), Array(ATTEMPTS).fill("run.completed:silence"), "it came once");
});

test("a ledger that says nothing is not waited for, and holds up nothing else", async () => {
  const waiting = ["silent_1", "silent_2", "silent_3", "silent_4"];
  const stored = { object: "silent", path: "/__test/silence", bytes: 200_000 };
  await send(...waiting.map((run) => message(run, { stored })), message("beside_silent"));
  for (const run of waiting) {
    const { line } = await line_of("retried", `run.completed:${run}`);
    assert.equal(line.detail, "the ledger did not answer in time");
  }
  await with_key("run.completed:beside_silent");
  for (const run of waiting) await dead_letter_of(`run.completed:${run}`);
});

test("an answer that never ends holds none of its batch up", async () => {
  let hung_up;
  const endless_is_over = new Promise((resolve) => (hung_up = resolve));
  answers.set("run.completed:endless", [(response) => response.on("close", hung_up).writeHead(200).write("and so on")]);
  answers.set("run.completed:after_it", [(response) => endless_is_over.then(() => response.end())]);
  await send(...["endless", "after_it"].map((run) => message(run)));
  await line_of("forwarded", "run.completed:endless");
  await line_of("forwarded", "run.completed:after_it");
  assert.deepEqual(arrived.drain().map(({ key }) => key).sort(), ["run.completed:after_it", "run.completed:endless"]);
});

test("no more are posted at once than the platform has connections for, so that no post is given up before it began", async () => {
  const runs = Array.from({ length: 10 }, (_, at) => `at_once_${at}`);
  let open = 0;
  let most_open = 0;
  for (const run of runs) {
    answers.set(`run.completed:${run}`, [(response) => {
      most_open = Math.max(most_open, (open += 1));
      setTimeout(() => response.end(() => (open -= 1)), 100);
    }]);
  }
  await send(...runs.map((run) => message(run)));
  for (const run of runs) await line_of("forwarded", `run.completed:${run}`);
  assert.ok(most_open > 1 && most_open < 6, `${most_open} at once`);
  assert.equal(arrived.drain().length, runs.length, "each came once");
});

test("what was not taken waits as long again as it has waited, from half a minute to four hours", async () => {
  for (const [age_s, delay_s] of [[0, 30], [29, 30], [100, 100], [3600, 3600], [14_400, 14_400], [100_000, 14_400]]) {
    answers.set(`run.completed:aged_${age_s}`, [503]);
    await send(message(`aged_${age_s}`, { text: completed(`aged_${age_s}`) }).replace("{", `{"age_s":${age_s},`));
    const { line } = await worker.logs.take((entry) => entry.line?.delay_s !== undefined && entry.line.age_s === age_s);
    assert.ok(line.delay_s >= delay_s && line.delay_s <= delay_s + 5, `${age_s} s old: ${line.delay_s} s`);
    await line_of("forwarded", `run.completed:aged_${age_s}`);
  }
  arrived.drain();
});

test("its attempts last for days, and end before the queue drops a message", async () => {
  const { rawConfig } = experimental_readRawConfig({ config: path.join(ROOT, "wasm/forwarder/wrangler.toml") });
  const [{ max_retries, retry_delay }] = rawConfig.queues.consumers;
  assert.equal(retry_delay, undefined, "each message has its own");
  let waited = 0;
  for (let retry = 0; retry < max_retries; retry += 1) waited += Math.min(Math.max(waited, 30), 4 * 3600);
  assert.ok(waited > 2.5 * 86_400 && waited < 3.5 * 86_400, `${waited / 86_400} days`);
});

test("dead letters are put back as they were, and what cannot be put back stays", async (t) => {
  const letters = [message("dead_1"), message("dead_2"), "not json"];
  const putting_back = await start({ forwarder: {}, put_back: true });
  t.after(() => putting_back.stop());
  const queue = await putting_back.miniflare.getQueueProducer("DELIVERIES", "consumer");
  await queue.sendBatch(letters.map((body) => ({ body, contentType: "text" })));
  await queue.send({ no: "text" }, { contentType: "json" });
  const got = [];
  for (let at = 0; at <= letters.length; at += 1) got.push(await putting_back.messages.take());
  const order = ({ text: a }, { text: b }) => a.localeCompare(b);
  const wanted = [...letters.map((text) => ({ kind: "string", text })), { kind: "object", text: '{"no":"text"}' }];
  assert.deepEqual(got.sort(order), wanted.sort(order));
  const lines = putting_back.logs.drain().map(({ line }) => line?.code);
  assert.deepEqual(lines.filter(Boolean), Array(4).fill("put_back"));
});

test("a redirect is no acknowledgement, and is not followed", async () => {
  answers.set("run.completed:moved", [302]);
  await worker.post(completed("moved"));
  for (let attempt = 1; attempt <= 2; attempt += 1) await with_key("run.completed:moved");
  const { line } = await line_of("retried", "run.completed:moved");
  assert.equal(line.status, 302);
});

test("after the last attempt the dead-letter queue has the message as it was", async () => {
  answers.set("run.completed:dead", Array(ATTEMPTS).fill(503));
  await worker.post(completed("dead"));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) await with_key("run.completed:dead");
  const { key, body } = await worker.message();
  assert.deepEqual([key, body], ["run.completed:dead", { text: completed("dead") }]);
});

test("an outage loses none of many messages", async () => {
  const runs = Array.from({ length: 50 }, (_, at) => `outage_${at}`);
  for (const run of runs) answers.set(`run.completed:${run}`, Array(ATTEMPTS).fill(503));
  await send(...runs.map((run) => message(run)));
  for (const run of runs) assert.equal((await dead_letter_of(`run.completed:${run}`)).text, message(run));
  assert.equal(arrived.drain().length, runs.length * ATTEMPTS);
});

test("a body that waits no longer is not posted as an empty one", async () => {
  const text = message("gone", { stored: { object: "gone", path: `/bodies/${"0".repeat(64)}`, bytes: 200_000 } });
  await send(text);
  const { line } = await line_of("retried", "run.completed:gone");
  assert.equal(line.detail, "the ledger answered 404 for the body");
  assert.equal((await dead_letter_of("run.completed:gone")).text, text);
  assert.deepEqual(arrived.drain(), []);
});

test("a message that cannot be read is kept as a dead letter, never dropped", async () => {
  for (const odd of [JSON.stringify({ version: 999, key: "of another version" }), "", "not json", message("odd", { base64: "?" })]) {
    await send(odd);
    assert.equal((await worker.messages.take()).text, odd);
  }
  const queue = await worker.miniflare.getQueueProducer("DELIVERIES", "consumer");
  await queue.send({ no: "text" }, { contentType: "json" });
  assert.deepEqual(await worker.messages.take(), { kind: "object", text: '{"no":"text"}' });
});

test("its log shows neither the body nor what the origin knows it by", () => {
  const said = worker.everything.join("\n");
  assert.ok(said.includes("forwarded"));
  assert.ok(!said.includes(AUTHORIZATION) && !said.includes("mânecă"));
});

/** A port of this machine at which nobody answers. */
async function closed_port() {
  const server = http.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

test("without an origin that can be asked everything is kept, and the log says why", async () => {
  const token = "user:a-password";
  const settings = [
    [{}, "misconfigured", /^ORIGIN_URL: set it/],
    [{ ORIGIN_URL: "" }, "misconfigured", /^ORIGIN_URL: must be/],
    [{ ORIGIN_URL: "not a url" }, "misconfigured", /^ORIGIN_URL: must be/],
    [{ ORIGIN_URL: "https://" }, "misconfigured", /^ORIGIN_URL: must be/],
    [{ ORIGIN_URL: "ftp://origin.example/" }, "misconfigured", /^ORIGIN_URL: must be/],
    [{ ORIGIN_URL: `https://${token}@origin.example/` }, "misconfigured", /^ORIGIN_URL: must hold no user/],
    [{ ORIGIN_URL: "https://origin.example/", ORIGIN_AUTHORIZATION: "" }, "misconfigured", /^ORIGIN_AUTHORIZATION: must be/],
    [{ ORIGIN_URL: "https://origin.example/", ORIGIN_AUTHORIZATION: " " }, "misconfigured", /^ORIGIN_AUTHORIZATION: must be/],
    [{ ORIGIN_URL: "https://origin.example/", ORIGIN_AUTHORIZATION: `${AUTHORIZATION}\nX: y` }, "misconfigured", /^ORIGIN_AUTHORIZATION: must be/],
    [{ ORIGIN_URL: "https://origin.example/", ORIGIN_AUTHORIZATION: 12345 }, "misconfigured", /^ORIGIN_AUTHORIZATION: must be text/],
    [{ ORIGIN_URL: "https://origin.example/", ORIGIN_AUTHORIZATION: false }, "misconfigured", /^ORIGIN_AUTHORIZATION: must be text/],
    [{ ORIGIN_URL: "https://origin.example/", ORIGIN_AUTHORIZATION: { token } }, "misconfigured", /^ORIGIN_AUTHORIZATION: must be text/],
    [{ ORIGIN_URL: `http://127.0.0.1:${await closed_port()}/` }, "retried", /^the origin did not answer: /],
  ];
  for (const [variables, code, detail] of settings) {
    const lost = await start({ forwarder: { ORIGIN_AUTHORIZATION: AUTHORIZATION, ...variables } });
    try {
      await lost.set();
      await lost.post(completed("nowhere"));
      const { line } = await lost.logs.take((entry) => ["misconfigured", "retried"].includes(entry.line?.code));
      assert.equal(line.code, code, line.detail);
      assert.match(line.detail, detail);
      const { line: { delay_s } } = await lost.logs.take((entry) => entry.line?.delay_s);
      assert.equal(delay_s, code === "misconfigured" ? 3600 : 30);
      assert.equal((await lost.message()).key, "run.completed:nowhere");
      const said = lost.everything.join("\n");
      assert.ok(!said.includes(AUTHORIZATION) && !said.includes(token) && !said.includes("origin.example"));
    } finally {
      await lost.stop();
    }
  }
});
