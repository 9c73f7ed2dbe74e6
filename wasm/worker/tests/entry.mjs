// The shipped bundle with a clock, an environment, a queue and a ledger that a test sets.
//
// It is a Worker of its own around the same wasm: the shipped bundle neither imports this file nor knows of it, so
// nothing here can be switched on in a deployed Worker. The request itself is handed on untouched.

import { look } from "./memory.mjs";
import Shipped, { Ledger as ShippedLedger } from "../build/index.js";
import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

/** What `PUT /__test/settings` last set; see DEFAULTS. */
let settings;
const DEFAULTS = {
  now_ms: null, //              the clock; null is the real one
  hurry: 1, //                  how much sooner than asked for a timer rings
  env: {}, //                   variables by name; null takes one away
  queue: { mode: "real" }, //   see WorkerQueue below
  ledger: { mode: "real", namespace: "" }, // see DurableObjectNamespace below
  alarm_fails: false, //       whether setting an alarm throws
  failing_piece: null, //      the piece of a body whose row the disk refuses, from 0
  made: null, //               what JavaScript in front makes of the request: see made_of below
  script: null, //              what comes of the steps of a scenario: see reached below
};
settings = DEFAULTS;

const real_now = Date.now;
Date.now = () => settings.now_ms ?? real_now();
const real_timeout = globalThis.setTimeout;
globalThis.setTimeout = (call, ms, ...more) => real_timeout(call, ms / settings.hurry, ...more);

/** How often each gate was opened, by name. A promise would belong to the request that made it. */
const gates = new Map();
/** The gates that something waits at. */
const waited_at = new Set();
/** How many sends have begun since the last settings: a test waits for one before it pulls the plug. */
let sends_begun = 0;

/** Resolves when the gate is opened next. */
async function opened(gate) {
  const before = gates.get(gate);
  waited_at.add(gate);
  while (gates.get(gate) === before) await scheduler.wait(1);
  waited_at.delete(gate);
}

/** The steps of a script that were reached: `claim` (with its key), `hand_on`, `set_aside`, `commit`. */
let steps = [];

/**
 * A step of a script: it may wait at the gate of its name (`hold`: such names), take its time (`take_ms`: by name), and fail
 * (`fail`: by name, a bare text, so that nothing decorates it).
 */
async function reached(step, key) {
  if (!settings.script) return;
  steps.push({ step, key });
  if (settings.script.hold.includes(step)) await opened(step);
  settings.now_ms += settings.script.take_ms[step] ?? 0;
  if (step in settings.script.fail) throw settings.script.fail[step];
}

/** The names of this class and the next are those the `worker` crate looks for. */
class WorkerQueue {
  constructor(queue, abort) {
    this.queue = queue;
    this.abort = abort;
  }

  async send(message, options) {
    sends_begun += 1;
    const { mode, delay_ms } = settings.queue;
    if (mode === "slow") await scheduler.wait(delay_ms);
    if (mode === "held" || mode === "held_then_fail") await opened("queue");
    if (mode === "real") await reached(JSON.parse(message).quarantined ? "set_aside" : "hand_on");
    if (mode === "fail" || mode === "held_then_fail") throw new Error("the queue is down");
    if (mode === "abort_before_send") await die(this.abort);
    await this.queue.send(message, options);
    if (mode === "fail_after_send") throw new Error("the queue took it, but its answer was lost");
    if (mode === "abort_after_send") await die(this.abort);
  }
}

/** Off the caller's stack, as a reset comes: an abort cannot be caught, not even by the wasm that called us. */
async function die(abort) {
  await scheduler.wait(0);
  abort();
  await scheduler.wait(60_000);
}

class DurableObjectNamespace {
  constructor(ledger) {
    this.ledger = ledger;
  }

  /** A namespace of its own per case, so that equal keys of two cases never meet. */
  idFromName(name) {
    return this.ledger.idFromName(settings.ledger.namespace + name);
  }

  get(id, options) {
    const { mode, status, text } = settings.ledger;
    const object = this.ledger.get(id, options);
    if (mode === "real" && settings.script) return { fetch: (...request) => scripted(object, new Request(...request)) };
    if (mode === "real") return object;
    if (mode === "answers") return { fetch: async () => new Response(text, { status }) };
    return { fetch: () => Promise.reject(new Error("the ledger cannot be reached")) };
  }
}

