// What a receiver does about functions, stores and settings that misbehave, and about its own end.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { Readable, Writable } from "node:stream";
import { mkdtemp, open, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, mock, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { inspect } from "node:util";
import { runInNewContext } from "node:vm";
import * as of_copy from "overten-webhook";
import { MemoryStore, PermanentFailure, Receiver, secretsFromLines, sign, WebhookError } from "overten-webhook";
import { setAsideInFolder, setAsideInLog } from "overten-webhook/set-aside";
import { core } from "./node_modules/overten-webhook/esm/core.js";
import { catalogue } from "./checked-vectors.mjs";
import { completed, new_run, SECRET, signed } from "./deliveries.mjs";

setFlagsFromString("--expose-gc");
const global_gc = runInNewContext("gc");
const memory_now = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;

const required = createRequire(import.meta.url)("overten-webhook");

function receiving(settings = {}) {
  const lines = [];
  const receiver = new Receiver({
    secrets: SECRET,
    handler() {},
    setAside() {},
    log: (line) => lines.push(JSON.parse(line)),
    ...settings,
  });
  return { receiver, lines, start: lines.shift() };
}

const request_of = (body, headers = signed(body)) =>
  new Request("http://127.0.0.1/webhooks/overten", { method: "POST", headers, body });

async function deliver(receiver, body = completed(new_run()), context) {
  const answer = await receiver.receive(request_of(body), context);
  return `${answer.status} ${Object.values(await answer.json())[0]}`;
}

/** With a clock that the test moves: what is due by then rings. */
function with_a_clock(test) {
  mock.timers.enable({ apis: ["setTimeout"] });
  let ms = 0;
  const now = mock.method(performance, "now", () => ms);
  test.after(() => {
    mock.timers.reset();
    now.mock.restore();
  });
  return {
    async pass(by_ms) {
      // What has been asked for so far is begun before.
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      ms += by_ms;
      mock.timers.tick(by_ms);
    },
  };
}

describe("a host's waitUntil", () => {
  const ways = {
    throws() {
      throw new Error("outside of a request");
    },
    rejects: () => Promise.reject(new Error("outside of a request")),
  };
  for (const [name, waitUntil] of Object.entries(ways)) {
    test(`that ${name} changes no answer, and keeps nothing at work`, async () => {
      const { receiver } = receiving();
      assert.equal(await deliver(receiver, undefined, { waitUntil }), "200 accepted");
      await receiver.idle();
      receiver.free();
      assert.equal(await deliver(receiver), "503 misconfigured");
    });
  }
});

describe("a handler that ends in any other way than by returning", () => {
  const endings = {
    "throws an error": [
      () => {
        throw new RangeError("no room");
      },
      /RangeError: no room/,
    ],
    rejects: [
      async () => {
        throw new Error("no room");
      },
      /Error: no room/,
    ],
    "throws nothing": [
      () => {
        throw undefined;
      },
      /threw undefined/,
    ],
    "throws null": [
      () => {
        throw null;
      },
      /threw null/,
    ],
    "throws a number": [
      () => {
        throw 7;
      },
      /threw 7/,
    ],
    "throws a symbol": [
      () => {
        throw Symbol("odd");
      },
      /threw Symbol\(odd\)/,
    ],
    "throws an object": [
      () => {
        throw { code: "E" };
      },
      /threw {\\?"code/,
    ],
    "throws what cannot be printed": [
      () => {
        throw {
          get message() {
            throw 1;
          },
        };
      },
      /cannot be printed/,
    ],
    "throws a proxy that has been revoked": [
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        throw proxy;
      },
      /cannot be printed/,
    ],
    "throws an error with a cause": [
      () => {
        throw new TypeError("fetch failed", { cause: Object.assign(new Error(""), { code: "ECONNREFUSED" }) });
      },
      /fetch failed; caused by Error: ECONNREFUSED/,
    ],
    "throws a lone surrogate": [
      () => {
        throw new Error("\ud800\n{}");
      },
      /Error: /,
    ],
    "returns a thenable that rejects": [() => ({ then: (resolve, reject) => reject(new Error("later")) }), /later/],
    "returns a function": [() => () => {}, /function.*still to be done/],
    "returns a generator": [() => (function* () {})(), /still to be done/],
    "returns an async generator": [() => (async function* () {})(), /still to be done/],
    "returns promises that nobody awaited": [
      () => [Promise.resolve(), Promise.reject(new Error("unheard"))],
      /Promise.*still to be done/,
    ],
    "returns a promise in an object": [() => ({ done: new Promise(() => {}) }), /Promise.*still to be done/],
    "returns a promise of another realm in an object": [
      () => runInNewContext("({ done: Promise.reject(new Error('unheard')) })"),
      /Promise.*still to be done/,
    ],
    "returns a stream": [() => new Writable(), /Writable.*still to be done/],
    "throws an error that is its own cause": [
      () => {
        const error = new Error("round");
        throw Object.assign(error, { cause: new Error("and round", { cause: error }) });
      },
      /Error: round; caused by Error: and round$/,
    ],
    "throws an error of endless causes": [
      () => {
        class Endless extends Error {
          get cause() {
            return new Endless("why");
          }
        }
        throw new Endless("why");
      },
      /^[^;]*Error: why(; caused by Error: why){7}$/,
    ],
  };
  for (const [name, [handler, says]] of Object.entries(endings)) {
    test(`${name}: the claim is given back, one line says so, and the next delivery runs it again`, async () => {
      let calls = 0;
      const { receiver, lines } = receiving({ handler: (event) => ((calls += 1) === 1 ? handler(event) : undefined) });
      const body = completed(new_run());
      assert.equal(await deliver(receiver, body), "503 unavailable");
      assert.equal(lines.length, 1);
      assert.match(lines[0].detail, says);
      assert.equal(await deliver(receiver, body), "200 accepted");
      assert.equal(calls, 2);
    });
  }

  test("what a handler returns is none of a receiver's business otherwise", async () => {
    for (const result of [
      0,
      false,
      null,
      "id",
      { id: 1 },
      [1],
      new Map([[1, 2]]),
      new Date(),
      Buffer.from("a"),
      new Response(),
      new Response("", { status: 500 }),
      { status: "rejected", reason: new Error("no room") },
      { id: 1, retry() {} },
      Readable.from(["an answer over HTTP"]),
      { next: () => "page" },
      {
        get lazy() {
          throw new Error("not needed");
        },
      },
      { query: { then: () => assert.fail("the query was sent") } },
      { odd: new Proxy({}, { get: () => assert.fail("it was looked at") }) },
      {
        get promise() {
          return new Promise(() => {});
        },
      },
    ]) {
      assert.equal(await deliver(receiving({ handler: () => result }).receiver), "200 accepted");
    }
  });

  test("a generator is refused when the receiver is made", () => {
    assert.throws(() => receiving({ handler: function* () {} }), /handler is a generator/);
    assert.throws(() => receiving({ setAside: async function* () {} }), /setAside is a generator/);
    assert.throws(() => receiving({ handler: undefined }), /handler must be a function, not undefined/);
  });
});

describe("setting aside", () => {
  test("gets what cannot be read with why, and what the handler failed at for good with its failure", async () => {
    const aside = [];
    const setAside = async (delivery, reason) => void aside.push([new TextDecoder().decode(delivery.body), reason]);
    const failure = new PermanentFailure("of no use");
    const { receiver, lines } = receiving({
      setAside,
      handler() {
        throw failure;
      },
    });
    assert.equal(await deliver(receiver, Buffer.from("[]")), "200 quarantined");
    const body = completed(new_run());
    assert.equal(await deliver(receiver, body), "200 accepted");
    assert.equal(await deliver(receiver, body), "200 duplicate");
    assert.deepEqual(
      aside.map(([text]) => text),
      ["[]", body.toString()],
    );
    assert.ok(aside[0][1] instanceof WebhookError && aside[0][1].code === "malformed_payload");
    assert.equal(aside[1][1], failure);
    assert.equal(lines[1].level, "error");
    assert.match(lines[1].detail, /of no use/);
  });

  test("that fails is answered as unavailable, and nothing is committed", async () => {
    let fails = true;
    const setAside = async () => {
      if (fails) throw new Error("the disk is full");
    };
    const { receiver, lines } = receiving({ setAside });
    assert.equal(await deliver(receiver, Buffer.from("[]")), "503 unavailable");
    assert.match(lines[0].detail, /the disk is full/);
    fails = false;
    assert.equal(await deliver(receiver, Buffer.from("[]")), "200 quarantined");
  });

  test("in a folder keeps each delivery whole, once, under its body's hash", async (test) => {
    const folder = await mkdtemp(path.join(tmpdir(), "overten-"));
    test.after(() => rm(folder, { recursive: true, force: true }));
    const place = path.join(folder, "made", "here");
    const { receiver } = receiving({ setAside: setAsideInFolder(place) });
    const odd = Buffer.from([0x5b, 0xff, 0x5d]);
    for (const body of [Buffer.from("[]"), odd]) assert.equal(await deliver(receiver, body), "200 quarantined");
    const names = await readdir(place);
    assert.equal(names.length, 2);
    const kept = await Promise.all(
      names.map(async (name) => JSON.parse(await readFile(path.join(place, name), "utf8"))),
    );
    assert.deepEqual(
      new Set(kept.map(({ body, body_base64 }) => body ?? body_base64)),
      new Set(["[]", odd.toString("base64")]),
    );
    assert.deepEqual(Object.keys(kept.find(({ body }) => body)), ["code", "detail", "timestamp", "secret", "body"]);

    const { receiver: at_once } = receiving({ setAside: setAsideInFolder(path.join(folder, "made", "by", "many")) });
    const many = await Promise.all([1, 2, 3].map((at) => deliver(at_once, Buffer.from(`[${at}]`))));
    assert.deepEqual(many, Array(3).fill("200 quarantined"));
    await rm(place, { recursive: true });
    assert.equal(await deliver(receiver, Buffer.from("[1]")), "200 quarantined", "once it is gone it is made anew");

    await writeFile(path.join(folder, "file"), "");
    const nowhere = receiving({ setAside: setAsideInFolder(path.join(folder, "file", "below")) });
    assert.equal(await deliver(nowhere.receiver, Buffer.from("[]")), "503 unavailable");
  });

  test("in a folder is done once each folder that was made for it is synced, by whichever delivery", async (test) => {
    const folder = await mkdtemp(path.join(tmpdir(), "overten-"));
    test.after(() => rm(folder, { recursive: true, force: true }));
    const handle = await open(folder);
    const done = [];
    let fails = true;
    const { sync } = handle.constructor.prototype;
    test.mock.method(handle.constructor.prototype, "sync", async function () {
      const name = path.relative(folder, await readlink(`/proc/self/fd/${this.fd}`));
      if (name === "a" && fails) throw new Error(`no sync, ${(fails = false)}`);
      await sync.call(this);
      if (!name.endsWith(".part")) done.push(name);
    });
    await handle.close();
    const { receiver } = receiving({ setAside: setAsideInFolder(path.join(folder, "a/b/c")) });
    const answers = await Promise.all(
      [1, 2, 3].map(async (at) => {
        const answer = await deliver(receiver, Buffer.from(`[${at}]`));
        done.push(answer);
        return answer;
      }),
    );
    assert.deepEqual(answers, ["503 unavailable", "200 quarantined", "200 quarantined"]);
    const first = done.indexOf("200 quarantined");
    for (const name of ["", "a", "a/b", "a/b/c"]) assert.ok(done.slice(0, first).includes(name), `${name} of ${done}`);
  });

  test("in a log is done once the stream has taken the line, and failed where it has not", async () => {
    const written = [];
    const stream = new Writable({
      decodeStrings: false,
      write: (text, encoding, done) => setImmediate(() => done(void written.push(text))),
    });
    assert.equal(
      await deliver(receiving({ setAside: setAsideInLog(stream) }).receiver, Buffer.from("[]")),
      "200 quarantined",
    );
    assert.equal(JSON.parse(written[0]).body, "[]");
    const full = new Writable({ write: (text, encoding, done) => done(new Error("no space left")) });
    const { receiver, lines } = receiving({ setAside: setAsideInLog(full) });
    assert.equal(await deliver(receiver, Buffer.from("[]")), "503 unavailable");
    assert.match(lines[0].detail, /no space left/);
    const warned = [];
    const hears = (warning) => warned.push(warning.name);
    process.on("warning", hears);
    const many = receiving({ setAside: setAsideInLog(stream) }).receiver;
    const bodies = Array.from({ length: 30 }, (_, at) => Buffer.from(`[${at}]`));
    await Promise.all(bodies.map((body) => deliver(many, body)));
    await new Promise(setImmediate);
    process.off("warning", hears);
    assert.deepEqual([warned, stream.listenerCount("error")], [[], 0]);
    assert.equal(await deliver(receiver, Buffer.from("[]")), "503 unavailable", "and once it has ended");
  });
});

describe("what takes longer than 10 s", () => {
  test("a handler that never settles: answered as in flight, and its claim lapses", async (test) => {
    const clock = with_a_clock(test);
    let calls = 0;
    let now = 1_760_000_000;
    const { receiver, lines } = receiving({
      clock: () => now,
      handler: () => ((calls += 1) === 1 ? new Promise(() => {}) : undefined),
    });
    const body = completed(new_run());
    const send = () => receiver.receive(request_of(body, signed(body, { timestamp: now })));
    const first = send();
    await clock.pass(10_000);
    assert.equal((await first).status, 503);
    assert.deepEqual([lines[0].code, lines[0].level], ["in_flight", "warn"]);
    assert.deepEqual(await (await send()).json(), { error: "in_flight" });
    now += 61;
    assert.deepEqual(await (await send()).json(), { status: "accepted" });
    assert.equal(calls, 2);
  });

  test("a handler that is late goes on, under waitUntil, and a second line says what came of it", async (test) => {
    const clock = with_a_clock(test);
    let finish;
    const kept = [];
    const { receiver, lines } = receiving({ handler: () => new Promise((resolve) => (finish = resolve)) });
    const body = completed(new_run());
    const answering = receiver.receive(request_of(body), { waitUntil: (work) => kept.push(work) });
    await clock.pass(9_999);
    assert.equal(lines.length, 0);
    await clock.pass(1);
    assert.equal((await answering).status, 503);
    finish();
    await Promise.all(kept);
    await receiver.idle();
    assert.deepEqual(
      lines.map(({ code }) => code),
      ["in_flight", "accepted"],
    );
    assert.equal(await deliver(receiver, body), "200 duplicate");
  });

  test("a store that never answers: unavailable; what it gives later is worked on", async (test) => {
    const clock = with_a_clock(test);
    const store = new MemoryStore();
    let give;
    const slow = {
      durable: false,
      claim: (...asked) => new Promise((resolve) => (give = () => resolve(store.claim(...asked)))),
      commit: (...asked) => store.commit(...asked),
      release: (...asked) => store.release(...asked),
    };
    const handled = [];
    const { receiver, lines } = receiving({ store: slow, handler: (event) => void handled.push(event) });
    const answering = receiver.receive(request_of(completed("run_slow")));
    await clock.pass(10_000);
    assert.deepEqual(await (await answering).json(), { error: "unavailable" });
    give();
    await receiver.idle();
    assert.deepEqual(
      lines.map(({ code }) => code),
      ["unavailable", "accepted"],
    );
    assert.equal(handled.length, 1);
  });

  test("a claim that comes after its lease begins nothing", async (test) => {
    const clock = with_a_clock(test);
    const store = new MemoryStore();
    let give;
    store.claim = () => new Promise((resolve) => (give = () => resolve("new")));
    const handled = [];
    const { receiver, lines } = receiving({ store, handler: (event) => void handled.push(event) });
    const answering = receiver.receive(request_of(completed("run_lapsed")));
    await clock.pass(10_000);
    await answering;
    await clock.pass(60_000);
    give();
    await receiver.idle();
    assert.equal(handled.length, 0);
    assert.match(lines[1].detail, /lapsed before the handler could begin/);
  });

  test("a body that stalls: unavailable, and nobody waits for it any longer", async (test) => {
    const clock = with_a_clock(test);
    const stalled = new ReadableStream({ pull: () => new Promise(() => {}) });
    const { receiver, lines } = receiving();
    const body = completed("run_stalled");
    const request = new Request("http://127.0.0.1/", {
      method: "POST",
      headers: signed(body),
      body: stalled,
      duplex: "half",
    });
    const answering = receiver.receive(request);
    await clock.pass(10_000);
    assert.deepEqual(await (await answering).json(), { error: "unavailable" });
    await receiver.idle();
    assert.equal(request.body.locked, false);
    assert.match(lines[0].detail, /did not arrive within 10 s/);
  });

  test("nothing is left that keeps a process alive", async () => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    await deliver(receiving().receiver);
    assert.equal(process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length, before);
  });
});

