// Express 4 and 5.

import { handler_of } from "./on-node.js";

/** See express.d.ts. */
export function webhookHandler(receiver) {
  return handler_of(
    receiver,
    'express.json() or another parser read it before; express.raw({ type: () => true, limit: "1mb" }) would keep its bytes',
  );
}
