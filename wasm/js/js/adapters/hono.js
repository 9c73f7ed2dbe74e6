// Hono, on any host.

import { mounted } from "./mounted.js";

/** See hono.d.ts. */
export function webhookHandler(given) {
  const receiver = mounted(given);
  return (context) => receiver.receive(context.req.raw, execution_of(context));
}

/** What keeps work alive after the answer; Hono throws where the host has nothing like it. */
function execution_of(context) {
  try {
    return context.executionCtx;
  } catch {
    return undefined;
  }
}
