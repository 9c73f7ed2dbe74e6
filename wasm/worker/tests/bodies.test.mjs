// Large bodies: over the queue's limit they wait in the ledger, over the body limit they are refused without being read.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { NOW, completed, signed, start } from "./harness.mjs";
import { answer_to } from "./raw.mjs";

const MIB = 1_048_576;
const QUEUE_LIMIT = 128_000;
const DAY = 86_400;
let worker;
before(async () => (worker = await start()));
after(() => worker.stop());

/** A body of exactly that many bytes. */
function text_of(bytes, run_id, filler = "x") {
  const shell = completed(run_id, { summary: "" });
  const each = Buffer.byteLength(filler);
  const count = Math.floor((bytes - shell.length) / each);
  return shell.replace('"summary":""', `"summary":"${filler.repeat(count)}"`) + " ".repeat((bytes - shell.length) % each);
}

async function accepted_message(body, code = "accepted") {
  assert.equal((await worker.post(body)).json.status, code);
  const message = await worker.message();
  assert.ok(Buffer.byteLength(message.text) <= QUEUE_LIMIT - 1000, `${Buffer.byteLength(message.text)} bytes`);
  return message;
}

test("a body at the limit waits in the ledger, text and binary, until a consumer fetches it", async () => {
  await worker.set();
  const binary = Buffer.concat([Buffer.from([0xff, 0xfe]), randomBytes(MIB - 2)]);
  for (const [body, code] of [[Buffer.from(text_of(MIB, "limit", "é")), "accepted"], [binary, "quarantined"]]) {
    const message = await accepted_message(body, code);
    assert.equal(message.body.stored.bytes, body.length);
    const fetched = await worker.fetch_body(message.body.stored);
    assert.equal(fetched.status, 200);
    assert.deepEqual(fetched.bytes, body);
  }
});

test("around the queue's limit each body travels in the message or waits, and always comes out the same", async () => {
  await worker.set();
  const seen = new Set();
  for (const bytes of [60_000, 63_000, 100_000, 126_000, 126_700, 126_800, 127_000, 130_000]) {
    const body = text_of(bytes, `around_${bytes}`);
    const message = await accepted_message(body);
    const [form] = Object.keys(message.body);
    seen.add(form);
    const got = form === "stored" ? (await worker.fetch_body(message.body.stored)).bytes.toString() : message.body.text;
    assert.equal(got, body, `${bytes} bytes`);
  }
  assert.deepEqual([...seen].sort(), ["stored", "text"]);
});

test("a body that waits is kept for thirty days, after which its object is empty", async () => {
  await worker.set();
  const message = await accepted_message(text_of(200_000, "waiting"));
  const { object } = message.body.stored;
  const query = new URLSearchParams({ object });
  await worker.set({ now: NOW + 30 * DAY - 1 });
  await worker.control("POST", `ledger/alarm?${query}`);
  assert.equal((await worker.fetch_body(message.body.stored)).status, 200);
  for (let day = 30; day <= 31; day += 1) {
    await worker.set({ now: NOW + day * DAY });
    await worker.control("POST", `ledger/alarm?${query}`);
  }
  assert.equal((await worker.fetch_body(message.body.stored)).status, 404);
  const { rows } = await worker.control("GET", `ledger?${query}`);
  assert.deepEqual(Object.values(rows).filter((count) => count > 0), []);
});

test("a queue that took the message but whose answer was lost finds the body, and so does the retry", async () => {
  const body = text_of(200_000, "left");
  await worker.set({ queue: { mode: "fail_after_send" } });
  assert.equal((await worker.post(body)).json.error, "unavailable");
  const first = await worker.message();
  assert.equal((await worker.fetch_body(first.body.stored)).bytes.toString(), body);
  await worker.set();
  const second = await accepted_message(body);
  assert.deepEqual([second.key, second.body], [first.key, first.body]);
  assert.equal((await worker.fetch_body(second.body.stored)).bytes.toString(), body);
});

test("a body that a failing queue left is removed after thirty days", async () => {
  await worker.set({ queue: { mode: "fail" } });
  assert.equal((await worker.post(text_of(200_000, "forsaken"))).json.error, "unavailable");
  const due = (await worker.control("GET", "ledger?object=forsaken")).alarm_ms;
  assert.equal(due, (NOW + 30 * DAY + 1) * 1000);
  await worker.set({ now: due / 1000 });
  await worker.control("POST", "ledger/alarm?object=forsaken");
  assert.deepEqual(await worker.control("GET", "ledger?object=forsaken"), { alarm_ms: null, rows: {} });
});

test("a body whose second piece is refused is removed after thirty days", async () => {
  const env = { MAX_BODY_BYTES: "2000000" };
  await worker.set({ env, failing_piece: 1 });
  assert.equal((await worker.post(text_of(1_500_000, "half"))).json.error, "unavailable");
  const left = { alarm_ms: (NOW + 30 * DAY + 1) * 1000, rows: { accepted: 0, bodies: 1 } };
  assert.deepEqual(await worker.control("GET", "ledger?object=half"), left);
  await worker.set({ now: left.alarm_ms / 1000, env });
  await worker.control("POST", "ledger/alarm?object=half");
  assert.deepEqual(await worker.control("GET", "ledger?object=half"), { alarm_ms: null, rows: {} });
});

test("a body whose removal cannot be planned is not stored", async () => {
  await worker.set({ alarm_fails: true });
  assert.equal((await worker.post(text_of(200_000, "unplanned"))).json.error, "unavailable");
  assert.deepEqual(await worker.control("GET", "ledger?object=unplanned"), { alarm_ms: null, rows: {} });
});