/** The third of the parts that a route sends to its ledger, each behind its length. */
async function key_in(request) {
  const content = new DataView(await request.arrayBuffer());
  let at = 4;
  for (let part = 0; part < 2; part += 1) at += 4 + content.getUint32(at, true);
  return new TextDecoder().decode(new Uint8Array(content.buffer, at + 4, content.getUint32(at, true)));
}

async function scripted(object, request) {
  if (new URL(request.url).pathname === "/deliveries") await reached("claim", await key_in(request.clone()));
  return object.fetch(request);
}

/** The environment as the Worker sees it: read afresh at every look, since settings change between requests. */
function environment(env, abort = () => {}) {
  return new Proxy(env, {
    get(target, name) {
      if (name in settings.env) return settings.env[name] ?? undefined;
      if (name === "DELIVERIES" && target[name]) return new WorkerQueue(target[name], abort);
      if (name === "LEDGER" && target[name]) return new DurableObjectNamespace(target[name]);
      return target[name];
    },
    has: (target, name) => (name in settings.env ? settings.env[name] !== null : name in target),
  });
}

let kept = { variables: "", seen: undefined };

/** One for as long as the variables stay as they are: the Worker keeps what it has made of it, as in a deployment. */
function kept_environment(env) {
  const variables = JSON.stringify(settings.env);
  if (kept.variables !== variables) kept = { variables, seen: environment(env) };
  return kept.seen;
}

/** The shipped ledger. Where a test sets the clock, its alarm is recorded instead of set: in the past it would fire at once. */
export class Ledger extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.alarm_ms = null;
    const abort = () => state.abort("pulled by a test");
    const set_alarm = state.storage.setAlarm.bind(state.storage);
    const sql = state.storage.sql;
    const storage = new Proxy(state.storage, {
      get: (target, name) => (name === "sql" ? { exec: (...query) => exec(sql, query) } : bound(target, name)),
    });
    state.storage.setAlarm = async (at, options) => {
      if (settings.script?.hold.includes("commit")) await opened("commit");
      if (settings.alarm_fails) throw new Error("no alarm can be set");
      if (settings.now_ms === null) await set_alarm(at, options);
      this.alarm_ms = alarm_time(at);
      if (settings.queue.mode === "abort_after_accept") await die(abort);
    };
    state.storage.getAlarm = async () => this.alarm_ms;
    state.storage.deleteAlarm = async () => (this.alarm_ms = null);
    const scripted = new Proxy(state, { get: (target, name) => (name === "storage" ? storage : bound(target, name)) });
    this.shipped = new ShippedLedger(scripted, environment(env, abort));
  }

  fetch(request) {
    if (new URL(request.url).pathname === "/__test/silence") return scheduler.wait(600_000);
    return this.shipped.fetch(request);
  }

  alarm() {
    this.alarm_ms = null;
    return this.shipped.alarm();
  }

  /** Fire the alarm as the platform would: it is no longer set while it runs. Returns when it was set for. */
  async fire() {
    const was = this.alarm_ms;
    this.alarm_ms = null;
    await this.shipped.alarm();
    return was;
  }

  /** Die at once, whatever is being handled, as in a deployment or a crash. */
  reset() {
    this.ctx.abort("reset by a test");
  }

  contents() {
    const tables = [...this.ctx.storage.sql.exec("SELECT name FROM sqlite_master WHERE type = 'table'")]
      .map((row) => row.name)
      .filter((name) => !name.startsWith("_cf") && !name.startsWith("sqlite_"));
    const rows = tables.map((name) => [...this.ctx.storage.sql.exec(`SELECT * FROM "${name}"`)].length);
    return { alarm_ms: this.alarm_ms, rows: Object.fromEntries(tables.map((name, at) => [name, rows[at]])) };
  }
}

/** A property of a platform's object, which is particular about what it is called on. */
function bound(target, name) {
  const value = target[name];
  return typeof value === "function" ? value.bind(target) : value;
}

/** The statements that were executed. */
let statements = [];

/** The commit of a script is its insert; one that waits does so where the alarm is set. */
function exec(sql, [statement, ...values]) {
  statements.push(statement);
  if (/ INTO bodies /.test(statement) && values[1] === settings.failing_piece) throw new Error("the disk is full");
  if (settings.script && / INTO accepted /.test(statement)) {
    steps.push({ step: "commit" });
    const { fail } = settings.script;
    if ("commit" in fail) throw fail.commit;
  }
  return sql.exec(statement, ...values);
}

