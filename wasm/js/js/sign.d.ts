import type { SecretLines } from "./receiver.js";
import type { Body, Clock } from "./verifier.js";

/** The two signed headers, by name. */
export type SignedHeaders = Readonly<Record<"X-Overten-Signature" | "X-Overten-Timestamp", string>>;

/**
 * Signs a body as Overten does, for tests. `body` is the exact bytes that will be sent; `now` is the host's clock where it is
 * left out. Of lines of secrets, it is the first that signs.
 *
 * @throws {WebhookError} for a secret that no verifier takes, and for a time outside 0 to 999,999,999,999 seconds.
 */
export declare function sign(body: Body, secret: string | Uint8Array | SecretLines, options?: { readonly now?: Clock | undefined }): SignedHeaders;
