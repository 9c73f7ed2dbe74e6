// Secrets as an environment variable or a mounted file has them.

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
  if (typeof text !== "string") throw new TypeError("secretsFromLines takes the text of a variable or a file");
  const bytes = new TextEncoder().encode(text);
  return { bytes, lengths: undefined, wipe: () => bytes.fill(0) };
}
