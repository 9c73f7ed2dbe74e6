export { Delivery } from "./delivery.js";
export { type Code, WebhookError } from "./error.js";
export {
  type ErrorDetail, type Event, type EventFields, idempotencyKey, type OtherEvent, type RunCompleted, type RunFailed, type Scope,
} from "./event.js";
export {
  PermanentFailure, type ReceivedBody, type ReceivedRequest, Receiver, type ReceiverSettings, type Reply, type SecretLines, secretsFromLines,
  type SetAsideRecord, setAsideRecord, type WorkContext,
} from "./receiver.js";
export { sign, type SignedHeaders } from "./sign.js";
export { readStored } from "./stored.js";
export {
  type Body, type Clock, type HeadersLike, type Secret, type SecretInfo, type Tolerance, Verifier, type VerifierOptions,
} from "./verifier.js";
export { judge } from "./stores/judge.js";
export { MemoryStore } from "./stores/memory.js";
export type { Claim, Store } from "./stores/store.js";
