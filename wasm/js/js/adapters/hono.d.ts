import type { Receiver } from "../receiver.js";

/**
 * A handler for Hono on any host: `app.all("/webhooks/overten", webhookHandler(receiver))`, in front of middleware that
 * reads bodies; what reads Node's own request behind Hono's, `c.env.incoming`, it cannot see. Make the application with
 * `new Hono({ strict: false })`, so that a final slash makes no difference.
 */
export function webhookHandler(
  receiver: Receiver,
): (context: { req: { raw: Request }; executionCtx: any }) => Promise<Response>;
