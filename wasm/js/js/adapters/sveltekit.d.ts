import type { Receiver } from "../receiver.js";

/**
 * An endpoint for SvelteKit: `export const POST = webhookHandler(receiver)` in
 * `src/routes/webhooks/overten/+server.js`. Export it as `GET`, `HEAD` and `fallback` too, and it answers the other
 * methods as Overten needs it; and `trailingSlash = "ignore"`, since a redirect is final with Overten.
 */
export function webhookHandler(receiver: Receiver): (event: { request: Request; platform?: any }) => Promise<Response>;
