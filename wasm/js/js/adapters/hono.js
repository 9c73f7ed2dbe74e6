// Hono, on any host.

/** See hono.d.ts. */
export function webhookHandler(receiver) {
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
