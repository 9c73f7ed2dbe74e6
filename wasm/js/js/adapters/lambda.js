// AWS Lambda behind API Gateway (REST and HTTP APIs), a function URL or a load balancer.

import { mounted } from "./mounted.js";

/** With the length a multiple of four. A repeat within a repeat would use up the stack in a long body. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** See lambda.d.ts. */
export function webhookHandler(given) {
  const receiver = mounted(given);
  return async function overtenWebhook(event) {
    const { http } = event.requestContext ?? {};
    const reply = await receiver.take({
      method: http?.method ?? event.httpMethod,
      target: event.rawPath ?? event.path,
      // With multi-value headers each is a list, and where there are none at all it is null.
      headers: event.multiValueHeaders ?? event.headers ?? {},
      body: () => body_of(event),
    });
    const headers = { ...reply.headers, "Content-Length": String(Buffer.byteLength(reply.body)) };
    const answer = { statusCode: reply.status, headers, body: reply.body, isBase64Encoded: false };
    // A load balancer that hands over lists wants lists.
    return event.multiValueHeaders && event.requestContext?.elb
      ? { ...answer, multiValueHeaders: as_lists(headers) }
      : answer;
  };
}

function body_of({ body, isBase64Encoded }) {
  if (body === null || body === undefined) return new Uint8Array();
  if (typeof body !== "string")
    throw new TypeError("event.body is no text: something parsed it before; hand the event over untouched");
  if (!isBase64Encoded) return Buffer.from(body, "utf8");
  if (body.length % 4 !== 0 || !BASE64.test(body))
    throw new TypeError("event.isBase64Encoded is true, but event.body is no base64: something changed one of them");
  return Buffer.from(body, "base64");
}

function as_lists(headers) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
}
