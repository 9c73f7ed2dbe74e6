// Reading a body: at most so many bytes and one more, and no longer than somebody waits for it.

import { bytes_of, is_bytes, kind_of } from "./bytes.js";
import { ignored } from "./functions.js";

/**
 * A body that is being read. It may be bytes, a web stream, anything that is iterated over for chunks of bytes, null
 * for none, a promise or a function that gives one of these.
 */
export class BodyReader {
  #end_source = () => {};
  #stop;
  #stopped = new Promise((resolve) => (this.#stop = resolve));

  /**
   * The bytes, or the first `max_bytes` and one more; undefined where nobody waits any longer. Throws where they cannot
   * be had.
   */
  async read(body, max_bytes) {
    return Promise.race([this.#stopped, this.#read(body, max_bytes)]);
  }

  /** Nobody waits any longer. */
  stop() {
    this.#stop();
    ignored(this.#end_source);
  }

  async #read(body, max_bytes) {
    const source = typeof body === "function" ? body() : body;
    // In the same turn where it can be: others may let a stream flow away meanwhile.
    const given = typeof source?.then === "function" ? await source : source;
    if (given === null || given === undefined) return new Uint8Array();
    const bytes = as_bytes(given);
    // Not `slice`, which of a Buffer is no copy.
    if (bytes) return new Uint8Array(bytes.subarray(0, max_bytes + 1));
    const next = this.#chunks_of(given);
    const joined = new Joined(max_bytes + 1);
    while (!joined.is_full) {
      const { done, value } = await next();
      if (done) return joined.bytes;
      const chunk = as_bytes(value);
      if (!chunk) throw new TypeError(`the body comes in pieces of ${kind_of(value)}, and not of bytes: ${ADVICE}`);
      joined.add(chunk);
    }
    ignored(this.#end_source);
    return joined.bytes;
  }

  #chunks_of(given) {
    if (typeof given.getReader === "function") {
      const reader = given.getReader();
      // Not cancelled: a server may end the connection then, before the sender has its answer.
      this.#end_source = () => reader.releaseLock();
      return () => reader.read();
    }
    const begin = typeof given === "object" && (given[Symbol.asyncIterator] ?? given[Symbol.iterator]);
    if (!begin) throw new TypeError(`the body is ${kind_of(given)}, and not the bytes that were received: ${ADVICE}`);
    // As Node's streams say it. What is left would look like a forgery, which is refused for good.
    if (given.readableDidRead) throw new TypeError(`the body is gone, or a part of it: ${ADVICE}`);
    const chunks = begin.call(given);
    this.#end_source = () => chunks.return?.();
    return () => chunks.next();
  }
}

const ADVICE = "something decoded or parsed it before; mount the receiver in front of that";

/** Copies of chunks, one after another, up to `most` bytes: a source may use its buffer for the next one. */
class Joined {
  #most;
  #buffer = new Uint8Array();
  #length = 0;

  constructor(most) {
    this.#most = most;
  }

  get is_full() {
    return this.#length === this.#most;
  }

  get bytes() {
    return this.#length === this.#buffer.length ? this.#buffer : this.#buffer.slice(0, this.#length);
  }

  add(chunk) {
    const wanted = chunk.subarray(0, this.#most - this.#length);
    const length = this.#length + wanted.length;
    if (length > this.#buffer.length) {
      // A body of one chunk, as most are, takes no more than its own length.
      const larger = new Uint8Array(Math.min(this.#most, Math.max(length, 2 * this.#buffer.length)));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(wanted, this.#length);
    this.#length = length;
  }
}

function as_bytes(given) {
  if (is_bytes(given)) return bytes_of(given);
  return ArrayBuffer.isView(given) ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength) : undefined;
}
