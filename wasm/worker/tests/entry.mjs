// The shipped bundle with a clock, an environment, a queue and a ledger that a test sets.
//
// It is a Worker of its own around the same wasm: the shipped bundle neither imports this file nor knows of it, so
// nothing here can be switched on in a deployed Worker. The request itself is handed on untouched.

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
};
settings = DEFAULTS;

const real_now = Date.now;
Date.now = () => settings.now_ms ?? real_now();
const real_timeout = globalThis.setTimeout;
globalThis.setTimeout = (call, ms, ...more) => real_timeout(call, ms / settings.hurry, ...more);

/** Counts what opens the gate that a queue which is held waits at. A promise would belong to the request that made it. */
let gates_opened = 0;
/** How many sends have begun since the last settings: a test waits for one before it pulls the plug. */
let sends_begun = 0;

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
    const gate = gates_opened;
    while (mode === "held" && gates_opened === gate) await scheduler.wait(5);
    if (mode === "fail") throw new Error("the queue is down");
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
    if (mode === "real") return this.ledger.get(id, options);
    if (mode === "answers") return { fetch: async () => new Response(text, { status }) };
    return { fetch: () => Promise.reject(new Error("the ledger cannot be reached")) };
  }
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

/** The shipped ledger. Where a test sets the clock, its alarm is recorded instead of set: in the past it would fire at once. */
export class Ledger extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.alarm_ms = null;
    const abort = () => state.abort("pulled by a test");
    const set_alarm = state.storage.setAlarm.bind(state.storage);
    state.storage.setAlarm = async (at, options) => {
      if (settings.now_ms === null) return set_alarm(at, options);
      this.alarm_ms = alarm_time(at);
      if (settings.queue.mode === "abort_after_accept") await die(abort);
    };
    state.storage.getAlarm = async () => this.alarm_ms;
    state.storage.deleteAlarm = async () => (this.alarm_ms = null);
    this.shipped = new ShippedLedger(state, environment(env, abort));
  }

  fetch(request) {
    return this.shipped.fetch(request);
  }

  alarm() {
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

/** The platform takes a Date, or milliseconds: since 1970, or from now where the crate asks for an offset. */
function alarm_time(at) {
  return at instanceof Date ? at.getTime() : Number(at);
}

export default class extends WorkerEntrypoint {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname.startsWith("/__test/")) return this.control(url, request);
    return Shipped.fetch(request, environment(this.env), this.ctx);
  }

  async control(url, request) {
    const ledger = () => this.env.LEDGER.getByName(settings.ledger.namespace + url.searchParams.get("object"));
    switch (`${request.method} ${url.pathname}`) {
      case "PUT /__test/settings":
        settings = { ...DEFAULTS, ...(await request.json()) };
        sends_begun = 0;
        return new Response();
      case "POST /__test/release":
        gates_opened += 1;
        return new Response();
      case "POST /__test/log":
        console.log(url.searchParams.get("text"));
        return new Response();
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
