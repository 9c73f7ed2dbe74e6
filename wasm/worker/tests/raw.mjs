// One HTTP/1.1 request over a socket, byte for byte as given. fetch would refuse or rewrite half of what tests must send:
// repeated headers, bytes outside ASCII, a Content-Length that lies.

import net from "node:net";

/**
 * Send one request and read the whole answer.
 * `target` stands in the request line where it is given, instead of the address's path and query.
 * `headers` are [name, value] pairs, each value a string (sent as UTF-8) or a Buffer, sent in this order. `Host` and
 * `Connection: close` where they are not given, and, unless `framing` is false, the right `Content-Length` are added.
 * `body` is a Buffer or an async iterable of Buffers; writing stops when the peer answers or hangs up. `hang_up` ends our
 * side of the connection after the body, whatever was promised.
 */
export async function request(url, { method = "POST", target: asked, headers = [], body = Buffer.alloc(0), framing = true, hang_up = false } = {}) {
  const target = new URL(url);
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const ours = [["Host", target.host], ["Connection", "close"]];
  const head = [...ours.filter(([name]) => !given.has(name.toLowerCase())), ...headers];
  if (framing) head.push(["Content-Length", String(body.length)]);
  const bytes = [Buffer.from(`${method} ${asked ?? target.pathname + target.search} HTTP/1.1\r\n`)];
  for (const [name, value] of head) bytes.push(Buffer.from(`${name}: `), Buffer.from(value), Buffer.from("\r\n"));
  bytes.push(Buffer.from("\r\n"));

  const socket = net.connect(Number(target.port), target.hostname);
  const answer = read_all(socket);
  answer.catch(() => {}); // it is awaited once the body is written: until then nobody is told that there is none
  socket.write(Buffer.concat(bytes));
  const written = await write_body(socket, Buffer.isBuffer(body) ? [body] : body);
  if (hang_up) socket.end();
  return { ...parse(await answer), written };
}

function read_all(socket) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("close", () => resolve(Buffer.concat(chunks)));
    // A peer that answers before it has read the whole body may reset the connection; what it answered counts.
    socket.on("error", (error) => (chunks.length > 0 ? resolve(Buffer.concat(chunks)) : reject(error)));
  });
}

async function write_body(socket, chunks) {
  let written = 0;
  let answered = false;
  socket.once("data", () => (answered = true));
  for await (const chunk of chunks) {
    if (answered || socket.destroyed) break;
    written += chunk.length;
    if (!socket.write(chunk)) {
      await Promise.race(["drain", "data", "close", "error"].map((name) => new Promise((done) => socket.once(name, done))));
    }
    // What was answered is read before more is written: a reset would throw it away.
    await new Promise(setImmediate);
  }
  return written;
}

/** The answer's status, headers (lower-case names) and body. */
function parse(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) throw new Error(`no HTTP answer in ${bytes.length} bytes: ${bytes.subarray(0, 200)}`);
  const [status_line, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]));
  const rest = bytes.subarray(end + 4);
  const body = headers.get("transfer-encoding") === "chunked" ? unchunk(rest) : rest;
  return { status: Number(status_line.split(" ")[1]), headers, body: body.toString("utf8") };
}

function unchunk(bytes) {
  const parts = [];
  for (let at = 0; ; ) {
    const line_end = bytes.indexOf("\r\n", at);
    const length = parseInt(bytes.subarray(at, line_end).toString("latin1"), 16);
    if (!(length > 0)) return Buffer.concat(parts);
    parts.push(bytes.subarray(line_end + 2, line_end + 2 + length));
    at = line_end + 2 + length + 2;
  }
}

/**
 * A peer that answers and hangs up while we still write resets the connection, and now and then the reset overtakes its
 * answer: then the request is sent once more, after `before_again`.
 */
export async function answer_to(send, before_again = () => {}) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await send();
    } catch (error) {
      if (tries === 20 || !["EPIPE", "ECONNRESET"].includes(error.code)) throw error;
      await before_again();
    }
  }
}
