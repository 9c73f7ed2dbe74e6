// A verifier's settings in the form that the core takes them in.

import { is_plain, kind_of } from "./bytes.js";
import { refusal } from "./error.js";

const DEFAULT_SECONDS = 300;
const MOST_BYTES = 2 ** 32 - 1;

/** What was given and nothing else: what some other code put on Object.prototype is no setting. */
export const own = (given) => ({ __proto__: null, ...given });

const NONE = own();

/**
 * The options of these names; another one is refused, since a misspelt one would leave a default in force unseen, and so would
 * what has none of its own, such as a Date in the place of `{ now }`.
 */
export function options_of(given, names) {
  if (given === undefined || given === null) return NONE;
  const own_names = typeof given === "object" ? Object.keys(given) : [];
  if (own_names.length === 0 && !is_plain(given)) throw new TypeError(`options must be an object of them, not ${kind_of(given)}`);
  const other = own_names.find((name) => !names.includes(name));
  if (other !== undefined) throw new TypeError(`there is no option ${other}, but ${names.join(", ")}`);
  return own(given);
}

/** The two sides in seconds, undefined for one that is off. */
export function sides_of(tolerance = {}) {
  if (typeof tolerance === "number" || tolerance === "off") tolerance = { past: tolerance, future: tolerance };
  if (tolerance === null || typeof tolerance !== "object") {
    throw new TypeError(`tolerance must be seconds, "off", or an object of past and future, not ${kind_of(tolerance)}`);
  }
  const { past = DEFAULT_SECONDS, future = DEFAULT_SECONDS } = options_of(tolerance, ["past", "future"]);
  return { past: side_of(past, "past"), future: side_of(future, "future") };
}

function side_of(seconds, name) {
  if (seconds === "off") return undefined;
  if (typeof seconds !== "number") throw new TypeError(`tolerance.${name} must be seconds or "off", not ${kind_of(seconds)}`);
  if (Number.isSafeInteger(seconds) && seconds >= 0) return seconds;
  throw refusal("invalid_argument", `tolerance.${name} must be a whole number of seconds, 0 or more: switch it off with "off"`);
}

/** The body limit in bytes. */
export function max_body_bytes_of(bytes = 1024 * 1024) {
  if (typeof bytes !== "number") throw new TypeError(`maxBodyBytes must be a number, not ${kind_of(bytes)}`);
  if (Number.isInteger(bytes) && bytes >= 0 && bytes <= MOST_BYTES) return bytes;
  throw refusal("invalid_argument", `maxBodyBytes must be a whole number of bytes, 0 to ${MOST_BYTES}`);
}
