// Fastify 4 and 5.

import { mounted } from "./mounted.js";
import { body_of } from "./on-node.js";

/** See fastify.d.ts. */
export function webhookPlugin(given, path) {
  const receiver = mounted(given);
  if (typeof path !== "string" || !path.startsWith("/"))
    throw new TypeError('webhookPlugin needs the path to answer, such as "/webhooks/overten"');
  return async function overtenWebhook(scope) {
    // Before Fastify looks at the body: what it answers itself to an odd content type, 415, would be final.
    const onRequest = (request, reply) => receive(receiver, request, reply);
    const bare = path.replace(/\/$/, "");
    const { ignoreTrailingSlash, routerOptions } = scope.initialConfig;
    const is_one = ignoreTrailingSlash || routerOptions?.ignoreTrailingSlash;
    for (const url of new Set(is_one ? [path] : [bare || "/", `${bare}/`])) scope.all(url, { onRequest }, onRequest);
  };
}

async function receive(receiver, request, reply) {
  const { raw } = request;
  const body = () => body_of(raw, "another hook of Fastify (onRequest) read it before");
  const answer = await receiver.take({ method: raw.method, target: raw.url, headers: raw.rawHeaders, body });
  // Bytes, since Fastify adds a charset to the content type of a text.
  reply.code(answer.status).headers(answer.headers).send(Buffer.from(answer.body));
  raw.resume();
  return reply;
}
