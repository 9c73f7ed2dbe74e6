// A body as it was verified.

import { ascii_text } from "#host";
import { is_ascii } from "./record.js";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

const text_of = ascii_text ?? ((bytes, begin, end) => decoder.decode(bytes.subarray(begin, end)));

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
    return this.#text === undefined ? decoder.decode(this.#bytes.subarray(begin, end)) : this.#text.slice(begin, end);
  }
}
