// What is left behind: memory, secrets, and a spent instance after a trap. Looks into the installed package's own files.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHmac, hash } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import { mock, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Receiver, sign, Verifier, WebhookError } from "overten-webhook";
import { core } from "./node_modules/overten-webhook/esm/core.js";
import { block_state } from "./sha256.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const BODY = Buffer.from('{"event":"run.completed","run_id":"run_01"}');
const now = 1_760_000_000;
const HEADERS = sign(BODY, SECRET, { now });

test("memory stays as it is over 1,000,000 verifications and after large bodies", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", path.join(HERE, "memory-run.mjs")], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const { verified, module, heap, others } = JSON.parse(stdout);
  assert.equal(verified, 1_000_000);
  assert.equal(module.after, module.before, "the module's memory");
  assert.ok(heap.after < heap.before + 2e6, `the heap: ${JSON.stringify(heap)}`);
  assert.ok(others.after < others.before + 2e6, `buffers: ${JSON.stringify(others)}`);
});

test("a trap costs one call: the next has a fresh instance, and no secret is left in the old one (K10-02)", () => {
  const verifier = new Verifier(SECRET);
  const before = core.instance;
  const memory = new Uint8Array(before.memory.buffer);
  memory.fill(0xff);
  assert.throws(() => verifier.verify(BODY, HEADERS, { now }), (error) => {
    assert.ok(error instanceof WebhookError);
    assert.deepEqual([error.code, error.status, error.retryable], ["internal", 503, true]);
    assert.ok(error.cause instanceof Error);
    return true;
  });
  assert.notEqual(core.instance, before);
  assert.ok(new Uint8Array(before.memory.buffer).every((byte) => byte === 0));
  assert.equal(verifier.verify(BODY, HEADERS, { now }).event().runId, "run_01");
  assert.equal(verifier.secrets[0].fingerprint, "027cf575");
  verifier.free();
});

test("a call into an instance that was replaced traps late, and nothing happens to the one that is alive", () => {
  const verifier = new Verifier(SECRET);
  const old = core.instance;
  core.failure(new WebAssembly.RuntimeError("unreachable"), old);
  verifier.verify(BODY, HEADERS, { now });
  const alive = core.instance;
  assert.notEqual(alive, old);
  const late = core.failure(new WebAssembly.RuntimeError("unreachable"), old);
  assert.deepEqual([late.code, core.instance], ["internal", alive]);
  assert.ok(in_module(block_state(SECRET, 0x36)), "its keyed state is there");
  assert.equal(verifier.verify(BODY, HEADERS, { now }).event().runId, "run_01");
  verifier.free();
});

test("so does a stack that ran out", () => {
  const verifier = new Verifier(SECRET);
  const deep = () => {
    try {
      verifier.verify(BODY, HEADERS, { now });
    } catch (error) {
      return error;
    }
    return deep();
  };
  try {
    deep();
  } catch (error) {
    assert.ok(error instanceof RangeError);
  }
  assert.equal(verifier.verify(BODY, HEADERS, { now }).age, 0);
});

test("an instance that trapped is not used again where so little of the stack is left that nothing more can be called", () => {
  const mocked = mock.method(core, "failure", () => {
    throw new RangeError("Maximum call stack size exceeded");
  });
  const verifier = new Verifier(SECRET);
  const trapped = () => verifier.verify(BODY, HEADERS, { now });
  const ways = [trapped, () => core.call(() => assert.fail("a trap")), () => core.free({ free: () => assert.fail("a trap") }, core.instance)];
  try {
    for (const way of ways) {
      trapped();
      const { instance } = core;
      const memory = new Uint8Array(instance.memory.buffer);
      if (way === trapped) memory.fill(0xff);
      assert.throws(way, RangeError);
      assert.notEqual(core.instance, instance);
      assert.ok(memory.every((byte) => byte === 0));
      assert.equal(verifier.verify(BODY, HEADERS, { now }).age, 0);
    }
  } finally {
    mocked.mock.restore();
    verifier.free();
  }
});