test("a duplicate of a large delivery leaves the waiting body as it is", async () => {
  await worker.set();
  const body = text_of(200_000, "large_twice");
  const message = await accepted_message(body);
  assert.equal((await worker.post(body)).json.status, "duplicate");
  assert.equal((await worker.fetch_body(message.body.stored)).bytes.toString(), body);
});

test("64 MiB in chunks are refused at the limit, with bounded memory", async () => {
  await worker.set();
  const before_kib = await resident_kib();
  const headers = [...signed("{}"), ["Transfer-Encoding", "chunked"]];
  const answer = await answer_to(() => worker.request({ headers, body: chunked(64 * MIB), framing: false }));
  assert.deepEqual([answer.status, answer.json], [413, { error: "body_too_large" }]);
  assert.ok(answer.written < 32 * MIB, `${answer.written} bytes were taken before the answer`);
  const grown_kib = (await resident_kib()) - before_kib;
  assert.ok(grown_kib < 48 * 1024, `memory grew by ${grown_kib} KiB`);
});

test("a Content-Length that lies is not believed", async () => {
  await worker.set();
  const headers = [...signed("{}"), ["Content-Length", String(64 * MIB)]];
  const large = await answer_to(() => worker.request({ headers, body: plain(64 * MIB), framing: false }));
  assert.equal(large.json.error, "body_too_large");
  assert.ok(large.written < 32 * MIB, `${large.written} bytes were taken before the answer`);

  const body = completed("short_of_it");
  const shorter = [...signed(body), ["Content-Length", String(body.length - 1)]];
  assert.equal((await worker.request({ headers: shorter, body: Buffer.from(body), framing: false })).json.error, "signature_mismatch");
});

test("a stream that JavaScript made is read to the limit and one byte more, whatever length it is given", async () => {
  for (const stream of ["endless", "never_cancelled"]) {
    for (const content_length of [undefined, "5", "500"]) {
      await worker.set({ env: { MAX_BODY_BYTES: "500" }, made: { stream, content_length } });
      assert.deepEqual((await worker.post("{}")).json, { error: "body_too_large" }, `${stream}, ${content_length}`);
      const { code, body_bytes } = await worker.log();
      assert.deepEqual([code, body_bytes], ["body_too_large", 501], `${stream}, ${content_length}`);
    }
  }
  for (const stream of ["pieces", undefined]) {
    await worker.set({ env: { MAX_BODY_BYTES: "500" }, made: { stream, content_length: "5" } });
    assert.deepEqual((await worker.post(text_of(600, "over"))).json, { error: "body_too_large" });
    assert.equal((await worker.log()).body_bytes, 501);
  }
});

test("a body that another Worker unpacks is held to the limit, though it keeps the length it was sent with", async (t) => {
  const unpacking = `export default {
    fetch(request, env) {
      const body = request.body.pipeThrough(new DecompressionStream("gzip"));
      return env.RECEIVER.fetch("http://receiver/webhooks/overten", { method: "POST", headers: request.headers, body });
    },
  };`;
  const called = await start({ caller: unpacking });
  t.after(() => called.stop());
  await called.set();
  const body = gzipSync(Buffer.alloc(64 * MIB));
  const headers = { ...Object.fromEntries(signed("{}")), "Content-Length": String(body.length) };
  const caller = await called.miniflare.getWorker("caller");
  const answer = await caller.fetch("http://caller/", { method: "POST", headers, body });
  assert.deepEqual(await answer.json(), { error: "body_too_large" });
  assert.equal((await called.log()).body_bytes, MIB + 1);
});

test("whatever kind of bytes a stream gives, they are what counts; of anything else it is said that it is none", async () => {
  for (const stream of ["pieces", "in_tens", "identity", "buffer", "data_view", "words"]) {
    for (const is_announced of [false, true]) {
      const body = completed(`made_of_${stream}_${is_announced}`);
      await worker.set({ made: { stream, content_length: is_announced ? String(body.length) : undefined } });
      assert.equal((await worker.post(body)).json.status, "accepted", stream);
      assert.equal((await worker.message()).body.text, body, stream);
    }
  }
  await worker.set({ made: { stream: "text" } });
  assert.deepEqual((await worker.post(completed("made_of_text"))).json, { error: "unavailable" });
  assert.match((await worker.log()).detail, /its stream gives something other than bytes/);
});

test("at the limit a body is taken in, one byte over it is not", async () => {
  await worker.set({ env: { MAX_BODY_BYTES: "500" } });
  assert.equal((await worker.post(text_of(500, "edge"))).json.status, "accepted");
  assert.equal((await worker.post(text_of(501, "edge_over"))).json.error, "body_too_large");
});

test("a body that breaks off is unavailable, not forged", async () => {
  await worker.set();
  const body = completed("broken_off");
  const headers = [...signed(body), ["Content-Length", String(body.length + 10)]];
  await worker.request({ headers, body: Buffer.from(body), framing: false, hang_up: true }).catch(() => {});
  assert.equal((await worker.log()).code, "unavailable");
});

async function* plain(bytes) {
  const piece = Buffer.alloc(65_536, "x");
  for (let sent = 0; sent < bytes; sent += piece.length) yield piece;
}

async function* chunked(bytes) {
  for await (const piece of plain(bytes)) yield Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);
  yield Buffer.from("0\r\n\r\n");
}

/** What workerd, this process's child, holds in memory. */
async function resident_kib() {
  const children = await readFile(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
  const sizes = await Promise.all(children.trim().split(" ").map(async (pid) => {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    return status.includes("Name:\tworkerd") ? Number(/VmRSS:\s+(\d+)/.exec(status)[1]) : 0;
  }));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total > 0, "no workerd among this process's children");
  return total;
}
