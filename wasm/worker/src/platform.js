// What the platform does for the receiver, each in one call where WebAssembly alone would make many. Nothing is decided here.

/**
 * A request's head as a text: the method, a line for each of these headers that it has, a blank line, and its address without
 * scheme and host. HTTP has no line ends in the former; an address has where the runtime's date is old, and so comes last.
 */
export function head(request, names) {
  const { headers } = request;
  let head = request.method;
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) head += `\n${name}: ${value}`;
  }
  return `${head}\n\n${request.url.replace(/^[a-z]+:\/\/[^/?#]*/i, "")}`;
}

/** All of a request's headers, a line for each. */
export function headers({ headers }) {
  return Array.from(headers, (pair) => pair.join(": ")).join("\n");
}

const PIECE_BYTES = 65_536;

/** A request's body, or one byte more of it than `most`, which shows that it is longer. */
export async function body(request, most) {
  if (request.bodyUsed) throw "it was read before it came here: hand over the request untouched";
  if (request.body === null) return new Uint8Array();
  // Nothing but how much is asked for first: what was made in JavaScript, or came from another Worker, has any length.
  const announced = Number.parseInt(request.headers.get("Content-Length"), 10);
  return read(request.body, most + 1, announced >= 0 ? announced + 1 : PIECE_BYTES);
}

/** At most so many bytes of a stream; what is too long takes no more memory than that. */
async function read(stream, most, first) {
  const { reader, next, fills } = reader_of(stream);
  const pieces = [];
  let length = 0;
  try {
    while (length < most) {
      const asked = Math.min(length === 0 ? first : PIECE_BYTES, most - length);
      const { done, value } = await next(asked);
      if (done) break;
      const piece = bytes_of(value).subarray(0, most - length);
      pieces.push(piece);
      length += piece.byteLength;
      if (fills && piece.byteLength < asked) break;
    }
  } finally {
    // The rest is of no interest; a stream that will not be cancelled changes nothing about the answer.
    reader.cancel().catch(() => {});
  }
  return joined(pieces, length);
}

/**
 * The runtime's own streams fill a piece before they give it, all but the last; one that is made in JavaScript may know no
 * other way than its own.
 */
function reader_of(stream) {
  try {
    const reader = stream.getReader({ mode: "byob" });
    return { reader, next: (bytes) => reader.readAtLeast(bytes, new Uint8Array(bytes)), fills: true };
  } catch {
    const reader = stream.getReader();
    return { reader, next: () => reader.read(), fills: false };
  }
}

/** The bytes of what a stream gave, which in JavaScript can be anything. */
function bytes_of(piece) {
  if (piece instanceof ArrayBuffer) return new Uint8Array(piece);
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  throw "its stream gives something other than bytes";
}

function joined(pieces, length) {
  if (pieces.length === 1) return pieces[0];
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}

/** What an answer is made of beside its body, again and again. */
export function init(status, headers) {
  return { status, headers: new Headers(headers) };
}

export function respond(body, init) {
  return new Response(body, init);
}

/** Keeps a request's work from being dropped when whoever asked hangs up, until the function is called that this returns. */
export function keep(context) {
  let end;
  context.waitUntil(new Promise((resolve) => (end = resolve)));
  return end;
}

/** The bytes that the object of this name answers to a POST; rejects with what it says where that is not a 200. */
export async function ask(namespace, name, address, content) {
  const object = namespace.get(namespace.idFromName(name));
  const answer = await object.fetch(address, { method: "POST", body: content });
  if (answer.status === 200) return bytes(answer);
  throw `the ledger answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`;
}

/** All bytes of a request or an answer that comes from ourselves. */
export async function bytes(message) {
  return new Uint8Array(await message.arrayBuffer());
}

/** Resolves once the queue has the message. */
export function send(queue, message) {
  return queue.send(message, { contentType: typeof message === "string" ? "text" : "json" });
}

/** Resolves once the alarm is set, to milliseconds since 1970. */
export function set_alarm(storage, at) {
  return storage.setAlarm(at);
}

/** Resolves to when the alarm is set for, in milliseconds since 1970. */
export function alarm(storage) {
  return storage.getAlarm();
}

/** Resolves once nothing is left of an object's storage. */
export async function clear(storage) {
  await storage.deleteAlarm();
  await storage.deleteAll();
}

/** The first column of each row that a statement has. */
export function column(sql, statement, values) {
  return Array.from(sql.exec(statement, ...values).raw(), ([value]) => value);
}

/** The shortest text in JSON that is read as this double: JavaScript alone would drop the sign of a zero. */
export function shortest(number) {
  return Object.is(number, -0) ? "-0" : String(number);
}

/** What was thrown, in words. */
export function words(thrown) {
  return String(thrown);
}
