import type { Body, Clock, HeadersLike, Secret, Tolerance } from "./verifier.js";
import type { SecretLines } from "./receiver.js";
import type { Code } from "./error.js";

/** A delivery as it was captured. */
export interface Capture {
  readonly headers: HeadersLike;
  /** The body as it reached the verifier. */
  readonly body: Body;
  /** When it was received: the clock that it is judged by, where no other is given. */
  readonly receivedAt?: Clock | undefined;
  /** The request's method: a POST where it is left out. */
  readonly method?: string | undefined;
  /** What is known to be missing, as `readCapture` says it. */
  readonly lacks?: readonly Lack[] | undefined;
}

/** Something that a capture does not hold, so that nothing can be proven with it. */
export interface Lack {
  /** The stable word for it, such as `body_cut`. */
  readonly lack: string;
  readonly what: string;
  /** What to give instead. */
  readonly change: string;
}

/** A capture that was read. It may hold a whole signature: it is for your own desk. */
export interface CaptureRead extends Capture {
  /** The form that it was given in. */
  readonly form: "http_request" | "curl" | "har" | "saved" | "raw_log" | "queue_message" | "json_request";
  readonly method?: string;
  readonly target?: string;
  /** Each header, repeated ones too, in the order received. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array<ArrayBuffer>;
  /** When it was received in Unix seconds, where the capture says so. */
  readonly receivedAt?: number;
  /** Whether the body, or a part of it, is known to be missing. */
  readonly isCut: boolean;
  readonly lacks: readonly Lack[];
  /** The file that holds the body, which a `curl` command names: give what it holds as the option `file`. */
  readonly bodyFile?: string;
}

/**
 * Reads every delivery that a text holds, one at least, and finds out its form by itself: an HTTP request, a `curl` command, a
 * HAR file or one entry of it, lines that a receiver logged under `LOG_RAW` among whatever else, a message of its queue, an event
 * of Lambda, what webhook.site, ngrok and Postman export, any object with `headers` and a raw `body`. All of it may be indented,
 * or stand in a fence of Markdown.
 *
 * `file` is what the {@link CaptureRead.bodyFile} holds: the body is then what `curl` makes of it.
 *
 * @throws {WebhookError} `invalid_argument`, which says what is wrong, where, and what to give instead.
 */
export declare function readCapture(input: string | Body, options?: { readonly file?: string | Body | undefined }): CaptureRead[];

export interface DiagnoseOptions {
  /** The clock: the capture's own where it is left out, else the host's. */
  readonly now?: Clock | undefined;
  /** Up to eight secrets that the receiver does not have and that may have signed it all the same. */
  readonly otherSecrets?: Secret | readonly Secret[] | SecretLines | undefined;
  readonly tolerance?: Tolerance | undefined;
  readonly maxBodyBytes?: number | undefined;
}

export interface Cause {
  /** The stable word for it, such as `json_spacing`. */
  readonly cause: string;
  readonly what: string;
  /** What to change. */
  readonly change: string;
}

export interface Suspicion {
  readonly suspicion: string;
  readonly what: string;
  readonly change: string;
}

/** What Overten's support needs; none of it is a secret or a signature. */
export interface Facts {
  readonly body_bytes: number;
  readonly body_sha256: string;
  readonly content_length: number | null;
  readonly signature_bytes: number | null;
  readonly timestamp: number | null;
  readonly skew_seconds: number | null;
  readonly event: string | null;
  readonly run_id: string | null;
  readonly task_id: string | null;
  readonly secrets: readonly {
    readonly label: string;
    readonly configured: boolean;
    readonly trimmed: boolean;
    readonly fingerprint: string | null;
    readonly code: Code | null;
  }[];
}

/** Why a delivery does not verify. It holds no secret, no right MAC and no signature. */
export interface Report {
  readonly outcome: "verifies" | "explained" | "unexplained";
  /** What the receiver says; `ok` where nothing is wrong. */
  readonly code: Code;
  /** The same in words; empty where nothing is wrong. */
  readonly detail: string;
  /** The label of the secret that the signature is of, where one is known. */
  readonly secret: string | null;
  /** What is proven to be wrong, several of them together. */
  readonly causes: readonly Cause[];
  /** What the capture does not hold, so that nothing can be proven with it; empty where a MAC proves that nothing is missing. */
  readonly lacks: readonly Lack[];
  /** The label of the secret whose signature begins as one does that a log shortened: no proof, and very likely. */
  readonly begins_as_signed_with: string | null;
  /** What such a signature tells, in words. */
  readonly beginning: string | null;
  /** What looks wrong, without a proof; only where nothing explains the delivery. */
  readonly suspicions: readonly Suspicion[];
  /** What a receiver answers: also one that verifies may be refused for its method or its length, or be no event. */
  readonly answer: Code;
  /** Why, in words; empty where it is `accepted`. */
  readonly answer_detail: string;
  /** Every cause that was tried. */
  readonly tried: readonly string[];
  readonly macs: number;
  readonly hashed_bytes: number;
  /** Whether every hypothesis was tried; else a bound ended the search. */
  readonly complete: boolean;
  readonly facts: Facts;
  /** All of it in words, over several lines. */
  readonly text: string;
}

/**
 * Says why a captured delivery does not verify, by trying what really goes wrong. For your own desk: never answer a request
 * with it, since it tells what makes a signature right.
 */
export declare function diagnose(
  capture: Capture,
  secrets: Secret | readonly Secret[] | SecretLines | null | undefined,
  options?: DiagnoseOptions,
): Report;
