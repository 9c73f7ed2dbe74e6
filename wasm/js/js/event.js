// Events: frozen plain objects, and what is asked about them.

import { kind_of } from "./bytes.js";
import { core } from "./core.js";
import { refusal, WebhookError } from "./error.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The record and the body that each event was read from. */
const sources = new WeakMap();

/** The event of a record whose body stays as it is; a body that is none is thrown as the core says it. */
export function event_of(record, body) {
  if (record.refusal) throw new WebhookError(record.refusal);
  const { event, members: places } = record;
  if (event.error) Object.freeze(event.error);
  let raw;
  let members;
  Object.defineProperties(event, {
    raw: { get: () => (raw ??= new Uint8Array(body)) },
    members: { get: () => (members ??= members_of(places, body)) },
  });
  sources.set(event, { record, body });
  return Object.freeze(event);
}

/** Of a name that stands twice the last one counts. */
function members_of(places, body) {
  const members = Object.create(null);
  for (let at = 0; at < places.length; at += 3) {
    members[places[at]] = decoder.decode(body.subarray(places[at + 1], places[at + 2]));
  }
  return Object.freeze(members);
}

export function idempotencyKey(event, scope = "run") {
  const source = sources.get(event);
  if (!source) {
    throw new TypeError(`idempotencyKey takes an event of this package itself, not ${kind_of(event)}: of one that was stored, readStored(raw)`);
  }
  if (scope === "run") return source.record.runKey;
  if (scope === "task") return (source.record.taskKey ??= body_key_of(source.body));
  throw refusal("invalid_argument", "scope must be 'run' or 'task'");
}

export function body_key_of(body) {
  return core.call((instance) => instance.body_key(body));
}
