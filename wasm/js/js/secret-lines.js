// Secrets as an environment variable or a mounted file has them.

/** Of this name in every copy of the package. */
const LINES = Symbol.for("overten-webhook.secretsFromLines");

/** See receiver.d.ts. */
export function secretsFromLines(text) {
  // Not enumerable, so that nothing prints it.
  return Object.freeze(Object.defineProperty({}, LINES, { value: text ?? "" }));
}

/** The lines in one buffer that can be wiped; undefined for what is no such lines. */
export function lines_of(given) {
  const text = given?.[LINES];
  if (text === undefined) return undefined;
  if (typeof text !== "string") throw new TypeError("secretsFromLines takes the text of a variable or a file");
  const bytes = new TextEncoder().encode(text);
  return { bytes, lengths: undefined, wipe: () => bytes.fill(0) };
}