describe("a store", () => {
  const broken = (step, failure) =>
    Object.assign(new MemoryStore(), {
      [step]: () => {
        throw failure;
      },
    });

  test("that fails at a step: the event is handled again, never lost", async () => {
    for (const [step, handled_first, second] of [
      ["claim", 0, "200 accepted"],
      ["commit", 1, "503 in_flight"],
    ]) {
      let handled = 0;
      const store = broken(step, new Error("away"));
      const { receiver, lines } = receiving({ store, handler: () => void (handled += 1) });
      const body = completed(new_run());
      assert.equal(await deliver(receiver, body), "503 unavailable");
      assert.equal(handled, handled_first);
      assert.match(lines[0].detail, /away/);
      delete store[step];
      assert.equal(await deliver(receiver, body), second);
    }
  });

  test("whose answer to a claim was lost has it released", async () => {
    const store = new MemoryStore();
    const claim = store.claim.bind(store);
    store.claim = (...asked) => {
      claim(...asked);
      throw new Error("the answer was lost");
    };
    const { receiver } = receiving({ store });
    const body = completed(new_run());
    assert.equal(await deliver(receiver, body), "503 unavailable");
    delete store.claim;
    assert.equal(await deliver(receiver, body), "200 accepted");
  });

  test("that lost the claim meanwhile: accepted, with a warning", async () => {
    const store = Object.assign(new MemoryStore(), { commit: async () => false });
    const { receiver, lines } = receiving({ store });
    assert.equal(await deliver(receiver), "200 accepted");
    assert.equal(lines[0].level, "warn");
  });

  test("that answers a claim with anything else is taken for one that failed", async () => {
    const { receiver, lines } = receiving({ store: Object.assign(new MemoryStore(), { claim: () => true }) });
    assert.equal(await deliver(receiver), "503 unavailable");
    assert.match(lines[0].detail, /new, duplicate, in_flight, not true/);
  });

  test("is asked for by what it must have, and Workers KV is refused with the reason", () => {
    assert.throws(
      () => receiving({ store: { getWithMetadata() {}, put() {} } }),
      /Workers KV cannot be a store: it has no atomic change/,
    );
    assert.throws(() => receiving({ store: { eval() {} } }), /a client, pool or binding goes into RedisStore/);
    assert.throws(() => receiving({ store: Object.assign(new MemoryStore(), { durable: undefined }) }), /durable/);
  });

  test("that survives a restart makes the window 3 days, another one 300 s; each side can be set by itself", () => {
    const durable = Object.assign(new MemoryStore(), { durable: true });
    const past = (settings) => receiving(settings).start.past_seconds;
    assert.equal(past({}), 300);
    assert.equal(past({ store: durable }), 259_200);
    assert.equal(past({ store: durable, tolerance: { future: 5 } }), 259_200);
    assert.equal(past({ store: durable, tolerance: { past: 10 } }), 10);
    assert.equal(past({ store: durable, tolerance: { past: undefined, future: 60 } }), 259_200);
  });
});

