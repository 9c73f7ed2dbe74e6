// One verification's way into the module and out of it, in memory that the next one uses again.

import { host_of } from "#host";
import { Kept } from "./kept.js";

const encoder = new TextEncoder();
/** What a character of a text takes at most. */
const MOST_BYTES = 3;

let exchange;
let made_in;

/** The exchange of the instance that is alive. */
export function exchange_of(instance) {
  if (made_in !== instance) {
    exchange = new Exchange(instance);
    made_in = instance;
  }
  return exchange;
}

class Exchange {
  #inner;
  #memory;
  #bytes;
  #words;

  constructor(instance) {
    this.#memory = instance.memory;
    this.#inner = new instance.Exchange(host_of?.(() => this.#look()));
  }

  /** Whether the host hashes: it has one, which has shown that it can. */
  get has_host() {
    return this.#inner.has_host();
  }

  /** The record of a delivery, and its body; what the core refuses is thrown as its text. */
  judged(verifier, body, [signature, timestamp, , content_length], now) {
    const values = (signature ?? "") + (timestamp ?? "") + (content_length ?? "");
    const begin = this.#inner.room(body.length + MOST_BYTES * values.length);
    const end = begin + body.length;
    this.#look();
    this.#bytes.set(body, begin);
    this.#write(values, end);
    const found = verifier.verify(
      this.#inner,
      body.length,
      signature?.length ?? -1,
      timestamp?.length ?? -1,
      content_length?.length ?? -1,
      now,
    );
    if (found === 0) throw this.#inner.refusal();
    this.#look();
    const record = this.#copied(found / 4);
    const kept = new Kept(record, this.#bytes, begin, end);
    this.#inner.clear();
    return { record, kept };
  }

  /** The memory may have grown in any call, and the views are then empty. */
  #look() {
    if (!this.#bytes?.length) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
      this.#words = new Uint32Array(this.#memory.buffer);
    }
    return this.#bytes;
  }

  /** Writes a byte for each character. What is not ASCII is no part of any value: one such byte stands for it. */
  #write(text, at) {
    const room = this.#bytes.subarray(at);
    if (encoder.encodeInto(text, room).written > text.length) encoder.encodeInto(text.replace(/[^\0-\x7f]/g, "\x7f"), room);
  }

  /** Not a typed array: so small a one costs more than its words. */
  #copied(begin) {
    const words = this.#words;
    const length = words[begin];
    const record = new Array(length);
    for (let at = 0; at < length; at += 1) record[at] = words[begin + at];
    return record;
  }
}
