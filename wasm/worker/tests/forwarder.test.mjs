// The forwarder behind a real queue: what reaches the origin, what is tried again, what ends as a dead letter.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { after, before, test } from "node:test";
import { NOW, completed, start } from "./harness.mjs";
import { Inbox } from "./inbox.mjs";

const AUTHORIZATION = "Bearer a-token-that-only-the-origin-knows";
const MIB = 1_048_576;
const ATTEMPTS = 3; // the first and two retries, as the harness sets it
const arrived = new Inbox();
/** Status by key, for as many answers as are listed; then 200. */
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
    if (status === "hang up") return request.socket.destroy();
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
});

const with_key = (wanted) => arrived.take(({ key }) => key === wanted);
const line_of = (code, key) => worker.logs.take(({ line }) => line?.code === code && line.key === key);

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
  answers.set("run.completed:again", [500, "hang up"]);
  await Promise.all(["beside_1", "again", "beside_2"].map((run) => worker.post(completed(run))));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) await with_key("run.completed:again");
  await line_of("forwarded", "run.completed:again");
  for (const beside of ["run.completed:beside_1", "run.completed:beside_2"]) await with_key(beside);
  assert.deepEqual(arrived.drain(), [], "those beside it came once");
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

test("a message that cannot be read is kept as a dead letter, never dropped", async () => {
  const queue = await worker.miniflare.getQueueProducer("DELIVERIES", "consumer");
  const odd = JSON.stringify({ version: 999, key: "of another version" });
  await queue.send(odd, { contentType: "text" });
  assert.equal((await worker.messages.take()).text, odd);
});

test("its log shows neither the body nor what the origin knows it by", () => {
  const said = worker.everything.join("\n");
  assert.ok(said.includes("forwarded"));
  assert.ok(!said.includes(AUTHORIZATION) && !said.includes("mânecă"));
});

test("without an origin, or with one that is no URL, everything is kept and the log names the variable", async () => {
  for (const variables of [{}, { ORIGIN_URL: "not a url" }]) {
    const lost = await start({ forwarder: variables });
    try {
      await lost.set();
      await lost.post(completed("nowhere"));
      const { line } = await lost.logs.take((entry) => entry.line?.code === "retried");
      assert.match(line.detail, /^ORIGIN_URL: /);
      assert.equal((await lost.message()).key, "run.completed:nowhere");
    } finally {
      await lost.stop();
    }
  }
});