/** Each beside one that is as wrong in the same words, of a length that a server may let in. */
const LONG = 2 ** 26;
const TOO_LONG = {
  signature: [{ "X-Overten-Signature": "x".repeat(LONG) }, { "X-Overten-Signature": "x".repeat(100) }],
  "digest in a signature": [{ "X-Overten-Signature": `sha256=${"0".repeat(LONG)}` }, { "X-Overten-Signature": `sha256=${"0".repeat(100)}` }],
  "signature with a comma at its end": [{ "X-Overten-Signature": `${"x".repeat(LONG)},` }, { "X-Overten-Signature": "x,x" }],
  "signature that is none of ASCII's": [{ "X-Overten-Signature": "\u20ac".repeat(LONG) }, { "X-Overten-Signature": "\u20ac" }],
  "repeated signature": [{ "X-Overten-Signature": ["x".repeat(LONG), "x"] }, { "X-Overten-Signature": ["x", "x"] }],
  timestamp: [{ "X-Overten-Timestamp": "7".repeat(LONG) }, { "X-Overten-Timestamp": "7".repeat(13) }],
};

test("a header as long as no server lets in gets the core's verdict in its words, and the module's memory does not grow", async () => {
  const verifier = new Verifier(SECRET);
  const lines = [];
  const settings = { secrets: SECRET, path: "/here", maxBodyBytes: 2 ** 20, handler() {}, setAside() {}, log: (line) => lines.push(line) };
  const receiver = new Receiver({ ...settings, clock: () => now });
  const taken = async (request) => {
    await receiver.take({ method: "POST", target: "/here", headers: HEADERS, body: BODY, ...request });
    const { elapsed_ms, ...said } = JSON.parse(lines.at(-1));
    return said;
  };
  const refused = (headers) => {
    try {
      verifier.verify(BODY, headers, { now });
    } catch ({ code, message }) {
      return { code, message };
    }
  };
  await taken({ body: Buffer.alloc(2 ** 20), headers: sign_elsewhere(SECRET) });
  const { byteLength } = core.instance.memory.buffer;
  for (const [what, pair] of Object.entries(TOO_LONG)) {
    for (const form of [(headers) => headers, (headers) => Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => [name, each]))]) {
      const [long, short] = pair.map((headers) => form({ ...HEADERS, ...headers }));
      assert.deepEqual(refused(long), refused(short), what);
      assert.match(refused(long).code, /^malformed_/);
      assert.deepEqual(await taken({ headers: long }), await taken({ headers: short }), what);
    }
  }
  const long = "x".repeat(LONG);
  assert.equal((await taken({ target: `/${long}` })).code, "not_found");
  assert.equal((await taken({ method: long })).code, "method_not_allowed");
  assert.equal((await taken({ target: `/here?${long}` })).code, "accepted");
  assert.equal((await taken({ headers: { ...HEADERS, "Content-Length": long } })).code, "unavailable");
  assert.match((await taken({ headers: { ...HEADERS, "X-Overten-Event": long } })).detail, /X-Overten-Event/);
  assert.equal(core.instance.memory.buffer.byteLength, byteLength);
  receiver.free();
  verifier.free();
});

test("who keeps an id, a message, a member or an error does not keep its body", () => {
  const script = path.join(HERE, "kept-run.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", script], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  for (const [what, { deliveries, bytes_each }] of Object.entries(JSON.parse(stdout))) {
    assert.equal(deliveries, 200, what);
    assert.ok(bytes_each < 3000, `${what}: ${bytes_each} bytes for each delivery of 100,000`);
  }
});

test("no block is made for a host whose hash is wrong", () => {
  const mocked = mock.method(process, "getBuiltinModule", () => ({ hash: () => hash("sha256", "", "latin1") }));
  const require = createRequire(import.meta.url);
  const copy = require("overten-webhook");
  mocked.mock.restore();
  const { core: its_core } = require("./node_modules/overten-webhook/cjs/core.js");
  const secret = "whsec_of-a-host-that-is-wrong-----------";
  const verifier = new copy.Verifier(secret);
  assert.equal(verifier.verify(BODY, sign_elsewhere(secret), { now }).age, 0);
  assert.ok(Buffer.from(its_core.instance.memory.buffer).includes(block_state(secret, 0x36)));
  assert.ok(!Buffer.from(its_core.instance.memory.buffer).includes(padded(secret)));
  verifier.free();
});

