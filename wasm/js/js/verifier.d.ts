/// <reference lib="esnext.disposable" />
import type { Delivery } from "./delivery.js";
import type { SecretLines } from "./receiver.js";

/**
 * A request's body before any parsing or decoding: its very bytes.
 *
 * How to get them: Workers, Hono, Next.js and SvelteKit `new Uint8Array(await request.arrayBuffer())`; Express
 * `express.raw({ type: () => true, limit: "1mb" })` (it takes 100 kB by default), then `request.body ?? new Uint8Array()`; Fastify
 * a content type parser with `parseAs: "buffer"`; AWS Lambda `Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8")`.
 */
export type Body = Uint8Array | ArrayBuffer;

/**
 * A request's headers, as the host gives them: `Headers`, Node's `headers`, `headersDistinct` or `rawHeaders`, an object of
 * names and values, or `[name, value]` pairs; a promise or an iterator of these, or a whole request, is a `TypeError`. Names
 * compare without case. A header that was repeated is seen wherever the host shows it, and refused; nothing (`undefined`, `null`)
 * stands for one that was not sent.
 */
export type HeadersLike =
  | { get(name: string): string | null; append(name: string, value: string): void }
  | Readonly<Record<string, string | readonly string[] | null | undefined>>
  | readonly string[]
  | (Iterable<readonly [name: string, value: string | readonly string[] | null | undefined]> & { readonly next?: never });

/** A signing secret as Overten issued it, its `whsec_` included, with an optional label for your logs. */
export type Secret = string | Uint8Array | { readonly label?: string | undefined; readonly secret: string | Uint8Array };

/** The clock: Unix seconds (fractions are floored), or a `Date`. */
export type Clock = number | bigint | Date;

/** Seconds allowed on both sides or on each; 0 is "this very second", `"off"` any distance. A side left out is 300. */
export type Tolerance =
  | number
  | "off"
  | { readonly past?: number | "off" | undefined; readonly future?: number | "off" | undefined };

export interface VerifierOptions {
  /** How far a delivery's own time may lie from the clock. By default 300 seconds on each side. */
  readonly tolerance?: Tolerance | undefined;
  /** The longest body that is looked at, in bytes. By default 1 MiB. */
  readonly maxBodyBytes?: number | undefined;
}

/** A secret as logs may show it: two people can compare its fingerprint. */
export interface SecretInfo {
  readonly label: string;
  /** Eight hex digits. */
  readonly fingerprint: string;
}

/**
 * Proves that deliveries are Overten's. Make it once and keep it: it is synchronous everywhere.
 *
 * It keeps the secrets twice, as bytes in JavaScript's memory (to make the keyed state anew, should the WebAssembly module ever
 * trap) and in the module's (as keyed state and, where the host hashes, as the block that HMAC begins with). `free()`, `using`,
 * and in the end the garbage collector wipe both. A secret that you gave as a string stays in the engine's own memory, where
 * nobody can wipe it: give a `Uint8Array` and wipe that.
 *
 * @throws {WebhookError} for secrets that are refused (`code` says which rule, `position` which secret) and for a setting that
 * has no meaning; `TypeError` for one of the wrong type.
 */
export declare class Verifier {
  constructor(secrets: Secret | readonly Secret[] | SecretLines | null | undefined, options?: VerifierOptions);
  /**
   * Checks one delivery; holding the `Delivery` is the proof. The body is copied, so that nobody can change what was verified.
   *
   * `now` is the host's clock where it is left out.
   *
   * @throws {WebhookError} in this order: `missing_signature`, `malformed_signature`, `missing_timestamp`,
   * `malformed_timestamp`, `body_too_large`, `signature_mismatch`, `timestamp_too_old`, `timestamp_in_future`; answer with its
   * `status`. `TypeError` for an argument of the wrong type, such as a body that was decoded.
   */
  verify(body: Body, headers: HeadersLike, options?: { readonly now?: Clock | undefined }): Delivery;
  /** The secrets in their order, as logs may show them. */
  get secrets(): readonly SecretInfo[];
  /** The tolerance in force. */
  get tolerance(): { readonly past: number | "off"; readonly future: number | "off" };
  /** The body limit in force: a receiver stops reading there. */
  get maxBodyBytes(): number;
  /** Wipes the secrets; the verifier is of no more use. Deliveries and events that it made are. */
  free(): void;
  [Symbol.dispose](): void;
}
