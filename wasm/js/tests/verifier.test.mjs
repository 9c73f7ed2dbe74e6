// The verifier as a user meets it: bodies, headers, clocks, settings, secrets, events.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { test } from "node:test";
import vm from "node:vm";
import { diagnose, readCapture } from "overten-webhook/diagnose";
import { webhookHandler as next_handler } from "overten-webhook/next";
import { PostgresStore } from "overten-webhook/stores/postgres";
import { RedisStore } from "overten-webhook/stores/redis";
import { Delivery, idempotencyKey, MemoryStore, PermanentFailure, readStored, Receiver, secretsFromLines, sign, Verifier, WebhookError } from "overten-webhook";
import { core } from "./node_modules/overten-webhook/esm/core.js";
import { Module } from "./node_modules/overten-webhook/esm/module.js";

const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const SIGNATURE = "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9";
const BODY = Buffer.from('{"event":"run.completed","run_id":"run_01","data":{"ok":true}}');
const HEADERS = { "X-Overten-Signature": SIGNATURE, "X-Overten-Timestamp": "1760000000" };
const now = 1_760_000_004;

const verifier = new Verifier(SECRET);
const verify = (body, headers = HEADERS) => verifier.verify(body, headers, { now });
const event_of = (text, options) => {
  const body = Buffer.from(text);
  return verifier.verify(body, sign(body, SECRET, { now }), { now, ...options }).event();
};
const refused = (code, details = {}) => (error) => {
  assert.ok(error instanceof WebhookError, String(error));
  assert.deepEqual({ code: error.code, ...Object.fromEntries(Object.keys(details).map((name) => [name, error[name]])) }, { code, ...details });
  return true;
};

test("takes bytes in whatever holds them", () => {
  const bytes = new Uint8Array(BODY);
  const within = new Uint8Array(200).subarray(7, 7 + BODY.length);
  within.set(BODY);
  const shared = new Uint8Array(new SharedArrayBuffer(BODY.length));
  shared.set(BODY);
  const foreign = vm.runInNewContext("new Uint8Array(bytes)", { bytes: [...BODY] });
  for (const body of [BODY, bytes, bytes.buffer, within, shared, foreign, foreign.buffer]) {
    assert.equal(verify(body).event().runId, "run_01");
  }
});

test("refuses what is no body with where to get it (K1-01)", () => {
  const parsed = JSON.parse(BODY.toString());
  const stream = new Response(BODY).body;
  for (const body of [BODY.toString(), parsed, undefined, null, [...BODY], stream, Promise.resolve(BODY), new DataView(new ArrayBuffer(2)), new Uint16Array(2)]) {
    assert.throws(() => verify(body), (error) => {
      assert.ok(error instanceof TypeError);
      for (const host of ["Workers", "Express", "Hono", "Fastify", "Next.js", "SvelteKit", "Lambda"]) assert.match(error.message, new RegExp(host));
      assert.doesNotMatch(error.message, /run_01/);
      return true;
    });
  }
});

test("verifies a body that was printed with spaces, as it was sent (K1-01)", () => {
  const body = Buffer.from('{"event": "run.failed", "run_id": "run_02"}');
  const headers = { ...HEADERS, "X-Overten-Signature": "sha256=da1c4b2f2e81f02802951915928af937d1adacb5846664fff18128fe7e005841" };
  assert.equal(verify(body, headers).event().kind, "run_failed");
  assert.throws(() => verify(Buffer.from(JSON.stringify(JSON.parse(body))), headers), refused("signature_mismatch"));
});

test("a body that changes afterwards changes nothing that was verified", () => {
  const body = Uint8Array.from(BODY);
  const delivery = verify(body);
  body.fill(0x20);
  delivery.body.fill(0x20);
  const event = delivery.event();
  assert.equal(event.runId, "run_01");
  assert.deepEqual(Buffer.from(event.raw), BODY);
  event.raw.fill(0x20);
  assert.deepEqual(Buffer.from(delivery.body), BODY);
  assert.equal(event.members.data, '{"ok":true}');
});

test("the length of a body is what it is, whatever it says of itself and whatever happens to it meanwhile", () => {
  for (const length of [3, 2 ** 31, -200, NaN]) {
    class Telling extends Uint8Array {
      get length() {
        return length;
      }
    }
    assert.equal(verify(Telling.from(BODY)).event().runId, "run_01");
  }
  const growing = new Uint8Array(new SharedArrayBuffer(BODY.length, { maxByteLength: 1e6 }));
  growing.set(BODY);
  const headers = {
    get "X-Overten-Signature"() {
      growing.buffer.grow(1e6);
      return SIGNATURE;
    },
    "X-Overten-Timestamp": "1760000000",
  };
  assert.throws(() => verify(growing, headers), refused("signature_mismatch"));
  assert.equal(verify(growing.subarray(0, BODY.length)).event().runId, "run_01");
});