for (const [how, drop] of [
  ["free()", (receiver) => receiver.free()],
  ["using", (receiver) => receiver[Symbol.dispose]()],
]) {
  test(`${how} wipes a receiver's secrets`, async () => {
    const secret = `whsec_receiver-${how.padEnd(32, "-")}`;
    const receiver = new Receiver({ secrets: secret, handler() {}, setAside() {}, log() {}, clock: () => now });
    const state = (pad) => times_in_module(block_state(secret, pad));
    const block = () => times_in_module(padded(secret));
    assert.deepEqual([state(0x36), state(0x5c)], [1, 2], "made: keyed state where it is kept, the outer half for the host, too");
    assert.equal(block(), 1, "and what the host is handed");
    const { status } = await receiver.take({ method: "POST", target: "/", headers: sign_elsewhere(secret), body: BODY });
    assert.equal(status, 200);
    await receiver.idle();
    assert.equal(block(), 1, "it is wiped where it was handed over");
    drop(receiver);
    assert.deepEqual([state(0x36), state(0x5c), block()], [0, 0, 0]);
    assert.ok(!in_module(Buffer.from(secret)));
  });
}

for (const [how, drop] of [
  ["free()", (verifier) => verifier.free()],
  ["using", (verifier) => verifier[Symbol.dispose]()],
]) {
  test(`${how} wipes the secrets`, () => {
    // Nobody else's, so that nobody else's is found.
    const secret = `whsec_${how.padEnd(32, "-")}`;
    const headers = sign_elsewhere(secret);
    const made = [];
    const { ArrayBuffer: Plain } = globalThis;
    globalThis.ArrayBuffer = class extends Plain {
      constructor(...given) {
        super(...given);
        made.push(this);
      }
    };
    let verifier;
    try {
      verifier = new Verifier(secret);
    } finally {
      globalThis.ArrayBuffer = Plain;
    }
    const held = made.filter((buffer) => Buffer.from(buffer).includes(secret));
    assert.equal(held.length, 1, "it is kept for an instance to come");
    verifier.verify(BODY, headers, { now });
    assert.ok(!in_module(Buffer.from(secret)), "the module has its text no longer");
    assert.deepEqual([0x36, 0x5c].map((pad) => times_in_module(block_state(secret, pad))), [1, 2], "but keyed state, where it is kept");
    assert.equal(times_in_module(padded(secret)), 1, "and the block that the host is handed, once it was, in the verifier alone");
    drop(verifier);
    for (const pad of [0x36, 0x5c]) assert.ok(!in_module(block_state(secret, pad)), `keyed state ${pad}`);
    assert.equal(times_in_module(padded(secret)), 0);
    assert.ok(Buffer.from(held[0]).every((byte) => byte === 0));
    assert.throws(() => verifier.verify(BODY, headers, { now }), (error) => error.code === "invalid_argument" && /freed/.test(error.message));
    assert.throws(() => verifier.secrets, WebhookError);
    verifier.free();
  });
}

test("diagnose leaves no secret in its module's memory, and no keyed state", async () => {
  const { diagnose } = await import("overten-webhook/diagnose");
  const { Instance } = WebAssembly;
  let memory;
  WebAssembly.Instance = function (...given) {
    const made = new Instance(...given);
    memory = made.exports.memory;
    return made;
  };
  const [mine, others] = ["whsec_diagnosed----------------------", "whsec_of-somebody-else---------------"];
  try {
    for (const text of [BODY, Buffer.from("changed")]) {
      const report = diagnose({ headers: sign_elsewhere(others), body: text }, mine, { now, otherSecrets: others });
      assert.equal(report.outcome, text === BODY ? "explained" : "unexplained");
    }
  } finally {
    WebAssembly.Instance = Instance;
  }
  const held = Buffer.from(memory.buffer);
  for (const secret of [mine, others]) {
    const traces = { text: Buffer.from(secret), block: padded(secret), inner: block_state(secret, 0x36), outer: block_state(secret, 0x5c) };
    for (const [what, bytes] of Object.entries(traces)) assert.ok(!held.includes(bytes), what);
  }
});

/** By Node's own HMAC, which leaves nothing in the module. */
function sign_elsewhere(secret) {
  const mac = createHmac("sha256", secret).update(`${now}.`).update(BODY).digest("hex");
  return { "X-Overten-Signature": `sha256=${mac}`, "X-Overten-Timestamp": String(now) };
}

/** What HMAC begins with. */
const padded = (secret) => Buffer.from(secret.padEnd(64, "\0"), "latin1").map((byte) => byte ^ 0x36);

const times_in_module = (bytes) => Buffer.from(core.instance.memory.buffer).toString("latin1").split(bytes.toString("latin1")).length - 1;

const in_module = (bytes) => Buffer.from(core.instance.memory.buffer).includes(bytes);