describe("settings", () => {
  test("that the core refuses are answered as misconfigured, said at the start and as `problem`", async () => {
    const refused = {
      no_secrets: { secrets: undefined },
      short_secret: { secrets: "whsec_short" },
      malformed_label: { secrets: [{ label: "a b", secret: SECRET }] },
      invalid_argument: { tolerance: 86_400 * 7 },
    };
    for (const [code, settings] of Object.entries(refused)) {
      const { receiver, start } = receiving(settings);
      assert.deepEqual([start.code, start.level], ["misconfigured", "error"], code);
      assert.ok(receiver.problem.startsWith(`${code}: `), receiver.problem);
      assert.equal(await deliver(receiver), "503 misconfigured");
    }
    const { receiver } = receiving({ path: "no path" });
    assert.match(receiver.problem, /path/);
  });

  test("of the wrong kind, or misspelt, are thrown at once", () => {
    for (const wrong of [
      { leaseSecond: 1 },
      { leaseSeconds: 0 },
      { retentionSeconds: "7" },
      { path: 7 },
      { scope: "all" },
      { mismatchStatus: 403 },
      { maxBodyBytes: -1 },
      { tolerance: null },
      { clock: 7 },
      { log: "x" },
      { secrets: 7 },
    ]) {
      assert.throws(
        () => receiving(wrong),
        (error) => error instanceof TypeError || error instanceof RangeError || error instanceof WebhookError,
        JSON.stringify(wrong),
      );
    }
    assert.throws(() => new Receiver(), TypeError);
  });

  test("secrets come by line too, each with its label, and an unset variable is none", async () => {
    const { receiver, start } = receiving({
      secrets: secretsFromLines(`previous:whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n\n${SECRET}\n`),
    });
    assert.deepEqual(
      start.secrets.map(({ label }) => label),
      ["previous", "secret-1"],
    );
    await deliver(receiver);
    const { previous, "secret-1": second } = receiver.lastMatched();
    assert.equal(previous, null);
    assert.ok(Math.abs(second - Date.now() / 1000) < 60);
    assert.match(receiving({ secrets: secretsFromLines(undefined) }).receiver.problem, /^no_secrets/);
    assert.ok(!JSON.stringify(secretsFromLines(SECRET)).includes("whsec"));
    assert.ok(!inspect(secretsFromLines(SECRET), { showHidden: true, depth: null, getters: true }).includes("whsec"));
  });

  test("a mismatch is answered with 503 where that is set", async () => {
    const { receiver } = receiving({
      mismatchStatus: 503,
      secrets: "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
    });
    assert.equal(await deliver(receiver), "503 signature_mismatch");
  });
});

