// A body as bytes of our own.

const HOW_TO_GET_IT = [
  "Workers, Hono, Next.js, SvelteKit: new Uint8Array(await request.arrayBuffer()) (Hono: c.req.arrayBuffer())",
  'Express: express.raw({ type: () => true, limit: "1mb" }) on this route, then request.body ?? new Uint8Array()',
  "Fastify: addContentTypeParser('*', { parseAs: 'buffer' }, (request, body, done) => done(null, body)) after " +
    "removeAllContentTypeParsers(), then request.body",
  "Lambda: Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8')",
].join("; ");

const typed_array = Object.getPrototypeOf(Uint8Array.prototype);
const getter = (prototype, name) => Object.getOwnPropertyDescriptor(prototype, name).get;
const tag_of = getter(typed_array, Symbol.toStringTag);
const buffer_of = getter(typed_array, "buffer");
const begin_of = getter(typed_array, "byteOffset");
const length_of = getter(typed_array, "byteLength");

// Not `instanceof`: test runners and frames have a Uint8Array of their own.
const is_array = (given) => tag_of.call(given) === "Uint8Array";
const is_buffer = (given) => Object.prototype.toString.call(given) === "[object ArrayBuffer]";

/** Whether it is what `bytes_of` takes. */
export const is_bytes = (given) => is_array(given) || is_buffer(given);

/**
 * The bytes as they were given, in a view whose length stays as it is, though the bytes may be changed by others; refuses
 * what was decoded, is still to be read, or is there no longer. To be asked for last: the caller's own code that runs
 * afterwards, in the getter of a header, say, could take them away.
 */
export function bytes_of(given, what = "body") {
  const array = is_buffer(given) ? array_over(given, what) : given;
  if (is_array(array)) {
    const length = length_of.call(array);
    if (length === 0 && is_gone(array)) throw gone(what);
    return new Uint8Array(buffer_of.call(array), begin_of.call(array), length);
  }
  throw new TypeError(
    `${what} must be the raw bytes of the request, before any parsing or decoding (a Uint8Array, Buffer or ` +
      `ArrayBuffer), not ${kind_of(given)}. ${HOW_TO_GET_IT}`,
  );
}

function array_over(buffer, what) {
  try {
    return new Uint8Array(buffer);
  } catch {
    throw gone(what);
  }
}

/** Whether the memory of an empty array went elsewhere: every engine then refuses to iterate. */
function is_gone(array) {
  try {
    typed_array.keys.call(array);
    return false;
  } catch {
    return true;
  }
}

const gone = (what) =>
  new TypeError(
    `${what} is there no longer: its buffer was transferred, by postMessage or structuredClone, say, or made smaller. ` +
      "Hand it over before that, or a copy",
  );

/** A value's type, as a message names it: never the value. */
export function kind_of(given) {
  if (given === null || typeof given !== "object") return given === null ? "null" : typeof given;
  return given.constructor?.name ? `an object of ${given.constructor.name}` : "an object";
}

/** Whether all its members are its own: the prototype is none, or that of objects, of whatever realm. */
export function is_plain(given) {
  if (given === null || typeof given !== "object") return false;
  const prototype = Object.getPrototypeOf(given);
  if (prototype === null) return true;
  // A function is what nobody can have sent.
  return Object.getPrototypeOf(prototype) === null && typeof prototype.hasOwnProperty === "function";
}
