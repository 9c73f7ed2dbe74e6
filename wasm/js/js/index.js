export { Delivery } from "./delivery.js";
export { WebhookError } from "./error.js";
export { idempotencyKey } from "./event.js";
export { sign } from "./sign.js";
export { readStored } from "./stored.js";
export { Verifier } from "./verifier.js";
