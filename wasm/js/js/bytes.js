// A body as bytes of our own.

const HOW_TO_GET_IT = [
  "Workers, Hono, Next.js, SvelteKit: new Uint8Array(await request.arrayBuffer()) (Hono: c.req.arrayBuffer())",
  'Express: express.raw({ type: () => true, limit: "1mb" }) on this route, then request.body',
  "Fastify: addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body)) after " +
    "removeAllContentTypeParsers(), then request.body",
  "Lambda: Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8')",
].join("; ");

const tag_of = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get;

/** The bytes as they were given, which others may change; refuses what was decoded or is still to be read. */
export function bytes_of(given, what = "body") {
  // Not `instanceof`: test runners and frames have a Uint8Array of their own.
  if (tag_of.call(given) === "Uint8Array") return given;
  if (Object.prototype.toString.call(given) === "[object ArrayBuffer]") return new Uint8Array(given);
  throw new TypeError(
    `${what} must be the raw bytes of the request, before any parsing or decoding (a Uint8Array, Buffer or ` +
      `ArrayBuffer), not ${kind_of(given)}. ${HOW_TO_GET_IT}`,
  );
}

/** A value's type, as a message names it: never the value. */
export function kind_of(given) {
  if (given === null || typeof given !== "object") return given === null ? "null" : typeof given;
  return given.constructor?.name ? `an object of ${given.constructor.name}` : "an object";
}
