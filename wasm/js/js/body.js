// Reading a body: at most so many bytes and one more, and no longer than somebody waits for it.

import { kind_of } from "./bytes.js";

/**
 * A body that is being read. It may be bytes, a web stream, anything that is iterated over for chunks of bytes, null for none, a
 * promise or a function that gives one of these.
 */
export class BodyReader {
  #stop;

  /** The bytes, or the first `max_bytes` and one more. Throws where they cannot be had. */
  async read(body, max_bytes) {
    const given = await (typeof body === "function" ? body() : body);
    if (given === null || given === undefined) return new Uint8Array();
    const bytes = as_bytes(given);
    if (bytes) return bytes.slice(0, max_bytes + 1);
    return this.#collect(this.#chunks_of(given), max_bytes);
  }

  /** Nobody waits any longer. */
  stop() {
    this.#stop?.();
  }

  #chunks_of(given) {
    if (typeof given.getReader === "function") {
      const reader = given.getReader();
      this.#stop = () => ignored(() => reader.cancel());
      return () => reader.read();
    }
    const begin = typeof given === "object" && (given[Symbol.asyncIterator] ?? given[Symbol.iterator]);
    if (!begin) throw new TypeError(`the body is ${kind_of(given)}, and not the bytes that were received: ${ADVICE}`);
    const chunks = begin.call(given);
    this.#stop = () => ignored(() => chunks.return?.());
    return () => chunks.next();
  }

  async #collect(next, max_bytes) {
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
    this.stop();
    return joined(chunks, max_bytes + 1);
  }
}

const ADVICE = "something decoded or parsed it before; mount the receiver in front of that";

/** What a source says to being stopped changes nothing. */
async function ignored(stop) {
  try {
    await stop();
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
