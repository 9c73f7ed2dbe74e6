import type { IncomingMessage, ServerResponse } from "node:http";
import type { Receiver } from "../receiver.js";

/**
 * A handler for Express 4 and 5: `app.all("/webhooks/overten", webhookHandler(receiver))`, in front of whatever parses
 * bodies. With `app.all` it answers every method itself.
 *
 * A body that `express.raw({ type: () => true, limit: "1mb" })` has read is as good (without the limit Express itself
 * refuses one of more than 100 kB with 413, which is final), as is a platform's `request.rawBody`; one that another parser has
 * read is answered with 503, and the log says so.
 */
export function webhookHandler(
  receiver: Receiver,
): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
