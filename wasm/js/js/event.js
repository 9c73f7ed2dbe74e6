// Events: frozen plain objects, and what is asked about them.

import { kind_of } from "./bytes.js";
import { core } from "./core.js";
import { refusal, WebhookError } from "./error.js";
import { fields_of, members_of, refusal_in } from "./record.js";

class Itself {
  constructor(object) {
    return object;
  }
}

/** What an event was read from, as private fields of the plain object that it is: cheaper than a table of all events. */
class Source extends Itself {
  #record;
  #kept;
  #raw;
  #members;

  constructor(event, record, kept) {
    super(event);
    this.#record = record;
    this.#kept = kept;
  }

  /** The body as it was verified, which nobody can have changed; undefined for what is no event itself. */
  static kept(given) {
    return #record in given ? given.#kept : undefined;
  }

  static raw(event) {
    return (Source.#of(event).#raw ??= event.#kept.bytes);
  }

  static members(event) {
    return (Source.#of(event).#members ??= members_of(event.#record, event.#kept));
  }

  static #of(given) {
    if (#record in given) return given;
    throw new TypeError("raw and members are the event's own: a proxy of it has none");
  }
}

/** What `raw` carries, of this name in every copy of the package: an application may hold two, each with events of its own. */
const KEPT = Symbol.for("overten-webhook.kept");

/** The same two functions for all events, so that all have one shape. */
const raw = Object.freeze({
  get() {
    return Source.raw(this);
  },
});
raw.get[KEPT] = Source.kept;
const members = Object.freeze({
  get() {
    return Source.members(this);
  },
});

/** The same error. Until V8 is asked for a stack it keeps whose methods were called: the delivery, and so its body. */
function of_no_body(error) {
  error.stack += "";
  return error;
}

/** The event of a record; a body that is none is thrown as the core says it. */
export function event_of(record, kept) {
  const refused = refusal_in(record);
  if (refused !== undefined) throw of_no_body(new WebhookError(JSON.parse(refused)));
  const event = fields_of(record, kept);
  Object.defineProperty(event, "raw", raw);
  Object.defineProperty(event, "members", members);
  new Source(event, record, kept);
  return Object.freeze(event);
}

export function idempotencyKey(event, scope = "run") {
  if (scope !== "run" && scope !== "task") throw refusal("invalid_argument", "scope must be 'run' or 'task'");
  const kept_in = seeker_of(event);
  const { name, runId, taskId } = event ?? {};
  if (kept_in && [name, runId, taskId ?? ""].every((text) => typeof text === "string")) {
    const kept = kept_in(event);
    const key = core.call((instance) => instance.event_key(name, runId, taskId, scope === "task")) ?? (kept && body_key_of(kept.bytes));
    if (key) return key;
  }
  throw new TypeError(`idempotencyKey takes an event of this package itself, not ${kind_of(event)}: of one that was stored, readStored(raw)`);
}

/** What finds the body that was verified, of which a proxy has none; undefined for a copy, such as one that went through JSON. */
function seeker_of(given) {
  if (given === null || typeof given !== "object") return undefined;
  return Object.getOwnPropertyDescriptor(given, "raw")?.get?.[KEPT];
}

export function body_key_of(body) {
  return core.call((instance) => instance.body_key(body));
}