test("a body that was transferred is the caller's mistake, and leaves what others hold alone", async () => {
  const transferred = () => {
    const bytes = new Uint8Array(BODY);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    return bytes;
  };
  const shrunk = new Uint8Array(new ArrayBuffer(9, { maxByteLength: 9 }), 4, 5);
  shrunk.buffer.resize(1);
  const taken_by_a_header = () => {
    const body = new Uint8Array(BODY);
    const headers = {
      get "X-Overten-Signature"() {
        if (body.length > 0) structuredClone(body, { transfer: [body.buffer] });
        return SIGNATURE;
      },
      "X-Overten-Timestamp": "1760000000",
    };
    return verify(body, headers);
  };
  const { instance } = core;
  const ways = [
    () => verify(transferred()), () => verify(transferred().buffer), () => verify(shrunk), taken_by_a_header,
    () => sign(transferred(), SECRET), () => readStored(transferred()),
    () => diagnose({ headers: HEADERS, body: transferred() }, SECRET),
  ];
  for (const way of ways) assert.throws(way, (error) => error instanceof TypeError && /is there no longer: .*transferred/.test(error.message), String(way));
  const lines = [];
  const receiver = new Receiver({ secrets: SECRET, handler() {}, setAside() {}, log: (line) => lines.push(line) });
  for (const body of [transferred(), [transferred()]]) {
    const { status } = await receiver.take({ method: "POST", target: "/", headers: HEADERS, body });
    assert.notEqual(status, 200);
    assert.match(lines.at(-1), /transferred/);
  }
  receiver.free();
  assert.equal(core.instance, instance);
  assert.throws(() => verify(new Uint8Array()), refused("signature_mismatch"));
});

test("finds a header by any spelling of its name (K3-01)", () => {
  for (const [signature, timestamp] of [
    ["x-overten-signature", "x-overten-timestamp"],
    ["X-OVERTEN-SIGNATURE", "X-OVERTEN-TIMESTAMP"],
    ["X-Overten-Signature", "X-Overten-Timestamp"],
  ]) {
    const object = { [signature]: SIGNATURE, [timestamp]: "1760000000", host: "localhost", "content-type": "application/json" };
    const entries = Object.entries(object);
    for (const headers of [object, entries, entries.flat(), new Headers(object), new Map(entries), Object.assign(Object.create(null), object)]) {
      assert.equal(verify(BODY, headers).age, 4);
    }
  }
  assert.throws(() => verify(BODY, { HTTP_X_OVERTEN_SIGNATURE: SIGNATURE, HTTP_X_OVERTEN_TIMESTAMP: "1760000000" }), refused("missing_signature"));
});

test("refuses two spellings of one name in either order (K3-02)", () => {
  const zeros = ["x-overten-signature", `sha256=${"0".repeat(64)}`];
  const right = ["X-Overten-Signature", SIGNATURE];
  const timestamp = ["X-Overten-Timestamp", "1760000000"];
  for (const entries of [[zeros, right, timestamp], [right, zeros, timestamp]]) {
    for (const headers of [entries, Object.fromEntries(entries), entries.flat()]) {
      assert.throws(() => verify(BODY, headers), refused("malformed_signature", { status: 400 }));
    }
  }
});

test("refuses a repeated header alike in every form (K3-03)", async () => {
  const timestamp = ["X-Overten-Timestamp", "1760000000"];
  const entries = [["X-Overten-Signature", SIGNATURE], timestamp, timestamp];
  const joined = { ...HEADERS, "X-Overten-Timestamp": "1760000000, 1760000000" };
  const listed = { ...HEADERS, "X-Overten-Timestamp": ["1760000000", "1760000000"] };
  const appended = new Headers(HEADERS);
  appended.append("x-overten-timestamp", "1760000000");
  for (const headers of [entries, entries.flat(), joined, listed, appended]) {
    assert.throws(() => verify(BODY, headers), refused("malformed_timestamp", { status: 400, retryable: false }));
  }
  await of_node(entries, (request) => {
    for (const headers of [request.headers, request.headersDistinct, request.rawHeaders]) {
      assert.throws(() => verify(BODY, headers), refused("malformed_timestamp"));
    }
  });
  await of_node(Object.entries(HEADERS), (request) => {
    for (const headers of [request.headers, request.headersDistinct, request.rawHeaders]) assert.equal(verify(BODY, headers).age, 4);
    assert.throws(() => verify(BODY, request), /pass its headers/);
  });
});