describe("a request", () => {
  test("whose body something has read is unavailable, with what to do", async () => {
    const { receiver, lines } = receiving();
    const request = request_of(completed(new_run()));
    await request.json();
    assert.equal((await receiver.receive(request)).status, 503);
    assert.match(lines[0].detail, /c\.req\.json\(\)/);
    const locked = request_of(completed(new_run()));
    locked.body.getReader();
    assert.equal((await receiver.receive(locked)).status, 503);
  });

  test("whose body's promise rejects while another answer is given ends no process", async (test) => {
    const unheard = [];
    const hears = (reason) => unheard.push(reason);
    process.on("unhandledRejection", hears);
    test.after(() => process.off("unhandledRejection", hears));
    const body = Promise.reject(new Error("aborted"));
    const { status } = await receiving().receiver.take({ method: "POST", headers: [], body });
    assert.equal(status, 400);
    await receiving().receiver.take({ method: "POST", headers: 7, body: Promise.reject(new Error("aborted")) }).catch(() => {});
    await new Promise(setImmediate);
    assert.deepEqual(unheard, []);
  });

  test("whose body comes in a Buffer, or in chunks of one that is used again, is what was received", async () => {
    const body = completed(new_run());
    const seen = [];
    const { receiver } = receiving({ handler: (event) => void seen.push(Buffer.from(event.raw).toString()) });
    const take = (given, of = body) => receiver.take({ method: "POST", headers: signed(of), body: given });
    const changing = Buffer.from(body);
    // Changed as soon as the store is asked: after the check, before the handler sees it.
    const store = new MemoryStore();
    const claim = store.claim.bind(store);
    store.claim = (...asked) => (changing.fill("x"), claim(...asked));
    const kept = [];
    const changed = receiving({ store, handler: (event) => void kept.push(Buffer.from(event.raw).toString()) });
    assert.equal((await changed.receiver.take({ method: "POST", headers: signed(body), body: changing })).status, 200);
    assert.deepEqual(kept, [body.toString()]);
    async function* in_one_buffer() {
      const buffer = Buffer.alloc(8);
      for (let at = 0; at < body.length; at += 8) yield buffer.subarray(0, body.copy(buffer, 0, at, at + 8));
    }
    assert.equal((await take(in_one_buffer())).status, 200);
    assert.deepEqual(seen, [body.toString()]);
  });

  test("whose body comes byte by byte takes no more memory than its length says", async () => {
    const body = completed(new_run(), { message: "x".repeat(100_000) });
    const { receiver } = receiving();
    let most = 0;
    async function* byte_by_byte() {
      for (let at = 0; at < body.length; at += 1) {
        // Each chunk of a socket has memory of its own.
        yield new Uint8Array([body[at]]);
        if (at % 25_000 === 0) (global_gc(), (most = Math.max(most, memory_now() - before)));
      }
    }
    global_gc();
    const before = memory_now();
    assert.equal((await receiver.take({ method: "POST", headers: signed(body), body: byte_by_byte() })).status, 200);
    assert.ok(most < 3_000_000, `${most} bytes`);
  });

  test("a HEAD has no body", async () => {
    const answer = await receiving().receiver.receive(new Request("http://127.0.0.1/", { method: "HEAD" }));
    assert.equal(answer.status, 405);
    assert.equal(answer.body, null);
    assert.equal(answer.headers.get("allow"), "POST");
  });

  test("a log that throws, or rejects, changes no answer", async () => {
    for (const log of [
      () => {
        throw new Error("full");
      },
      async () => {
        throw new Error("full");
      },
    ]) {
      assert.equal(await deliver(receiving({ log }).receiver), "200 accepted");
    }
  });

  test("by default a line goes to the console, by its level", async (test) => {
    const info = test.mock.method(console, "info", () => {});
    const warn = test.mock.method(console, "warn", () => {});
    const receiver = new Receiver({ secrets: SECRET, handler() {}, setAside() {} });
    await receiver.receive(request_of(completed(new_run()), signed("another body")));
    assert.match(info.mock.calls[0].arguments[0], /"version"/);
    assert.match(warn.mock.calls[0].arguments[0], /signature_mismatch/);
  });
});

