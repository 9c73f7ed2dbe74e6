// `Receiver`: does what the core asks for, step by step, and says what came of it.

import { kind_of } from "./bytes.js";
import { BodyReader } from "./body.js";
import { seconds_of } from "./clock.js";
import { core } from "./core.js";
import { check_function, ignored, refuse_unfinished, words } from "./functions.js";
import { Keyed } from "./keyed.js";
import { core_settings, check_store, write_to_console } from "./receiver-settings.js";
import { own } from "./settings.js";
import { MemoryStore } from "./stores/memory.js";
import { now_ms, Work } from "./work.js";

const CLAIMS = ["new", "duplicate", "in_flight"];
const LATE = Symbol("the time is up");

export class Receiver {
  #keyed;
  #handler;
  #set_aside;
  #store;
  #settings;
  #log;
  #clock;
  #at_work = new Set();

  constructor(options) {
    if (options === null || typeof options !== "object")
      throw new TypeError(`Receiver takes an object of settings, not ${kind_of(options)}`);
    const {
      secrets,
      handler,
      setAside,
      store = new MemoryStore(),
      log = write_to_console,
      clock,
      ...settings
    } = own(options);
    check_function("handler", handler);
    check_function("setAside", setAside);
    check_function("log", log);
    if (clock !== undefined) check_function("clock", clock);
    check_store(store);
    this.#handler = handler;
    this.#set_aside = setAside;
    this.#store = store;
    this.#log = log;
    this.#clock = clock;
    this.#settings = core_settings(settings, store.durable);
    this.#keyed = new Keyed(secrets, this.#settings);
    const line = this.#keyed.reception.start_line();
    this.#write(JSON.parse(line).level, line);
  }

  /** What keeps it from checking any delivery; undefined where nothing does. */
  get problem() {
    try {
      return this.#keyed.reception.problem();
    } catch (error) {
      return words(error);
    }
  }

