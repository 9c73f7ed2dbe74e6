// One scenario of receiving: what plays the store, the user's functions, the body and the clocks in it.

import { MemoryStore, PermanentFailure, Receiver } from "overten-webhook";

const LATE_STEP_MS = 11_000;

export const body_of = ({ body, body_hex, body_spaces = 0 }) => {
  const bytes = body_hex === undefined ? Buffer.from(body ?? "") : Buffer.from(body_hex, "hex");
  return Buffer.concat([bytes, Buffer.alloc(body_spaces, " ")]);
};

/** A header's bytes. */
export const value_of = ({ value, value_hex }) =>
  value_hex === undefined ? Buffer.from(value) : Buffer.from(value_hex, "hex");

export function settings_of({ settings }) {
  const {
    secrets,
    path,
    scope,
    mismatch,
    tolerance = 300,
    max_body_bytes,
    lease_seconds,
    retention_seconds,
  } = settings;
  const side = (seconds) => (seconds === null ? "off" : seconds);
  const { past = 300, future = 300 } =
    tolerance === null || typeof tolerance === "number" ? { past: tolerance, future: tolerance } : tolerance;
  const given = {
    secrets: secrets.map((it) =>
      it.secret_hex === undefined ? it : { ...it, secret: new Uint8Array(Buffer.from(it.secret_hex, "hex")) },
    ),
    path,
    scope,
    tolerance: { past: side(past), future: side(future) },
    maxBodyBytes: max_body_bytes,
    leaseSeconds: lease_seconds,
    retentionSeconds: retention_seconds,
    mismatchStatus: mismatch,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** One scenario: one receiver over a store, and a script for each request. */
export class Play {
  lines = [];
  script;

  constructor(scenario, store = new MemoryStore()) {
    this.scenario = scenario;
    this.store = store;
    const now = () => this.script;
    this.receiver = new Receiver({
      ...settings_of(scenario),
      store: {
        durable: true,
        claim: (key, asked) => now().claim(key, asked),
        commit: (key, asked) => now().commit(key, asked),
        release: (key, asked) => now().release(key, asked),
      },
      handler: (event) => now().hand_on(event),
      setAside: (delivery, reason) => now().set_aside(delivery, reason),
      log: (line, level) => this.lines.push({ line, level }),
      clock: () => (typeof now().request.at === "string" ? BigInt(now().request.at) : now().request.at),
    });
    this.lines.length = 0; // the line of its start
  }

  /** Sends each request by `send(receiver, script)`, and gives what came out otherwise than the scenario says. */
  async differences(send, options = {}) {
    const found = [];
    for (const [at, request] of this.scenario.requests.entries()) {
      this.script = new Script(this, request);
      const reply = await in_its_time(this, () => send(this.receiver, this.script));
      const different = this.script.differences(reply, this.lines.splice(0), options);
      found.push(...different.map((what) => `${this.scenario.id}, request ${at}: ${what}`));
    }
    this.receiver.free();
    return found;
  }
}

/** One request: says what comes of each step, moves the clock, and notes what was asked for. */
export class Script {
  ms = 0;
  steps = [];
  key;
  set_aside_as = null;
  #fire;
  #answered = new Promise((resolve) => (this.has_answered = resolve));

  constructor({ scenario, store }, request) {
    Object.assign(this, { scenario, store, request, expect: request.expect });
  }

  /** The receiver's timer; a body that is late is so from the start. */
  timer(fire) {
    this.#fire = fire;
    if (this.request.late === "read_body") set_timeout(() => this.#late(), 0);
  }

  #late() {
    this.ms = 10_000;
    this.#fire();
  }

  async #take(step) {
    this.steps.push(step);
    const began = this.ms;
    if (this.request.late === step) {
      this.#late();
      await this.#answered;
    }
    const takes = this.request.late === step ? LATE_STEP_MS : 0;
    this.ms = began + (step === "hand_on" ? (this.request.handler_ms ?? takes) : takes);
    const said = this.request[step] ?? "done";
    if (said.failed !== undefined) throw said.failed;
    if (said.failed_for_good !== undefined) throw new PermanentFailure(said.failed_for_good);
    return said;
  }

  async claim(key, asked) {
    this.key = key;
    const said = await this.#take("claim");
    this.ms += this.request.waited_ms ?? 0;
    if (this.scenario.scripted_store) return said;
    const answer = await this.store.claim(key, asked);
    if (answer !== said) throw new Error(`a store says ${answer}`);
    return said;
  }

  async commit(key, asked) {
    const said = await this.#take("commit");
    if (this.scenario.scripted_store) return said === "done";
    return (await this.store.commit(key, asked)) && said === "done";
  }

  async release(key, asked) {
    await this.#take("release");
    if (!this.scenario.scripted_store) await this.store.release(key, asked);
  }

  async hand_on() {
    await this.#take("hand_on");
  }

  async set_aside(delivery, reason) {
    this.set_aside_as = reason instanceof PermanentFailure ? "failed_for_good" : "unreadable";
    await this.#take("set_aside");
  }

  /** The body in two pieces, as it arrives. */
  async *chunks() {
    this.steps.push("read_body");
    const body = body_of(this.request);
    yield body.subarray(0, 7);
    if (this.request.late === "read_body") await new Promise(() => {});
    if (this.request.read) throw this.request.read.broken_off;
    yield body.subarray(7);
  }

  differences(reply, lines, { over_http = false }) {
    const { expect } = this;
    const seen = (steps) => steps.filter((step) => !over_http || step !== "read_body");
    const got = {
      code: reply.code,
      status: reply.status,
      headers: reply.headers,
      body: reply.body,
      steps: seen(this.steps),
      key: this.key ?? null,
      handed_on: this.steps.includes("hand_on"),
      set_aside: this.set_aside_as,
    };
    const wanted = { key: null, ...expect, steps: seen(expect.steps) };
    const names = Object.keys(got).filter((name) => name !== "code" || reply.code !== undefined);
    const found = names.filter((name) => JSON.stringify(got[name]) !== JSON.stringify(wanted[name]));
    const said = found.map((name) => `${name}: ${JSON.stringify(got[name])}, not ${JSON.stringify(wanted[name])}`);
    const shown = lines.map(as_shared);
    const lines_wanted = expect.lines.map((line) => JSON.stringify(line));
    if (JSON.stringify(shown) !== JSON.stringify(lines_wanted))
      said.push(`lines: ${shown.join("\n")}\nnot ${lines_wanted.join("\n")}`);
    return said;
  }
}

/** The line's text without the one field that no scenario knows; its level is said beside it too. */
function as_shared({ line, level }) {
  const { elapsed_ms, ...fields } = JSON.parse(line);
  if (!Number.isInteger(elapsed_ms)) return `elapsed_ms is ${elapsed_ms}`;
  if (level !== fields.level) return `written as ${level}: ${line}`;
  // Nothing in it may end a line, move a cursor or turn the direction of text.
  if (/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/.test(line)) return `more than one line: ${line}`;
  return JSON.stringify(fields);
}

const clock = performance.now;
const { setTimeout: set_timeout } = globalThis;

/** With the script's clock and timer in the place of the host's, to the very end of the work. */
async function in_its_time({ script, receiver }, send) {
  performance.now = () => script.ms;
  globalThis.setTimeout = (fire, ms, ...values) => script.timer(() => fire(...values));
  try {
    const reply = await send();
    script.has_answered();
    return reply;
  } finally {
    await receiver.idle();
    performance.now = clock;
    globalThis.setTimeout = set_timeout;
  }
}
