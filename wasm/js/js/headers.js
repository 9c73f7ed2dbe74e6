// Headers, from whatever a host calls so. The core judges names and values.

import { kind_of } from "./bytes.js";
import { core } from "./core.js";

/** No server lets so long a value in, nor does the core, which looks at where a value begins and whether it has a comma. */
const LONGEST = 64 * 1024;

let names;
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
  if (!names) take_names();
  const values = [undefined, undefined, undefined, undefined];
  if (is_of_fetch(headers)) {
    for (let at = 0; at < names.length; at += 1) values[at] = text_of(names[at], headers.get(names[at]));
    return values;
  }
  if (is_plain(headers)) {
    for (const name of Object.keys(headers)) {
      const place = place_of(name);
      if (place >= 0) add(values, place, name, headers[name]);
    }
    return values;
  }
  each_pair(headers, (name, value) => {
    const place = place_of(name);
    if (place >= 0) add(values, place, name, value);
  });
  return values;
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
  return length === 19 || length === 15 || length === 14 ? lower_names.indexOf(name.toLowerCase()) : -1;
}

function add(values, place, name, value) {
  if (typeof value === "string" && values[place] === undefined) values[place] = shown(value);
  else each_value(name, value, (text) => (values[place] = shown(values[place] === undefined ? text : `${values[place]}, ${text}`)));
}

/** Every name and value. */
export function pairs_of(headers) {
  const pairs = [];
  each_pair(headers, (name, value) => each_value(name, value, (text) => pairs.push([name, text])));
  return pairs;
}

function take_names() {
  names = core.call((instance) => instance.header_names()).trimEnd().split(" ");
  lower_names = names.map((name) => name.toLowerCase());
}

function is_of_fetch(headers) {
  return typeof headers?.get === "function" && typeof headers.append === "function";
}

function each_pair(headers, visit) {
  if (headers === null || typeof headers !== "object") throw wrong_headers(headers);
  if (Array.isArray(headers) && typeof headers[0] === "string") {
    if (headers.length % 2 > 0) throw wrong_headers(headers);
    for (let at = 0; at < headers.length; at += 2) named(visit, headers[at], headers[at + 1]);
  } else if (typeof headers[Symbol.iterator] === "function") {
    for (const pair of headers) {
      if (!Array.isArray(pair) || pair.length !== 2) throw wrong_headers(pair);
      named(visit, pair[0], pair[1]);
    }
  } else {
    if (!is_plain(headers)) throw wrong_headers(headers);
    for (const name of Object.keys(headers)) visit(name, headers[name]);
  }
}

function named(visit, name, value) {
  if (typeof name !== "string") throw wrong_headers(name);
  visit(name, value);
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

/** Whether its own names are those of the headers. */
function is_plain(headers) {
  return headers !== null && typeof headers === "object" && headers[Symbol.iterator] === undefined && !is_request(headers);
}

/** Whether it is what has headers, rather than the headers themselves. */
function is_request({ headers, rawHeaders }) {
  return (headers !== null && typeof headers === "object") || Array.isArray(rawHeaders);
}

function wrong_headers(given) {
  const is_their_owner = given !== null && typeof given === "object" && is_request(given);
  return new TypeError(
    "headers must be a Headers object, Node's request.headers, headersDistinct or rawHeaders, an object of names and " +
      `values, or [name, value] pairs, not ${kind_of(given)}${is_their_owner ? ": pass its headers" : ""}`,
  );
}

function wrong_value(name, value) {
  return new TypeError(
    `headers must have values of string (an array of them for one that was repeated): that of ${name} is ${kind_of(value)}`,
  );
}
