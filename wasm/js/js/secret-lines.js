// Secrets as an environment variable or a mounted file has them.

import { bytes_of, is_bytes } from "./bytes.js";

/** Of this name in every copy of the package. */
const LINES = Symbol.for("overten-webhook.secretsFromLines");

/** See receiver.d.ts. */
export function secretsFromLines(text) {
  // Not enumerable, and behind a function, so that nothing prints it.
  return Object.freeze(Object.defineProperty({}, LINES, { value: () => text ?? "" }));
}

/** The lines in one buffer that can be wiped; undefined for what is no such lines. */
export function lines_of(given) {
  const read = given?.[LINES];
  if (read === undefined) return undefined;
  const text = read();
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : copied(text);
  return { bytes, lengths: undefined, wipe: () => bytes.fill(0) };
}

/** A copy: what is wiped is never the caller's. */
function copied(bytes) {
  if (!is_bytes(bytes)) throw new TypeError("secretsFromLines takes the text of a variable or a file, or the file's bytes");
  return bytes_of(bytes).slice();
}
