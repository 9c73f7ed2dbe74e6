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
  #body;
  #raw;
  #members;

  constructor(event, record, body) {
    super(event);
    this.#record = record;
    this.#body = body;
  }

  static is_of(event) {
    return typeof event === "object" && event !== null && #body in event;
  }

  static body(event) {
    return event.#body;
  }

  static raw(event) {
    return (event.#raw ??= new Uint8Array(event.#body));
  }

  static members(event) {
    return (event.#members ??= members_of(event.#record, event.#body));
  }
}

/** The same two functions for all events, so that all have one shape. */
const raw = Object.freeze({
  get() {
    return Source.raw(this);
  },
});
const members = Object.freeze({
  get() {
    return Source.members(this);
  },
});

/** The event of a record whose body stays as it is; a body that is none is thrown as the core says it. */
export function event_of(record, body) {
  const refused = refusal_in(record);
  if (refused !== undefined) throw new WebhookError(JSON.parse(refused));
  const event = fields_of(record, body);
  Object.defineProperty(event, "raw", raw);
  Object.defineProperty(event, "members", members);
  new Source(event, record, body);
  return Object.freeze(event);
}

export function idempotencyKey(event, scope = "run") {
  if (!Source.is_of(event)) {
    throw new TypeError(`idempotencyKey takes an event of this package itself, not ${kind_of(event)}: of one that was stored, readStored(raw)`);
  }
  if (scope !== "run" && scope !== "task") throw refusal("invalid_argument", "scope must be 'run' or 'task'");
  const { name, runId, taskId } = event;
  return core.call((instance) => instance.event_key(name, runId, taskId, scope === "task")) ?? body_key_of(Source.body(event));
}

export function body_key_of(body) {
  return core.call((instance) => instance.body_key(body));
}
