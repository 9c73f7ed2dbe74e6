// A body's way into the module, what becomes of it out of it, in memory that the next one uses again.

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

  /** What a verifier lets in: its record and its body. What the core refuses is thrown as its text. */
  judged(verifier, body, [signature, timestamp, , content_length], now) {
    const values = (signature ?? "") + (timestamp ?? "") + (content_length ?? "");
    const begin = this.#placed(body, MOST_BYTES * values.length);
    const end = begin + body.length;
    this.#write(values, end);
    const found = verifier.verify(
      this.#inner,
      body.length,
      signature?.length ?? -1,
      timestamp?.length ?? -1,
      content_length?.length ?? -1,
      now,
    );
    if (found === 0) throw this.#inner.text();
    const delivered = this.#delivered(found, begin, end);
    this.#inner.clear();
    return delivered;
  }

  /** What a receiver makes of a body at this step: the next one and, of what is let in, its key, its record and its body. */
  received(reception, body, plain, now) {
    const begin = this.#placed(body, plain.length);
    const end = begin + body.length;
    this.#bytes.set(plain, end);
    const found = reception.whole(this.#inner, body.length, now);
    const delivered = found === 0 ? {} : this.#delivered(found, begin, end);
    const next = this.#look().slice(end, end + plain.length);
    return { ...delivered, plain: next, key: this.#inner.text() };
  }

  /** Where the body now stands, with room for so many bytes behind it. */
  #placed(body, room) {
    const begin = this.#inner.room(body.length + room);
    this.#look().set(body, begin);
    return begin;
  }

  #delivered(found, begin, end) {
    this.#look();
    const record = this.#copied(found / 4);
    return { record, kept: new Kept(record, this.#bytes, begin, end) };
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
