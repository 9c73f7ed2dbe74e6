// Node's `http`, `https` and `http2`.

import { handler_of } from "./on-node.js";

/** See node.d.ts. */
export function webhookHandler(receiver) {
  return handler_of(receiver, "something read it before");
}
