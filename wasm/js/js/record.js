// What the core knows of a delivery, read from its words: src/event.rs says which are which.

import { core } from "./core.js";

const LOW = 1;
const AGE = 3;
const SECRET = 5;
const KIND = 6;
const IS_ASCII = 7;
const LABEL = 8;
const HALF = 2 ** 32;

const AS_SENT = 1;
const ESCAPED = 2;
const WHOLE = 4;

const KINDS = 3;
let names;
const names_of_kinds = [];

export const timestamp_of = (record) => number_at(record, LOW);
export const age_of = (record) => number_at(record, AGE);
export const is_ascii = (record) => record[IS_ASCII] === 1;
export const secret_index_of = (record) => record[SECRET];
export const secret_label_of = (record) => characters_at(record, LABEL);

/** Why there is no event, as the core's JSON; undefined where there is one. */
export function refusal_in(record) {
  return record[KIND] === 0 ? characters_at(record, after_label(record)) : undefined;
}

/** The fields of the event. */
export function fields_of(record, kept) {
  names ??= taken_names();
  const reader = new Reader(record, kept, after_label(record));
  const kind = record[KIND];
  const event = { kind: names[kind - 1], name: undefined, runId: undefined };
  reader.word();
  event.name = name_in(reader, kind);
  for (let field = reader.word(); field > 0; field = reader.word()) event[names[KINDS - 1 + field]] = reader.value();
  const code = reader.value();
  const message = reader.value();
  if (code !== undefined || message !== undefined) {
    event.error = {};
    if (code !== undefined) event.error.code = code;
    if (message !== undefined) event.error.message = message;
    Object.freeze(event.error);
  }
  return event;
}

/** The event's name, with which the fields begin. Every kind but the last has one alone, which is read once. */
function name_in(reader, kind) {
  if (kind === KINDS) return reader.value();
  if (names_of_kinds[kind] === undefined) names_of_kinds[kind] = reader.value();
  else reader.skip();
  return names_of_kinds[kind];
}

/** The kinds, and the fields as they are called here. */
function taken_names() {
  const names = core.call((instance) => instance.event_names()).split(" ");
  return names.map((name, at) => (at < KINDS ? name : name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())));
}

/** Every member's JSON by its name. Of a name that stands twice the last one counts. */
export function members_of(record, kept) {
  const reader = new Reader(record, kept, after_label(record));
  while (reader.word() > 0) reader.value();
  reader.value();
  reader.value();
  const members = Object.create(null);
  while (reader.at < record[0]) members[reader.value()] = reader.value();
  return Object.freeze(members);
}

/** Takes one word or value after the other. */
class Reader {
  #record;
  #kept;

  constructor(record, kept, at) {
    this.#record = record;
    this.#kept = kept;
    this.at = at;
  }

  word() {
    return this.#record[this.at++];
  }

  skip() {
    const has_own_text = this.word() > WHOLE;
    this.at += has_own_text ? 1 + this.#record[this.at] : 2;
  }

  value() {
    const form = this.word();
    if (form === 0) return undefined;
    if (form > WHOLE) {
      const text = characters_at(this.#record, this.at);
      this.at += 1 + this.#record[this.at];
      return text;
    }
    const begin = this.word();
    const end = this.word();
    const json = this.#kept.text(begin, end);
    if (form === AS_SENT) return json;
    if (form === ESCAPED) return JSON.parse(json);
    // A whole number has no negative zero.
    return form === WHOLE ? +json + 0 : +json;
  }
}

/** From its halves, the lower one first: exact as far as a double is. */
function number_at(record, at) {
  return (record[at + 1] | 0) * HALF + record[at];
}

function after_label(record) {
  return LABEL + 1 + record[LABEL];
}

/** A text of which every character is a word, behind their number. */
function characters_at(record, at) {
  let text = "";
  const end = at + 1 + record[at];
  for (let place = at + 1; place < end; place += 1) text += String.fromCodePoint(record[place]);
  return text;
}
