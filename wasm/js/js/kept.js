// A body as it was verified.

import { ascii_text } from "#host";
import { is_ascii } from "./record.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

const text_of = ascii_text ?? ((bytes, begin, end) => decoder.decode(bytes.subarray(begin, end)));

/** Engines make a part of a text a view of it: whoever keeps one keeps at most so many times as much. */
const MOST_KEPT_TIMES = 4;
/** V8 copies what is shorter than this. */
const SHORTEST_VIEW = 13;
/** Where parts of texts are copied to on their way; longer ones have bytes of their own. */
const passed = new Uint8Array(1024);

/** A text cannot have as many characters as there may be bytes. */
const LONGEST_TEXT = 2 ** 28;

/**
 * Nobody can change it. One that is ASCII is kept as a text: that is made sooner than bytes are copied, and the fields of an
 * event are cut out of it, since its characters stand where its bytes do.
 */
export class Kept {
  #text;
  #bytes;

  /** The body that a record is of: what stands in `bytes`, which may be used for something else afterwards. */
  constructor(record, bytes, begin = 0, end = bytes.length) {
    if (is_ascii(record) && end - begin <= LONGEST_TEXT) this.#text = text_of(bytes, begin, end);
    else this.#bytes = new Uint8Array(bytes.subarray(begin, end));
  }

  /** A copy. */
  get bytes() {
    return this.#bytes === undefined ? encoder.encode(this.#text) : new Uint8Array(this.#bytes);
  }

  /** The text of the bytes from `begin` to `end`. */
  text(begin, end) {
    if (this.#text === undefined) return decoder.decode(this.#bytes.subarray(begin, end));
    const part = this.#text.slice(begin, end);
    const keeps_too_much = part.length >= SHORTEST_VIEW && part.length * MOST_KEPT_TIMES < this.#text.length;
    return keeps_too_much ? copied(part) : part;
  }
}

/** The same ASCII text, which keeps no other one alive: an id that is kept would keep its whole body. */
function copied(text) {
  const bytes = text.length <= passed.length ? passed : new Uint8Array(text.length);
  encoder.encodeInto(text, bytes);
  return text_of(bytes, 0, text.length);
}
