// What the adapters for Node's own servers share.

/** A listener; `eaten` says what has read the body where it is gone, and what to do. */
export function handler_of(receiver, eaten) {
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
  const kept = [request.rawBody, request.body].find((body) => ArrayBuffer.isView(body));
  if (kept) return kept;
  if (request.readableDidRead || request.readableEnded) {
    throw new Error(`the body is gone: ${eaten}; mount this handler in front of whatever parses bodies`);
  }
  return chunks_of(request);
}

async function* chunks_of(request) {
  // To leave off reading must not end the connection before it has its answer.
  yield* request.iterator?.({ destroyOnReturn: false }) ?? request;
  // A stream of http2 that its sender resets may end as a whole one does, and shows only then that it was reset.
  if (request.stream) await new Promise(setImmediate);
  if (request.aborted) throw new Error("the sender hung up");
}
