import type { Receiver } from "../receiver.js";

/**
 * A route handler for Next.js: `export const POST = webhookHandler(receiver, { after })` in
 * `app/webhooks/overten/route.js`. Export it under the other methods' names too, and it answers them as Overten needs
 * it.
 *
 * `after`, from `next/server`, keeps work alive that takes too long for its answer. Set `skipTrailingSlashRedirect:
 * true` in `next.config.js`: a redirect is final with Overten.
 */
export function webhookHandler(
  receiver: Receiver,
  options?: { after?: ((work: Promise<unknown>) => void) | undefined },
): (request: Request) => Promise<Response>;
