// Fastify 4 and 5.

import { body_of } from "./on-node.js";

/** See fastify.d.ts. */
export function webhookPlugin(receiver, path) {
  if (typeof path !== "string" || !path.startsWith("/"))
    throw new TypeError('webhookPlugin needs the path to answer, such as "/webhooks/overten"');
  return async function overtenWebhook(scope) {
    // In this plugin alone: elsewhere bodies are parsed as before.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (request, payload, done) => done(null, payload));
    const bare = path.replace(/\/$/, "");
    for (const url of new Set([bare || "/", `${bare}/`]))
      scope.all(url, (request, reply) => receive(receiver, request, reply));
  };
}

async function receive(receiver, request, reply) {
  const { raw } = request;
  const body = () => body_of(raw, "a hook of Fastify (preParsing) read it before");
  const answer = await receiver.take({ method: raw.method, target: raw.url, headers: raw.rawHeaders, body });
  // Bytes, since Fastify adds a charset to the content type of a text.
  reply.code(answer.status).headers(answer.headers).send(Buffer.from(answer.body));
  raw.resume();
  return reply;
}