/**
 * The request as something in front of the Worker would hand it over that is not HTTP: with a `Content-Length` of its own
 * making, with a body that breaks off.
 */
function in_front(request) {
  const { content_length, broken_off } = settings.script ?? {};
  if (content_length === undefined && broken_off === undefined) return request;
  const headers = new Headers(request.headers);
  headers.delete("Content-Length");
  for (const value of content_length ?? []) headers.append("Content-Length", value);
  const breaking = () => new ReadableStream({ start: (controller) => controller.error(broken_off) });
  const body = broken_off === undefined ? request.body : breaking();
  return new Request(request.url, { method: request.method, headers, body });
}

const stream_of = (...pieces) => new ReadableStream({
  start(controller) {
    for (const piece of pieces) controller.enqueue(piece);
    controller.close();
  },
});

/** A byte stream that fills what a reader brings along by ten bytes at most. */
function in_tens(bytes) {
  let given = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      const { view } = controller.byobRequest;
      const count = Math.min(10, view.byteLength, bytes.length - given);
      new Uint8Array(view.buffer, view.byteOffset, count).set(bytes.subarray(given, given + count));
      if (count === 0) controller.close();
      controller.byobRequest.respond(count);
      given += count;
    },
  });
}

/** By name, streams of what came, as JavaScript makes them. */
const STREAMS = {
  pieces: (bytes) => stream_of(bytes.slice(0, 7), new Uint8Array(), bytes.slice(7)),
  buffer: (bytes) => stream_of(bytes.buffer),
  data_view: (bytes) => stream_of(new DataView(bytes.buffer, 0, 7), new DataView(bytes.buffer, 7)),
  words: (bytes) => stream_of(new Uint16Array(bytes.slice(0, 8).buffer), bytes.slice(8)),
  in_tens,
  identity: (bytes) => {
    const { readable, writable } = new IdentityTransformStream();
    stream_of(bytes.slice(0, 7), bytes.slice(7, 8), bytes.slice(8)).pipeTo(writable);
    return readable;
  },
  text: (bytes) => stream_of(new TextDecoder().decode(bytes)),
  endless: () => new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) }),
  never_cancelled: () => new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
    cancel: () => new Promise(() => {}),
  }),
};

/** The request as JavaScript in front of a mounted receiver makes it: with this stream, this length, at this address. */
async function made_of(request, { stream, content_length, address = request.url }) {
  const headers = new Headers(request.headers);
  headers.delete("Content-Length");
  if (content_length !== undefined) headers.set("Content-Length", content_length);
  const body = stream ? STREAMS[stream](new Uint8Array(await request.arrayBuffer())) : request.body;
  return new Request(address, { method: request.method, headers, body });
}

/** The platform takes a Date, or milliseconds: since 1970, or from now where the crate asks for an offset. */
function alarm_time(at) {
  return at instanceof Date ? at.getTime() : Number(at);
}

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/__test/")) return this.control(url, request);
    const handed_over = settings.made ? await made_of(request, settings.made) : in_front(request);
    return Shipped.fetch(handed_over, kept_environment(this.env), this.ctx);
  }

  async control(url, request) {
    const ledger = () => this.env.LEDGER.getByName(settings.ledger.namespace + url.searchParams.get("object"));
    const gate = url.searchParams.get("gate") ?? "queue";
    switch (`${request.method} ${url.pathname}`) {
      case "PUT /__test/settings":
        settings = { ...DEFAULTS, ...(await request.json()) };
        sends_begun = 0;
        return new Response();
      case "POST /__test/release":
        settings.now_ms += Number(url.searchParams.get("after_ms"));
        gates.set(gate, (gates.get(gate) ?? 0) + 1);
        return new Response();
      case "POST /__test/log":
        console.log(url.searchParams.get("text"));
        return new Response();
      case "GET /__test/waiting":
        return Response.json(waited_at.has(gate));
      case "POST /__test/memory":
        return Response.json(look(await request.json()));
      case "GET /__test/statements":
        return Response.json(statements.splice(0));
      case "GET /__test/steps":
        return Response.json(steps.splice(0));
      case "GET /__test/sends":
        return Response.json(sends_begun);
      case "GET /__test/ledger":
        return Response.json(await ledger().contents());
      case "POST /__test/ledger/reset":
        await ledger().reset().catch(() => {}); // What is reset cannot answer.
        return new Response();
      case "POST /__test/ledger/alarm":
        return Response.json(await ledger().fire());
      default:
        return new Response("no such control", { status: 404 });
    }
  }
}
