import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Receiver } from "../receiver.js";

/**
 * A listener for Node's `http`, `https` and `http2`: `http.createServer(webhookHandler(receiver))`. It never rejects.
 *
 * Give the receiver its `path`; a final slash makes no difference.
 */
export function webhookHandler(
  receiver: Receiver,
): (request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse) => Promise<void>;