  lastMatched() {
    return core.call(() => this.#keyed.last_matched);
  }

  async receive(request, context) {
    check_receiver(this, "receive");
    const { method, url, headers } = request;
    const reply = await this.take({ method, target: url, headers, body: () => body_of(request) }, context);
    return new Response(method === "HEAD" ? null : reply.body, { status: reply.status, headers: reply.headers });
  }

  async take({ method, target, headers, body: given }, context) {
    const body = attended(given);
    check_receiver(this, "take");
    const work = new Work(this.#keyed, { method, target: target ?? this.#settings.path ?? "/", headers });
    try {
      work.begin();
      const reader = new BodyReader();
      const running = this.#run(work, reader, body);
      this.#at_work.add(running);
      running.then(() => this.#at_work.delete(running));
      // What is claimed is handled to its end, though the sender hangs up or has its answer. Where a host keeps nothing
      // alive the claim lapses, and the delivery comes again.
      ignored(() => context?.waitUntil?.(running));
      const reply = await this.#in_time(work, running);
      if (work.is_over) reader.stop();
      return reply;
    } catch (error) {
      return this.#broken(error);
    }
  }

  /** Resolves once no delivery is at work any more: what took too long for its answer goes on. */
  async idle() {
    while (this.#at_work.size > 0) await Promise.all(this.#at_work);
  }

  /** What is at work keeps its secrets to its end; what comes from now on has none. */
  free() {
    const held = this.#keyed;
    if (this.#at_work.size === 0) return held.free();
    ignored(() => Promise.all(this.#at_work).then(() => held.free()));
    this.#keyed = new Keyed([], this.#settings);
  }

  /** The reply of the work, or the one to give meanwhile. */
  async #in_time(work, running) {
    const time_left_ms = work.time_left_ms;
    if (time_left_ms === undefined) return running;
    let timer;
    const due = new Promise((resolve) => (timer = setTimeout(resolve, time_left_ms, LATE)));
    const first = await Promise.race([running, due]);
    clearTimeout(timer);
    return first === LATE ? (this.#late(work) ?? running) : first;
  }

  #late(work) {
    try {
      const end = work.late();
      return end && this.#said(end);
    } catch (error) {
      return this.#broken(error);
    }
  }

  /** Takes every step, and gives the reply; undefined where one was given while the work went on. It never rejects. */
  async #run(work, reader, body) {
    try {
      if (work.asked === "read_body") await this.#read(work, reader, body);
      if (work.is_over) return undefined;
      for (let asked = work.asked; asked !== "answer"; asked = work.asked) await this.#take_step(work, asked);
      return this.#said(work.end());
    } catch (error) {
      return this.#broken(error);
    }
  }

  async #read(work, reader, body) {
    let bytes;
    try {
      bytes = await reader.read(body, work.max_body_bytes);
    } catch (error) {
      if (!work.is_over) work.broken_off(error);
      return;
    }
    if (!work.is_over) work.whole(bytes, this.#now());
  }

  async #take_step(work, asked) {
    try {
      await this.#do(asked, work);
    } catch (error) {
      work.failed(error);
    }
  }

  async #do(asked, work) {
    const { key, token } = work;
    const { lease_seconds: leaseSeconds, retention_seconds: retentionSeconds } = this.#settings;
    const times = () => ({ token, now: Number(this.#now()), retentionSeconds });
    switch (asked) {
      case "claim": {
        const asked_at_ms = now_ms();
        const claim = await this.#store.claim(key, { ...times(), leaseSeconds });
        if (!CLAIMS.includes(claim))
          throw new TypeError(`a store answers a claim with ${CLAIMS.join(", ")}, not ${String(claim)}`);
        return work.say(claim, asked_at_ms);
      }
      case "hand_on":
        refuse_unfinished(await this.#handler(work.event));
        return work.say("done");
      case "set_aside":
        refuse_unfinished(await this.#set_aside(work.delivery, work.reason));
        return work.say("done");
      case "commit":
        return work.say((await this.#store.commit(key, times())) === false ? "claim_lost" : "done");
      case "release":
        await this.#store.release(key, { token });
        return work.say("done");
    }
  }

  #said({ reply, level, line }) {
    this.#write(level, line);
    return reply;
  }

  /** The answer where the core itself cannot be run, and so cannot say what to answer. */
  #broken(error) {
    this.#write("error", JSON.stringify({ code: "unavailable", level: "error", detail: words(error) }));
    const body = '{"error":"unavailable"}';
    return {
      code: "unavailable",
      status: 503,
      headers: { "Content-Type": "application/json", "Retry-After": "10" },
      body,
    };
  }

  /** No answer depends on whether a line can be written. */
  #write(level, line) {
    ignored(() => this.#log(line, level));
  }

  #now() {
    return seconds_of(this.#clock?.());
  }
}

function check_receiver(given, name) {
  if (!(given instanceof Receiver)) throw new TypeError(`call it as receiver.${name}(request, context)`);
}

/**
 * A promise of a body may reject before anybody awaits it, or with nobody who will: that must not end the process. What is
 * none stays as it is, to be read in the same turn.
 */
function attended(body) {
  if (typeof body === "function" || typeof body?.then !== "function") return body;
  const promise = Promise.resolve(body);
  promise.catch(() => {});
  return promise;
}

/** The body of a request that nobody has touched. */
function body_of(request) {
  if (request.bodyUsed) {
    throw new Error(
      "something read it before it came here, such as request.json(), or c.req.json() in Hono: hand the request over " +
        "untouched, in front of whatever parses bodies",
    );
  }
  // An engine without streams has no such member.
  return request.body === undefined ? request.arrayBuffer() : request.body;
}

if (Symbol.dispose) {
  Object.defineProperty(Receiver.prototype, Symbol.dispose, {
    value: Receiver.prototype.free,
    configurable: true,
    writable: true,
  });
}
