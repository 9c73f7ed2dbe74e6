/**
 * A stable word for an outcome, the same in every stack of this project. New ones may come: do not rely on the list being
 * whole.
 */
export type Code =
  | "ok" | "null_argument" | "invalid_argument" | "internal"
  | "no_secrets" | "empty_secret" | "malformed_secret" | "short_secret" | "long_secret" | "duplicate_secret"
  | "too_many_secrets" | "malformed_label"
  | "missing_signature" | "malformed_signature" | "missing_timestamp" | "malformed_timestamp"
  | "body_too_large" | "signature_mismatch" | "timestamp_too_old" | "timestamp_in_future"
  | "malformed_payload"
  | "accepted" | "duplicate" | "quarantined" | "not_found" | "method_not_allowed" | "in_flight" | "misconfigured"
  | "unavailable";

/**
 * What this package throws, apart from a `TypeError` for an argument of the wrong type. Its `message` says what to do, and
 * never holds a secret, a signature or a body: it is for your log, not for the sender. `instanceof` knows it whichever copy of the
 * package threw it, that for `import` or that for `require`.
 */
export declare class WebhookError extends Error {
  private constructor();
  /** The stable word for it, such as `signature_mismatch`. */
  readonly code: Code;
  /** The HTTP status to answer with. */
  readonly status: number;
  /** Whether Overten sends the delivery again after that answer. */
  readonly retryable: boolean;
  /** Of `timestamp_too_old` and `timestamp_in_future`: `now` less the delivery's time, in seconds; negative for the future. */
  readonly age?: number;
  /** Of these two: the seconds that were allowed on that side. */
  readonly tolerance?: number;
  /** Of these two: the position, from 0, of the secret that made the signature. */
  readonly secretIndex?: number;
  /** Of secrets that were refused: which one, from 0. */
  readonly position?: number;
  /** Of `malformed_payload`: the member that it is about. */
  readonly field?: string;
  /** Of `malformed_payload`: where in the body's bytes it was noticed, from 0. */
  readonly offset?: number;
  /** Of `body_too_large`: the limit. */
  readonly maxBodyBytes?: number;
}