/** What `look` finds of a request as Node's server hands it over. */
async function of_node(entries, look) {
  const server = createServer((request, response) => {
    try {
      look(request);
      response.end();
    } catch (error) {
      response.writeHead(500).end(error.stack);
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { request } = await import("node:http");
  const answer = await new Promise((resolve, reject) => {
    const sent = request({ port: server.address().port, method: "POST", headers: ["Host", "localhost", ...entries.flat()] }, resolve);
    sent.on("error", reject).end();
  });
  const text = (await answer.setEncoding("utf8").toArray()).join("");
  server.close();
  server.closeAllConnections();
  assert.equal(answer.statusCode, 200, text);
}

test("refuses signatures of other lengths, and goes on (K6-02)", () => {
  for (const signature of ["sha256=abcd", `sha256=${"ab".repeat(33)}`, `sha256=${"ab".repeat(31)}`, "sha256=", `sha256=${"0".repeat(65536)}`]) {
    assert.throws(() => verify(BODY, { ...HEADERS, "X-Overten-Signature": signature }), refused("malformed_signature", { status: 400 }));
  }
  assert.equal(verify(BODY).age, 4);
});

test("refuses what is not ASCII in a header as malformed (K6-04)", () => {
  for (const odd of ["\u00e9", "\ud83d", "\ud83d\ude00", "\u0000", "\ufeff"]) {
    assert.throws(() => verify(BODY, { ...HEADERS, "X-Overten-Signature": `sha256=${odd}` }), refused("malformed_signature"));
    assert.throws(() => verify(BODY, { ...HEADERS, "X-Overten-Timestamp": `1760000000${odd}` }), refused("malformed_timestamp"));
  }
});

test("a header that was not sent may stand as nothing; one of another type is the caller's mistake", () => {
  assert.throws(() => verify(BODY, { ...HEADERS, "X-Overten-Signature": undefined }), refused("missing_signature"));
  assert.throws(() => verify(BODY, { ...HEADERS, "X-Overten-Timestamp": null }), refused("missing_timestamp"));
  assert.throws(() => verify(BODY, { ...HEADERS, "X-Overten-Timestamp": [] }), refused("missing_timestamp"));
  assert.throws(() => verify(BODY, { ...HEADERS, "X-Overten-Timestamp": 1_760_000_000 }), TypeError);
  for (const headers of [null, "x", 1, [["one"]], [[1, "2"]], ["x-overten-signature"], { headers: HEADERS }]) {
    assert.throws(() => verify(BODY, headers), TypeError);
  }
});

/** Names that say something of an object, a list, an iterator, a promise, a request or `Headers`. */
const TELLING = [
  "headers", "rawHeaders", "method", "url", "get", "append", "then", "next", "length", "constructor", "__proto__", "prototype",
  "toString", "valueOf", "hasOwnProperty", "isPrototypeOf", "toJSON", "entries", "forEach", "0", "Symbol.iterator",
];

test("no name and no value of a header decides how headers are read, in whatever form they come", async () => {
  const right = Object.entries(HEADERS);
  for (const name of TELLING) {
    for (const values of [["x"], ["x", "y"], []]) {
      const own = (object, value) => Object.defineProperty(object, name, { value, enumerable: true });
      const sent = values.map((value) => [name, value]);
      const forms = (pairs) => {
        const object = Object.fromEntries(pairs);
        const lists = Object.fromEntries(pairs.map(([each, value]) => [each, [value]]));
        return [
          own({ ...object }, values), own({ ...object }, values.join(", ")), own(Object.assign(Object.create(null), lists), values),
          // As something that copies headers does.
          Object.assign({ ...object }, own(Object.create(null), values)), [...sent, ...pairs], [...sent, ...pairs].flat(),
          new Map([[name, values], ...pairs]), new Headers([...sent, ...pairs]),
        ];
      };
      for (const headers of forms(right)) assert.equal(verify(BODY, headers).age, 4, name);
      for (const headers of forms([])) assert.throws(() => verify(BODY, headers), refused("missing_signature"), name);
    }
  }
  for (const name of ["Headers", "rawHeaders", "__proto__", "method"]) {
    await of_node([...right, [name, "x"]], (request) => {
      for (const headers of [request.headers, request.headersDistinct, request.rawHeaders, { ...request.headersDistinct }]) {
        assert.equal(verify(BODY, headers).age, 4);
      }
    });
  }
});

test("what an application puts among the headers is none of a verifier's business", async () => {
  const own = [{ id: 7 }, 5, true, new Date(), () => {}, Symbol("x"), [7], [{}], new Map(), Promise.resolve()];
  for (const value of own) {
    const object = { user: value, ...HEADERS };
    const pairs = Object.entries(object);
    for (const headers of [object, { ...HEADERS, user: value }, pairs, pairs.flat(), new Map(pairs)]) assert.equal(verify(BODY, headers).age, 4);
  }
  const unread = Object.defineProperty({ ...HEADERS }, "user", { enumerable: true, get: () => assert.fail("it was read") });
  assert.equal(verify(BODY, unread).age, 4);
  for (const value of [5, true, [7], null]) assert.throws(() => verify(BODY, { user: value }), refused("missing_signature"));
  assert.throws(() => verify(BODY, { user: {}, "Content-Length": "2" }), refused("missing_signature"));
  assert.throws(() => verify(BODY, { user: {}, "X-Overten-Signature": undefined }), refused("missing_signature"));
  const receiver = new Receiver({ secrets: SECRET, handler() {}, setAside() {}, log() {}, clock: () => now });
  const reply = await receiver.take({ method: "POST", headers: { user: { id: 7 }, ":status": 200, ...HEADERS }, body: BODY });
  assert.equal(reply.status, 200);
});

test("headers in a form that hides them are the caller's mistake, with what to do", () => {
  class OnlyGet {
    get(name) {
      return HEADERS[name];
    }
  }
  class Fields {
    "X-Request-Id" = "1";
  }
  async function* later() {}
  const read = Object.entries(HEADERS)[Symbol.iterator]();
  [...read];
  const hidden = [
    [Promise.resolve(new Headers(HEADERS)), /await it first/],
    [{ then() {} }, /await it first|of then is function/],
    [read, /pass what it is of/],
    [new Headers(HEADERS).entries(), /pass what it is of/],
    [(function* () {})(), /pass what it is of/],
    [new Request("http://localhost", { headers: HEADERS }), /pass its headers/],
    [{ method: "POST", url: "/", headers: HEADERS }, /that of headers is an object/],
    [{ method: "POST", url: "/", headers: new Headers(HEADERS) }, /that of headers is an object of Headers/],
    ...[new Date(), new WeakMap(), new OnlyGet(), new Fields(), Object.create(HEADERS), later(), /x/, "", 0, undefined].map((form) => [form, /not /]),
  ];
  for (const [headers, says] of hidden) assert.throws(() => verifier.verify(BODY, headers, { now }), (error) => error instanceof TypeError && says.test(error.message), String(says));
  class Own {
    "X-Overten-Signature" = SIGNATURE;
    "X-Overten-Timestamp" = "1760000000";
  }
  function NullObject() {}
  NullObject.prototype = Object.create(null);
  for (const headers of [new Own(), Object.assign(new OnlyGet(), HEADERS), Object.assign(Object.create({ a: 1 }), HEADERS), Object.assign(new NullObject(), HEADERS)]) {
    assert.equal(verify(BODY, headers).age, 4);
    assert.equal(diagnose({ headers, body: BODY }, SECRET, { now }).outcome, "verifies");
  }
  const foreign = vm.runInNewContext("Object.assign({}, headers)", { headers: HEADERS });
  for (const headers of [foreign, { *[Symbol.iterator]() { yield* Object.entries(HEADERS); } }, new Set(Object.entries(HEADERS))]) {
    assert.equal(verify(BODY, headers).age, 4);
  }
});

test("an option that there is not, or that is none, is refused wherever options are taken", () => {
  const client = { eval() {} };
  const pool = { query() {} };
  const ways = [
    (options) => new Verifier(SECRET, options), (options) => verifier.verify(BODY, HEADERS, options), (options) => sign(BODY, SECRET, options),
    (options) => diagnose({ headers: HEADERS, body: BODY }, SECRET, options), (options) => new MemoryStore(options),
    (options) => new RedisStore(client, options), (options) => new PostgresStore(pool, options), (options) => next_handler({ take() {} }, options),
  ];
  class Clock {
    get now() {
      return now;
    }
  }
  const none = [now, "now", () => now, new Date(now * 1000), [], new Map([["now", now]]), new Clock(), Object.create({ now })].map((given) => [given, /must be an object of them, not /]);
  for (const way of ways) {
    for (const [options, says] of [...none, [{ Now: now }, /no option Now, but \w/], [{ at: undefined }, /no option at/]]) {
      assert.throws(() => way(options), (error) => error instanceof TypeError && says.test(error.message), `${way} ${says}`);
    }
  }
  for (const tolerance of [new Date(), [], new Map([["past", 1]])]) {
    assert.throws(() => new Receiver({ secrets: SECRET, handler() {}, setAside() {}, log() {}, tolerance }), TypeError);
    assert.throws(() => new Verifier(SECRET, { tolerance }), TypeError);
  }
  for (const way of ways.filter((way) => !String(way).includes("verifier.verify"))) assert.ok(way(null));
  assert.throws(() => verifier.verify(BODY, HEADERS, null), refused("timestamp_too_old"));
  assert.equal(readCapture("curl https://a.example/hook -d {}", null).length, 1);
  assert.equal(verifier.verify(BODY, HEADERS, Object.assign(Object.create({ other: 1 }), { now })).age, 4);
  assert.throws(() => verifier.verify(BODY, HEADERS, Object.create(null)), refused("timestamp_too_old"));
});

test("an error of the package is one, whichever copy threw it; one of a derived class is known as ever", () => {
  const copy = createRequire(import.meta.url)("overten-webhook");
  assert.notEqual(copy.WebhookError, WebhookError);
  class Mine extends PermanentFailure {}
  for (const [mine, theirs] of [[{ WebhookError, PermanentFailure }, copy], [copy, { WebhookError, PermanentFailure }]]) {
    const thrown = new theirs.PermanentFailure("of no use");
    assert.ok(thrown instanceof mine.PermanentFailure && !(thrown instanceof mine.WebhookError) && thrown instanceof Error);
    for (const other of [new Error(), null, undefined, 7, "", { name: "WebhookError" }, Object.create(null)]) {
      assert.ok(!(other instanceof mine.WebhookError) && !(other instanceof mine.PermanentFailure));
    }
  }
  assert.throws(() => new copy.Verifier(SECRET).verify(BODY, {}), refused("missing_signature"));
  assert.throws(() => verify(BODY, {}), (error) => error instanceof copy.WebhookError);
  assert.ok(new Mine() instanceof Mine && new Mine() instanceof copy.PermanentFailure && !(new PermanentFailure() instanceof Mine));
  assert.deepEqual([new PermanentFailure("x").name, String(new PermanentFailure("x"))], ["PermanentFailure", "PermanentFailure: x"]);
});

test("headers whose get gives no text are the caller's mistake, and leave what others hold alone", () => {
  const body = Buffer.from("{}");
  for (const value of [7, ["a"], Promise.resolve("a"), {}]) {
    const headers = { get: () => value, append() {} };
    const { instance } = core;
    assert.throws(() => new Verifier(SECRET).verify(body, headers), TypeError);
    assert.equal(core.instance, instance);
  }
});

test("a host that makes no instance is told why as `internal`, with the cause", () => {
  const causes = [
    [new RangeError("WebAssembly.Instance(): Out of memory"), /has no memory/],
    [new ReferenceError("WebAssembly is not defined"), /has no WebAssembly/],
    [new WebAssembly.CompileError("Wasm code generation disallowed by embedder"), /'wasm-unsafe-eval'.*the condition workerd/],
    [new EvalError("Refused to create a WebAssembly object"), /'wasm-unsafe-eval'/],
    [new WebAssembly.LinkError("odd"), /makes no instance/],
    [undefined, /makes no instance/],
  ];
  for (const [cause, says] of causes) {
    const module = new Module(() => {
      throw cause;
    });
    assert.throws(() => module.call(() => {}), (error) => error.code === "internal" && error.cause === cause && says.test(error.message));
  }
  const program = 'import { Verifier } from "overten-webhook"; try { new Verifier("x") } catch (error) { console.log(error.code, error.message) }';
  const { stdout } = spawnSync(process.execPath, ["--jitless", "--input-type=module", "-e", program], { encoding: "utf8", cwd: import.meta.dirname });
  assert.match(stdout, /^internal the host has no WebAssembly/);
});

test("what other code put on Object.prototype is no setting", () => {
  const polluted = { tolerance: "off", maxBodyBytes: 1, past: "off", future: "off", now: 1, label: "x" };
  Object.assign(Object.prototype, polluted);
  try {
    const made = new Verifier({ secret: SECRET }, { tolerance: {} });
    assert.deepEqual([made.tolerance.past, made.maxBodyBytes, made.secrets[0].label], [300, 1024 * 1024, "secret-0"]);
    assert.notEqual(sign(BODY, SECRET)["X-Overten-Timestamp"], "1");
    assert.throws(() => made.verify(BODY, HEADERS), { code: "timestamp_too_old" });
    const lines = [];
    new Receiver({ secrets: SECRET, handler() {}, setAside() {}, log: (line) => lines.push(JSON.parse(line)) });
    assert.equal(lines[0].past_seconds, 300);
  } finally {
    for (const name of Object.keys(polluted)) delete Object.prototype[name];
  }
});

test("keeps a number beyond 2^53 to the digit (K9-07)", () => {
  const body = Buffer.from('{"event":"run.completed","run_id":"run_18","data":{"id":9007199254740993}}');
  const headers = { ...HEADERS, "X-Overten-Signature": "sha256=7e9b0f797c556a9738c72b50362570a01b84d85c49917a374a6009c4ac0396a2" };
  assert.equal(verify(body, headers).event().members.data, '{"id":9007199254740993}');
  assert.equal(event_of('{"event":"e","run_id":"r","duration_ms":9007199254740993}').durationMs, undefined);
});

test("judges bad deliveries without host or clock, at once, a thousand times among good ones (K10-01, K10-02, K10-06)", () => {
  const taken = { Date: globalThis.Date, crypto: globalThis.crypto };
  Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true, writable: true });
  globalThis.Date = undefined;
  try {
    const odd = ["", "sha256=", "\ud800", "sha256=" + "0".repeat(64), "x".repeat(70000), "sha256=00, sha256=00"];
    for (let at = 0; at < 1000; at += 1) {
      const headers = { "x-overten-signature": odd[at % odd.length], "x-overten-timestamp": String(at ** 4) };
      assert.throws(() => verify(BODY.subarray(at % BODY.length), headers), WebhookError);
      if (at % 10 === 0) assert.equal(verify(BODY).event().runId, "run_01");
    }
  } finally {
    globalThis.Date = taken.Date;
    Object.defineProperty(globalThis, "crypto", { value: taken.crypto, configurable: true, writable: true });
  }
});

test("an event is a frozen plain object of what was sent", () => {
  const event = event_of('{"event":"run.failed","run_id":"r","task_id":"t","error":{"code":"c","message":7},"credits_used":84.5,"duration_ms":1e3,"new":[1,2],"na\\u006de":"\\u00e9","__proto__":1}');
  assert.deepEqual(event, { kind: "run_failed", name: "run.failed", runId: "r", taskId: "t", creditsUsed: 84.5, durationMs: 1000, error: { code: "c" } });
  assert.equal(Object.getPrototypeOf(event), Object.prototype);
  assert.ok(Object.isFrozen(event) && Object.isFrozen(event.error) && Object.isFrozen(event.members));
  assert.deepEqual(Object.entries(event.members).slice(-3), [["new", "[1,2]"], ["name", '"\\u00e9"'], ["__proto__", "1"]]);
  assert.equal(event.members.toString, undefined);
  assert.deepEqual(structuredClone({ ...event }), { ...event });
  const other = event_of('\ufeff{"event":"run.paused","run_id":"r","x":"\u00e9"}');
  assert.deepEqual({ ...other }, { kind: "other", name: "run.paused", runId: "r" });
  assert.equal(other.members.x, '"\u00e9"');
});

test("an event is read once, and its keys are told from it alone", () => {
  const delivery = verify(BODY);
  const event = delivery.event();
  assert.equal(delivery.event(), event);
  assert.equal(idempotencyKey(event), "run.completed:run_01");
  assert.equal(idempotencyKey(event, "task"), delivery.bodyKey());
  assert.throws(() => idempotencyKey(event, "runs"), refused("invalid_argument"));
  assert.throws(() => idempotencyKey({ ...event }), TypeError);
  assert.equal(idempotencyKey(readStored(event.raw)), "run.completed:run_01");
});

test("the key of a body is that of the bytes that were verified, in whichever copy of the package", () => {
  const copy = createRequire(import.meta.url)("overten-webhook");
  assert.notEqual(copy.idempotencyKey, idempotencyKey);
  const ways = [
    (event) => event.raw.fill(0x20),
    (event) => structuredClone(event.raw, { transfer: [event.raw.buffer] }),
  ];
  for (const change of ways) {
    for (const [one, other] of [[idempotencyKey, copy.idempotencyKey], [copy.idempotencyKey, idempotencyKey]]) {
      const delivery = (one === idempotencyKey ? verifier : new copy.Verifier(SECRET)).verify(BODY, HEADERS, { now });
      const event = delivery.event();
      change(event);
      for (const key_of of [one, other]) {
        assert.equal(key_of(event, "task"), delivery.bodyKey());
        assert.equal(key_of(event), "run.completed:run_01");
      }
    }
  }
});

test("what is no event itself says so of raw and members", () => {
  const event = verify(BODY).event();
  for (const given of [new Proxy(event, {}), Object.create(event)]) {
    for (const name of ["raw", "members"]) assert.throws(() => given[name], /the event's own: a proxy of it/);
    assert.equal(given.runId, "run_01");
  }
});

test("the key of a copy of an event is refused in words, whatever it is a copy by", () => {
  const event = verify(BODY).event();
  const copied = (changes) => Object.create(Object.prototype, { ...Object.getOwnPropertyDescriptors(event), ...changes });
  const copies = [
    { ...event }, JSON.parse(JSON.stringify(event)), Object.create(event), null, undefined, "run_01", { raw: BODY },
    copied({ runId: { value: undefined } }), copied({ name: { value: 7 } }), copied({ taskId: { value: {} } }),
  ];
  const { instance } = core;
  const is_refused = (given, scope) =>
    assert.throws(() => idempotencyKey(given, scope), (error) => error instanceof TypeError && /takes an event of this package itself/.test(error.message));
  for (const given of copies) for (const scope of ["run", "task"]) is_refused(given, scope);
  // The body, which no proxy has, is needed for no other key.
  const with_task = new Proxy(event_of('{"event":"run.completed","run_id":"run_01","task_id":"t"}'), {});
  assert.deepEqual(["run", "task"].map((scope) => idempotencyKey(with_task, scope)), ["run.completed:run_01", "run.completed:run_01:t"]);
  assert.equal(idempotencyKey(new Proxy(event, {})), "run.completed:run_01");
  for (const given of [new Proxy(event, {}), copied({})]) is_refused(given, "task");
  assert.equal(core.instance, instance);
});

test("an authentic body that is no event keeps its bytes and its key", () => {
  const body = Buffer.from('{"event":"run.completed","run_id":7}');
  const delivery = verifier.verify(body, sign(body, SECRET, { now }), { now });
  assert.throws(() => delivery.event(), refused("malformed_payload", { status: 200, retryable: false, field: "run_id", offset: undefined }));
  assert.match(delivery.bodyKey(), /^body=[0-9a-f]{64}$/);
  assert.deepEqual(Buffer.from(delivery.body), body);
  assert.throws(() => readStored(Buffer.from("{")), refused("malformed_payload"));
});

test("takes clocks in seconds, as a bigint or as a date, and refuses what is none", () => {
  assert.equal(verifier.verify(BODY, HEADERS, { now: 1_760_000_004.9 }).age, 4);
  assert.equal(verifier.verify(BODY, HEADERS, { now: 1_760_000_004n }).age, 4);
  assert.equal(verifier.verify(BODY, HEADERS, { now: new Date(1_760_000_004_999) }).age, 4);
  assert.equal(verifier.verify(BODY, HEADERS, { now: 1_759_999_999.5 }).age, -1);
  assert.throws(() => verifier.verify(BODY, HEADERS), refused("timestamp_too_old", { status: 503, retryable: true, tolerance: 300, secretIndex: 0 }));
  for (const clock of [NaN, Infinity, 2 ** 53, 2n ** 63n, new Date(NaN)]) {
    assert.throws(() => verifier.verify(BODY, HEADERS, { now: clock }), refused("invalid_argument"));
  }
  for (const clock of ["1760000004", null, {}]) assert.throws(() => verifier.verify(BODY, HEADERS, { now: clock }), TypeError);
});

test("settings that have no meaning are refused, and none is switched off by what is unset", () => {
  for (const tolerance of [-1, 0.5, NaN, Infinity, { past: -1 }]) assert.throws(() => new Verifier(SECRET, { tolerance }), refused("invalid_argument"));
  for (const tolerance of [null, "300", true, { past: null }, { pst: 1 }]) assert.throws(() => new Verifier(SECRET, { tolerance }), TypeError);
  for (const maxBodyBytes of [-1, 0.5, 2 ** 32]) assert.throws(() => new Verifier(SECRET, { maxBodyBytes }), refused("invalid_argument"));
  for (const options of [{ maxBodyBytes: "1" }, { tolerence: 1 }]) assert.throws(() => new Verifier(SECRET, options), TypeError);
  assert.deepEqual(new Verifier(SECRET, { tolerance: undefined }).tolerance, { past: 300, future: 300 });
  assert.deepEqual(new Verifier(SECRET, { tolerance: { past: "off" } }).tolerance, { past: "off", future: 300 });
  assert.equal(new Verifier(SECRET).maxBodyBytes, 1024 * 1024);
});

test("a body over the limit is refused, the edge passes", () => {
  const small = new Verifier(SECRET, { maxBodyBytes: BODY.length, tolerance: "off" });
  assert.equal(small.verify(BODY, HEADERS).event().runId, "run_01");
  assert.throws(() => small.verify(Buffer.concat([BODY, BODY]), HEADERS), refused("body_too_large", { status: 413, maxBodyBytes: BODY.length }));
});

test("secrets are refused in words that do not hold them", () => {
  const shown = (secrets) => {
    try {
      new Verifier(secrets);
    } catch (error) {
      return [error.code, error.position, error.status];
    }
  };
  assert.deepEqual(shown(undefined), ["no_secrets", undefined, 503]);
  assert.deepEqual(shown([]), ["no_secrets", undefined, 503]);
  assert.deepEqual(shown([SECRET, "whsec_short"]), ["short_secret", 1, 503]);
  assert.deepEqual(shown(["\ud83d" + SECRET]), ["malformed_secret", 0, 503]);
  for (const secrets of [7, [[SECRET]], [null], { [SECRET]: 1 }, { secret: SECRET, label: 7 }]) {
    assert.throws(() => new Verifier(secrets), (error) => error instanceof TypeError && !error.message.includes("whsec_"));
  }
  const two = new Verifier([{ label: "new", secret: Buffer.from(`${SECRET}\n`) }, "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="]);
  assert.deepEqual(two.secrets, [{ label: "new", fingerprint: "027cf575" }, { label: "secret-1", fingerprint: "2a043d19" }]);
  assert.equal(two.verify(BODY, HEADERS, { now }).secretLabel, "new");
});

test("secrets come by line, as a receiver takes them", () => {
  const verifier = new Verifier(secretsFromLines(`previous:whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n\n${SECRET}\n`));
  assert.deepEqual(verifier.secrets.map(({ label }) => label), ["previous", "secret-1"]);
  assert.equal(verifier.verify(BODY, HEADERS, { now }).secretLabel, "secret-1");
  assert.throws(() => new Verifier(secretsFromLines(undefined)), refused("no_secrets"));
  verifier.free();
  assert.throws(() => verifier.verify(BODY, HEADERS, { now }), refused("invalid_argument"));
});

test("diagnose takes them as a verifier does, by line, too", () => {
  const other = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
  const capture = { headers: HEADERS, body: BODY };
  const by_line = diagnose(capture, secretsFromLines(`previous:${other}\n\ncurrent:${SECRET}\n`), { now });
  assert.deepEqual([by_line.code, by_line.secret], ["ok", "current"]);
  assert.deepEqual(by_line, diagnose(capture, [{ label: "previous", secret: other }, { label: "current", secret: SECRET }], { now }));
  const lines = secretsFromLines(`elsewhere:${SECRET}\n`);
  assert.equal(diagnose(capture, other, { now, otherSecrets: lines }).secret, "elsewhere");
  assert.equal(diagnose(capture, secretsFromLines(undefined), { now }).code, "no_secrets");
});

test("secrets by line sign as well, the first of them, and may be a file's bytes, which stay as they are", () => {
  const body = Buffer.from("{}");
  const bytes = new TextEncoder().encode(`\r\n current:${SECRET}\nprevious:whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=`);
  const before = bytes.slice();
  for (const given of [bytes, bytes.buffer, Buffer.from(bytes).toString()]) {
    assert.deepEqual(sign(body, secretsFromLines(given), { now }), sign(body, SECRET, { now }));
    assert.equal(new Verifier(secretsFromLines(given)).secrets[0].label, "current");
  }
  assert.deepEqual(bytes, before);
  assert.throws(() => sign(body, secretsFromLines("\n")), refused("no_secrets"));
  assert.throws(() => sign(body, secretsFromLines(7)), TypeError);
});

test("a capture takes the file that it names, and no other", () => {
  const command = (data) => `curl https://a.example/hook -H 'X-Overten-Timestamp: 1' ${data}`;
  const [without] = readCapture(command("-d @body.json"));
  assert.deepEqual([without.bodyFile, without.isCut], ["body.json", true]);
  const [given] = readCapture(command("-d @body.json"), { file: Buffer.from("{\r\n}") });
  assert.deepEqual([Buffer.from(given.body).toString(), given.bodyFile, given.isCut], ["{}", undefined, false]);
  assert.equal(Buffer.from(readCapture(command("-d @body.json"), { file: "{\r\n}" })[0].body).toString(), "{}");
  for (const file of [7, null, ["{}"]]) {
    assert.throws(() => readCapture(command("-d @body.json"), { file }), (error) => error instanceof TypeError && /^the file is a text or its bytes: it is not [\w ]+$/.test(error.message));
  }
  assert.throws(() => readCapture(7), /^TypeError: a capture is a text or its bytes: it is not number$/);
  const [whole] = readCapture(command("-d {}"), { file: Buffer.from("of nothing") });
  assert.equal(Buffer.from(whole.body).toString(), "{}");
});

test("a capture's method and lacks are what readCapture gives, or a mistake of the caller's", () => {
  const capture = { headers: HEADERS, body: BODY };
  for (const wrong of [{ method: 5 }, { method: {} }, { method: Symbol("POST") }, { lacks: "x" }, { lacks: {} }, { lacks: [null] }]) {
    assert.throws(() => diagnose({ ...capture, ...wrong }, SECRET, { now }), /^TypeError: a capture's (method is a text|lacks are the list)/);
  }
  assert.equal(diagnose({ ...capture, method: null, lacks: null }, SECRET, { now }).outcome, "verifies");
});

test("only a verifier makes a delivery", () => {
  assert.throws(() => new Delivery(), TypeError);
  assert.throws(() => new Delivery(Symbol("made by Verifier.verify"), "{}", BODY), TypeError);
  assert.throws(() => Object.create(Delivery.prototype).event(), TypeError);
});

test("an error says what to do, and shows neither secret nor signature nor body", () => {
  const wrong = new Verifier("whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=");
  try {
    wrong.verify(BODY, { ...HEADERS, "content-length": "7" }, { now });
    assert.fail("it must not verify");
  } catch (error) {
    assert.equal(error.name, "WebhookError");
    assert.match(error.message, /Content-Length says 7/);
    const all = `${error.stack} ${JSON.stringify(error)}`;
    for (const hidden of ["whsec_", "f28888a0", "run_01"]) assert.ok(!all.includes(hidden), hidden);
  }
});