describe("a request whose caller hands over what no sender can cause", () => {
  const body = completed("run_wrong");
  const request = () => ({ method: "POST", target: "/", headers: signed(body), body });
  const refused = {
    "no method": { method: undefined },
    "a method that is no text": { method: { toString: () => "POST" } },
    "a target that is no text": { target: { href: 7 } },
    "a target that throws": {
      target: {
        toString() {
          throw new Error("odd");
        },
      },
    },
    "a promise of headers": { headers: Promise.resolve(signed(body)) },
    "no headers": { headers: undefined },
  };
  for (const [name, wrong] of Object.entries(refused)) {
    test(`${name}: a TypeError`, async () => {
      const { receiver, lines } = receiving();
      await assert.rejects(receiver.take({ ...request(), ...wrong }), TypeError);
      assert.deepEqual(lines, []);
    });
  }

  test("a target may be a URL, and is its path", async () => {
    const { receiver } = receiving({ path: "/here" });
    const status_at = async (url) => (await receiver.take({ ...request(), target: new URL(url, "http://localhost") })).status;
    assert.deepEqual([await status_at("/here?a=b"), await status_at("/there")], [200, 404]);
  });

  test("no body, where one is to be read: unavailable", async () => {
    for (const given of [undefined, null, () => undefined, async () => undefined, [], "text", "", {}, 7]) {
      const { receiver, lines } = receiving();
      assert.equal((await receiver.take({ ...request(), body: given })).status, 503);
      assert.match(lines[0].detail, /something (decoded or parsed|read) it before/);
    }
  });

  test("a setting that is no text does not count as a fault of the package", () => {
    const odd = {
      toString() {
        throw new TypeError("odd");
      },
    };
    for (const wrong of [{ mismatchStatus: odd }, { scope: odd }]) assert.throws(() => receiving(wrong), /^TypeError: odd/);
  });

  test("a method taken off its receiver says so", async () => {
    const { receive, take } = receiving().receiver;
    await assert.rejects(receive(request_of(body)), /call it as receiver\.receive\(/);
    await assert.rejects(take(request()), /call it as receiver\.take\(/);
  });

  test("what is no request rejects with a TypeError", async () => {
    const { receiver } = receiving();
    for (const given of [null, undefined, {}, 7, "POST"]) {
      await assert.rejects(receiver.receive(given), TypeError);
      await assert.rejects(receiver.take(given), TypeError);
    }
  });
});

describe("a crash between any two steps", () => {
  /** Runs a delivery in a receiver that stops for good at a step, as its process would; the store remains. */
  async function crash_at(step) {
    const store = Object.assign(new MemoryStore(), { durable: true });
    const stops = () => new Promise(() => {});
    const handled = [];
    let now = 1_760_000_000;
    const stopping = {
      durable: true,
      claim: (...asked) =>
        step === "before the claim"
          ? stops()
          : step === "after the claim"
            ? (store.claim(...asked), stops())
            : store.claim(...asked),
      commit: (...asked) =>
        step === "before the commit" ? stops() : (store.commit(...asked), step === "after the commit" ? stops() : true),
      release: () => stops(),
    };
    const handler = (event) => (step === "in the handler" ? stops() : void handled.push(event));
    const settings = { clock: () => now };
    const body = completed("run_crash");
    receiving({ ...settings, store: stopping, handler }).receiver.receive(
      request_of(body, signed(body, { timestamp: now })),
    );
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    const after = receiving({ ...settings, store, handler: (event) => void handled.push(event) }).receiver;
    const words = [];
    for (const later of [1, 61]) {
      now = 1_760_000_000 + later;
      words.push(
        Object.values(await (await after.receive(request_of(body, signed(body, { timestamp: now })))).json())[0],
      );
    }
    return { words, handled: handled.length };
  }

  const CRASHES = {
    "before the claim": { words: ["accepted", "duplicate"], handled: 1 },
    "after the claim": { words: ["in_flight", "accepted"], handled: 1 },
    "in the handler": { words: ["in_flight", "accepted"], handled: 1 },
    "before the commit": { words: ["in_flight", "accepted"], handled: 2 },
    "after the commit": { words: ["duplicate", "duplicate"], handled: 1 },
  };
  for (const [step, expected] of Object.entries(CRASHES)) {
    test(`${step}: no event is lost`, async () => assert.deepEqual(await crash_at(step), expected));
  }
});

describe("its end", () => {
  test("once freed it answers that it cannot check anything, and what was at work is finished before", async () => {
    let finish;
    const { receiver, lines } = receiving({ handler: () => new Promise((resolve) => (finish = resolve)) });
    const answering = deliver(receiver);
    while (!finish) await new Promise(setImmediate);
    receiver.free();
    assert.equal(await deliver(receiver), "503 misconfigured", "though another one is at work");
    receiver.free();
    finish();
    assert.equal(await answering, "200 accepted");
    assert.equal(lines[1].secret, "secret-0");
    await receiver.idle();
    assert.equal(await deliver(receiver), "503 misconfigured");
  });
});

describe("the WebAssembly module", () => {
  test("holds nothing of deliveries whose handlers never settle", async (test) => {
    with_a_clock(test);
    const { receiver } = receiving({ handler: () => new Promise(() => {}), leaseSeconds: 3600 });
    const hang = async (count) => {
      for (let at = 0; at < count; at += 1) {
        receiver.receive(request_of(completed(new_run(), { message: "x".repeat(10_000) })));
        for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      }
    };
    await hang(100);
    const before = core.instance.memory.buffer.byteLength;
    await hang(3000);
    assert.equal(core.instance.memory.buffer.byteLength, before);
  });

  test("that traps in the middle of a delivery is replaced, and the delivery is finished all the same", async () => {
    let traps = true;
    const trap = () => {
      if (traps) core.failure(new WebAssembly.RuntimeError("unreachable"), core.instance);
      traps = false;
    };
    const { receiver, lines } = receiving({ handler: trap });
    const first = core.instance;
    assert.equal(await deliver(receiver), "200 accepted");
    assert.notEqual(core.instance, first);
    assert.equal(lines[0].secret, "secret-0");
    assert.equal(await deliver(receiver), "200 accepted");
  });

  test("that traps keeps in mind when each secret was last in use", async () => {
    const { receiver } = receiving({ secrets: [{ label: "__proto__", secret: SECRET }, "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="] });
    await deliver(receiver);
    const before = receiver.lastMatched();
    assert.deepEqual(Object.entries(before).map(([label, at]) => [label, at > 0]), [["__proto__", true], ["secret-1", false]]);
    core.failure(new WebAssembly.RuntimeError("unreachable"), core.instance);
    assert.deepEqual(receiver.lastMatched(), before);
  });

  test("is not asked for that where a delivery says it, and loses none to a trap that was too old", async (test) => {
    const now = 1_760_000_000;
    const OLD = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    const secrets = [{ label: "fresh", secret: SECRET }, { label: "old", secret: OLD }, "whsec_of-nobody-----------------------"];
    const { receiver } = receiving({ secrets, clock: () => now });
    const asked = test.mock.method(core.instance.Reception.prototype, "last_matched");
    const send = async (secret, timestamp) => {
      const body = completed(new_run());
      const { status } = await receiver.receive(request_of(body, signed(body, { secret, timestamp })));
      return status;
    };
    assert.equal(await send(SECRET, now - 7), 200);
    assert.equal(asked.mock.callCount(), 0);
    assert.equal(await send(OLD, now - 1_000_000), 503);
    core.failure(new WebAssembly.RuntimeError("unreachable"), core.instance);
    assert.deepEqual(receiver.lastMatched(), { fresh: now, old: now, "secret-2": null });
  });

  test("that finds no memory for a new instance says so as its problem, and is well once there is some", async (test) => {
    const { receiver, lines } = receiving();
    const { Instance } = WebAssembly;
    test.after(() => (WebAssembly.Instance = Instance));
    WebAssembly.Instance = class {
      constructor() {
        throw new RangeError("WebAssembly.Instance(): Out of memory");
      }
    };
    const { instance } = core;
    assert.throws(() => core.failure(new WebAssembly.RuntimeError("unreachable"), instance), /no memory for a new instance/);
    assert.match(receiver.problem, /no memory for a new instance/);
    assert.throws(() => sign(Buffer.from("{}"), SECRET), ({ code, status, retryable }) => {
      const [known] = catalogue.filter((each) => each.code === "internal");
      assert.deepEqual([code, status, retryable], [known.code, known.status, known.retryable]);
      return true;
    });
    assert.equal(await deliver(receiver), "503 unavailable");
    assert.match(lines[0].detail, /no memory for a new instance of the module.*Out of memory/);
    WebAssembly.Instance = Instance;
    assert.equal(receiver.problem, undefined);
    assert.equal(await deliver(receiver), "200 accepted");
  });

  for (const step of ["begin", "whole", "end"]) {
    test(`that traps in ${step} is answered for as unavailable, and the next delivery is taken`, async (test) => {
      const { receiver, lines } = receiving();
      const { Reception } = core.instance;
      const trapping = test.mock.method(Reception.prototype, step, () => {
        throw new WebAssembly.RuntimeError("unreachable");
      });
      assert.equal(await deliver(receiver), "503 unavailable");
      trapping.mock.restore();
      assert.deepEqual([lines[0].code, lines[0].level], ["unavailable", "error"]);
      assert.match(lines[0].detail, /a fault of overten-webhook itself/);
      assert.equal(await deliver(receiver), "200 accepted");
    });
  }

  test("may be asked for a request that has no headers, which is the caller's mistake", async () => {
    await assert.rejects(receiving().receiver.take({ method: "POST", body: null }), TypeError);
  });
});

test("two copies of the package in one process work with one another's parts", async () => {
  const imported = { Receiver, MemoryStore, PermanentFailure, secretsFromLines };
  assert.notEqual(required.Receiver, Receiver);
  for (const [mine, theirs] of [
    [imported, required],
    [required, imported],
  ]) {
    const aside = [];
    const lines = [];
    const receiver = new mine.Receiver({
      secrets: theirs.secretsFromLines(SECRET),
      store: new theirs.MemoryStore(),
      log: (line) => lines.push(line),
      handler() {
        throw new theirs.PermanentFailure("of no use");
      },
      setAside: (delivery, reason) => void aside.push(reason.message),
    });
    assert.equal(await deliver(receiver), "200 accepted");
    assert.deepEqual(aside, ["of no use"]);
  }
  for (const [mine, theirs] of [
    [of_copy, required],
    [required, of_copy],
  ]) {
    const body = completed("run_twin");
    const event = new theirs.Verifier(SECRET).verify(body, sign(body, SECRET)).event();
    assert.equal(mine.idempotencyKey(event), theirs.idempotencyKey(event));
    assert.equal(mine.idempotencyKey(event, "task"), theirs.idempotencyKey(event, "task"));
    assert.throws(() => mine.idempotencyKey({ ...event, raw: event.raw }), TypeError);
  }
  const headers = required.sign(completed("run_twin"), SECRET);
  assert.deepEqual(Object.keys(headers), Object.keys(sign(completed("run_twin"), SECRET)));
});

test("no secret and no whole signature reaches a line, an error or what is printed of a receiver", async () => {
  const { receiver, lines, start } = receiving();
  const body = completed(new_run());
  const [[, signature]] = signed(body);
  await receiver.receive(request_of(body));
  await receiver.receive(request_of(Buffer.from("changed"), signed(body)));
  const { inspect } = await import("node:util");
  const shown = JSON.stringify([start, lines, receiver]) + inspect(receiver, { depth: 9, showHidden: true });
  assert.ok(!shown.includes("AAECAwQF") && !shown.includes(signature));
});
