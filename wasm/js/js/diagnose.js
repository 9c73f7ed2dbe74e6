// Why a captured delivery does not verify: a module of its own, so that it costs nobody else anything.

import { make } from "#diagnose";
import { bytes_of, is_bytes, kind_of } from "./bytes.js";
import { seconds_of } from "./clock.js";
import { describe_with } from "./error.js";
import { pairs_of } from "./headers.js";
import { Module } from "./module.js";
import { packed as packed_secrets } from "./secrets.js";
import { max_body_bytes_of, options_of, sides_of } from "./settings.js";

const module = new Module(make);
describe_with((code, text) => module.instance.refusal_of(code, text));

export function diagnose(capture, secrets, given_options) {
  const options = options_of(given_options, ["now", "otherSecrets", "tolerance", "maxBodyBytes"]);
  if (capture === null || typeof capture !== "object") throw new TypeError(`a capture has headers and body: it is not ${kind_of(capture)}`);
  const { past, future } = sides_of(options.tolerance);
  const headers = packed(pairs_of(capture.headers));
  const method = capture.method ?? undefined;
  if (method !== undefined && typeof method !== "string") throw new TypeError(`a capture's method is a text: it is not ${kind_of(method)}`);
  const lacks = lacks_of(capture.lacks ?? []);
  const given = [secrets, options.otherSecrets].map(packed_secrets);
  const seconds = (side) => (side === undefined ? undefined : BigInt(side));
  try {
    const now = seconds_of(options.now ?? capture.receivedAt);
    const asked = [
      headers.bytes,
      headers.lengths,
      bytes_of(capture.body),
      now,
      ...given.flatMap(({ bytes, lengths }) => [bytes, lengths]),
      seconds(past),
      seconds(future),
      max_body_bytes_of(options.maxBodyBytes),
      method,
      lacks,
    ];
    const [report, text] = JSON.parse(module.call((instance) => instance.diagnose(...asked)));
    return frozen({ ...report, text });
  } finally {
    for (const each of given) each.wipe();
  }
}

export function readCapture(input, options) {
  const { file } = options_of(options, ["file"]);
  const bytes = text_or_bytes(input, "a capture");
  const content = file === undefined ? undefined : text_or_bytes(file, "the file");
  const read = module.call((instance) => instance.read_capture(bytes, content));
  const captures = [];
  for (let at = 0; at < read.length; at += 2) {
    captures.push(Object.freeze({ ...frozen(JSON.parse(read[at])), body: read[at + 1] }));
  }
  return captures;
}

function lacks_of(given) {
  const words = Array.isArray(given) ? given.map((each) => each?.lack) : [undefined];
  if (words.every((word) => typeof word === "string")) return words.join();
  throw new TypeError(`a capture's lacks are the list that readCapture gives, and nothing else`);
}

function text_or_bytes(given, what) {
  if (typeof given === "string") return new TextEncoder().encode(given);
  if (is_bytes(given)) return bytes_of(given, what);
  throw new TypeError(`${what} is a text or its bytes: it is not ${kind_of(given)}`);
}

function packed(pairs) {
  const encoder = new TextEncoder();
  const texts = pairs.flat().map((text) => encoder.encode(text));
  const lengths = Int32Array.from(texts, ({ length }) => length);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let end = 0;
  for (const text of texts) {
    bytes.set(text, end);
    end += text.length;
  }
  return { bytes, lengths };
}

function frozen(value) {
  if (value === null || typeof value !== "object") return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
