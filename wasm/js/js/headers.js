// Headers, from whatever a host calls so. The core judges names and values.

import { is_plain, kind_of } from "./bytes.js";
import { core } from "./core.js";

/** No server lets so long a value in, nor does the core, which looks at where a value begins and whether it has a comma. */
const LONGEST = 64 * 1024;

let known_names;
let lower_names;

/** A text; of one that is too long so much as shows that, since memory that the module took for it would stay. */
export function shown(text) {
  return text.length <= LONGEST ? text : text.slice(0, LONGEST) + (text.includes(",", LONGEST) ? "," : "");
}

/**
 * The values of signature, timestamp, event and content length, in this order: undefined for one that was not sent, and
 * joined by a comma, as hosts do, for one that was repeated.
 */
export function values_of(headers) {
  const values = [undefined, undefined, undefined, undefined];
  if (is_of_fetch(headers)) {
    const names = our_names();
    for (let at = 0; at < names.length; at += 1) values[at] = text_of(names[at], headers.get(names[at]));
    return values;
  }
  let has_ours = false;
  each_pair(headers, (name, holder, at) => {
    const place = place_of(name);
    // What others are worth, and what an application put among them, is none of our business.
    if (place < 0) return;
    has_ours = true;
    each_value(name, holder[at], (text) => add(values, place, text));
  });
  if (!has_ours) each_pair(headers, refuse_unsent);
  return values;
}

/** What no sender can cause, where none of ours is there: it is no header, and what was given has others inside, say. */
function refuse_unsent(name, holder, at) {
  const value = holder[at];
  if (typeof value === "function" || (is_object(value) && !Array.isArray(value))) throw wrong_value(name, value);
}

/** What is no text must not reach the core, where it would count as a fault of the core itself. */
function text_of(name, value) {
  if (typeof value === "string") return shown(value);
  if (value !== undefined && value !== null) throw wrong_value(name, value);
}

/** Which of ours a name is; -1 for another. */
function place_of(name) {
  // Most names have a length that none of ours has.
  const { length } = name;
  if (length !== 19 && length !== 15 && length !== 14) return -1;
  our_names();
  return lower_names.indexOf(name.toLowerCase());
}

function add(values, place, text) {
  values[place] = shown(values[place] === undefined ? text : `${values[place]}, ${text}`);
}

/** Every name and value. */
export function pairs_of(headers) {
  const pairs = [];
  each_pair(headers, (name, holder, at) => each_value(name, holder[at], (text) => pairs.push([name, text])));
  return pairs;
}

function our_names() {
  if (known_names) return known_names;
  known_names = core.call((instance) => instance.header_names()).trimEnd().split(" ");
  lower_names = known_names.map((name) => name.toLowerCase());
  return known_names;
}

function is_of_fetch(headers) {
  return typeof headers?.get === "function" && typeof headers.append === "function";
}

/**
 * Calls `visit` with each name, what holds its value, and under which key there: a value that nobody asks for is not read.
 *
 * What is sent are names and values, in any number. Neither may decide how they are read; and what hides them, so that it looks
 * like a request without any, is the caller's mistake.
 */
function each_pair(headers, visit) {
  if (!is_object(headers)) throw wrong_headers(headers);
  if (Array.isArray(headers) && typeof headers[0] === "string") {
    if (headers.length % 2 > 0) throw wrong_headers(headers);
    for (let at = 0; at < headers.length; at += 2) named(visit, headers[at], headers, at + 1);
  } else if (has_names(headers)) {
    for (const name of Object.keys(headers)) visit(name, headers, name);
  } else if (typeof headers[Symbol.iterator] === "function" && !is_iterator(headers)) {
    for (const pair of headers) {
      if (!Array.isArray(pair) || pair.length !== 2) throw wrong_headers(pair);
      named(visit, pair[0], pair, 1);
    }
  } else throw wrong_headers(headers);
}

/** Whether its own members are the headers. */
function has_names(headers) {
  if (is_plain(headers)) return headers[Symbol.iterator] === undefined;
  if (Array.isArray(headers)) return false;
  // Where they were copied one by one, a list that was sent as __proto__ has become that.
  return Array.isArray(Object.getPrototypeOf(headers)) || Object.keys(headers).some((name) => place_of(name) >= 0);
}

const is_object = (given) => given !== null && typeof given === "object";

/** It may have been read before: nothing tells that from a request without headers. */
const is_iterator = (headers) => typeof headers.next === "function";

function named(visit, name, holder, at) {
  if (typeof name !== "string") throw wrong_headers(name);
  visit(name, holder, at);
}

/** Nothing stands for a header that was not sent: it is what looking it up gave. */
function each_value(name, value, visit) {
  if (typeof value === "string") return visit(value);
  if (value === undefined || value === null) return;
  if (!Array.isArray(value)) throw wrong_value(name, value);
  for (const each of value) {
    if (typeof each !== "string") throw wrong_value(name, each);
    visit(each);
  }
}

function wrong_headers(given) {
  return new TypeError(
    "headers must be a Headers object, Node's request.headers, headersDistinct or rawHeaders, an object of names and " +
      `values, or [name, value] pairs, not ${kind_of(given)}${is_object(given) ? advice(given) : ""}`,
  );
}

function advice(given) {
  if (typeof given.then === "function") return ": await it first";
  if (is_iterator(given)) return ": pass what it is of";
  return is_object(given.headers) ? ": pass its headers" : "";
}

function wrong_value(name, value) {
  return new TypeError(
    `headers must have values of string (an array of them for one that was repeated): that of ${name} is ${kind_of(value)}`,
  );
}
