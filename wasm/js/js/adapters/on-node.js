// What the adapters for Node's own servers share.

import { mounted } from "./mounted.js";

/** A listener; `eaten` says what has read the body where it is gone, and what to do. */
export function handler_of(given, eaten) {
  const receiver = mounted(given);
  return async function overtenWebhook(request, response) {
    const { method, rawHeaders: headers } = request;
    // A router that is mounted at a path takes that off the url.
    const target = request.originalUrl ?? request.url;
    const reply = await receiver.take({ method, target, headers, body: () => body_of(request, eaten) });
    if (!response.headersSent) {
      response.writeHead(reply.status, { ...reply.headers, "Content-Length": Buffer.byteLength(reply.body) });
      response.end(reply.body);
    }
    // What is left of the body must not stand in front of the connection's next request.
    request.resume();
  };
}

/** The bytes of the body, or its stream if nobody has touched it. */
export function body_of(request, eaten) {
  // What another one has read as bytes is as good: a platform in front (rawBody), or express.raw().
  return [request.rawBody, request.body].find((body) => ArrayBuffer.isView(body)) ?? chunks_of(request, eaten);
}

async function* chunks_of(request, eaten) {
  const gone = `the body is gone: ${eaten}; mount this handler in front of whatever parses bodies`;
  if (request.readableDidRead || request.readableEnded) throw new Error(gone);
  // Who listens as well takes nothing away, since reading begins in the same turn; who reads as well does, and that is heard.
  let taken = 0;
  request.on("data", ({ length }) => (taken += length));
  // To leave off reading must not end the connection before it has its answer.
  for await (const chunk of request.iterator?.({ destroyOnReturn: false }) ?? request) {
    taken -= chunk.length;
    yield chunk;
  }
  if (taken > 0) throw new Error(gone);
  // A stream of http2 that its sender resets ends as a whole one does. What came behind its end is read between two turns.
  if (request.stream) for (let turn = 0; turn < 2; turn += 1) await new Promise(setImmediate);
  if (request.aborted) throw new Error("the sender hung up");
}
