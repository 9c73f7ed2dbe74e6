// Reading a body: at most so many bytes and one more, and no longer than somebody waits for it.

import { kind_of } from "./bytes.js";

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
    const given = await (typeof body === "function" ? body() : body);
    if (given === null || given === undefined) return new Uint8Array();
    const bytes = as_bytes(given);
    if (bytes) return bytes.slice(0, max_bytes + 1);
    const next = this.#chunks_of(given);
    const chunks = [];
    let length = 0;
    while (length <= max_bytes) {
      const { done, value } = await next();
      if (done) return joined(chunks, length);
      const chunk = as_bytes(value);
      if (!chunk) throw new TypeError(`the body comes in pieces of ${kind_of(value)}, and not of bytes: ${ADVICE}`);
      chunks.push(chunk);
      length += chunk.length;
    }
    ignored(this.#end_source);
    return joined(chunks, max_bytes + 1);
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
    const chunks = begin.call(given);
    this.#end_source = () => chunks.return?.();
    return () => chunks.next();
  }
}

const ADVICE = "something decoded or parsed it before; mount the receiver in front of that";

/** What a source says to being ended changes nothing. */
async function ignored(end) {
  try {
    await end();
  } catch {
    // It had ended.
  }
}

function as_bytes(given) {
  if (given instanceof Uint8Array) return given;
  if (ArrayBuffer.isView(given)) return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
  return Object.prototype.toString.call(given) === "[object ArrayBuffer]" ? new Uint8Array(given) : undefined;
}

function joined(chunks, length) {
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    const wanted = chunk.subarray(0, length - at);
    body.set(wanted, at);
    at += wanted.length;
  }
  return body;
}
