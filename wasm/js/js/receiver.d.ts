/// <reference lib="esnext.disposable" />
import type { Delivery } from "./delivery.js";
import type { WebhookError } from "./error.js";
import type { Event, Scope } from "./event.js";
import type { Store } from "./stores/store.js";
import type { Clock, HeadersLike, Secret, Tolerance } from "./verifier.js";

/** Secrets as an environment variable or a mounted file has them; see {@link secretsFromLines}. */
export interface SecretLines {
  readonly [LINES]: never;
}
declare const LINES: unique symbol;

/**
 * Secrets as an environment variable or a mounted file has them: one a line, each `secret` or `label:secret`; blank
 * lines are skipped, and a secret that holds a colon needs a label. An unset variable (undefined) is no secret at all,
 * so that a receiver over it answers `misconfigured`. A file may be given as its bytes.
 */
export function secretsFromLines(text: string | Uint8Array | ArrayBuffer | undefined): SecretLines;

/** What a {@link Receiver} is made of. */
export interface ReceiverSettings {
  /** As `Verifier` takes them, or {@link secretsFromLines}. */
  secrets: Secret | readonly Secret[] | SecretLines | null | undefined;

  /**
   * Called with each event once. It returns, or its promise resolves, once the event is durable: enqueued, or inserted
   * and committed. What it gives does not matter, unless that is still to be run, which is a failure: a function, an
   * iterator, a stream that is still written to, promises in a list or an object. So let it throw where what it called
   * only says that it failed: `fetch` resolves with a 500, and `Promise.allSettled` with what was rejected.
   *
   * One that throws gives the claim back, and Overten sends the delivery again; one that throws {@link
   * PermanentFailure} has it set aside. Overten waits 15 seconds: let it only write the event down.
   */
  handler: (event: Event) => unknown;

  /**
   * Called with a delivery that nobody can handle, and why: the `WebhookError` `malformed_payload` of one that cannot
   * be read, or the handler's {@link PermanentFailure}. It keeps the delivery durably, or throws. {@link
   * setAsideRecord} gives what is worth keeping; `overten-webhook/set-aside` has two for hosts with files.
   */
  setAside: (delivery: Delivery, reason: WebhookError | PermanentFailure) => unknown;

  /** Who remembers what was taken in. The default, `MemoryStore`, remembers in this process alone. */
  store?: Store | undefined;

  /**
   * Where deliveries are sent. Others are answered with 404, which is final. Without it every path is the receiver's.
   */
  path?: string | undefined;

  /**
   * `"run"` (the default), or `"task"` for a receiver that resumes runs. A change of it makes other keys: what was
   * taken in under the old ones counts as new once more, where it is sent again.
   */
  scope?: Scope | undefined;

  /**
   * What `Verifier` takes. A side that nothing is said of is 300 seconds; `past` is 3 days where the store is durable,
   * because then the key stops every replay and a short window would only lose what an outage held up.
   */
  tolerance?: Tolerance | undefined;

  /**
   * The most bytes of a body that are read, 1 MiB by default, whatever `Content-Length` says. A longer one is answered
   * with 413.
   */
  maxBodyBytes?: number | undefined;

  /**
   * How long a committed key is kept, in seconds from the first acceptance, 7 days by default; the same for all
   * receivers that share a store. It must be longer than both sides of the tolerance together; with a side off, a
   * replay after it counts as new.
   */
  retentionSeconds?: number | undefined;

  /**
   * After so many seconds, 60 by default, a claim lapses whose holder died. A handler that runs longer may run twice.
   */
  leaseSeconds?: number | undefined;

  /**
   * 503 until the first delivery has verified and while secrets are being changed, since 401 is final with Overten and
   * a wrong secret is then likelier than a forger; 401, the default, afterwards.
   */
  mismatchStatus?: 401 | 503 | undefined;

  /**
   * Takes each log line, one JSON object without a newline, and its level. By default it goes to the method of
   * `console` with the level's name. What it throws changes no answer.
   */
  log?: ((line: string, level: "info" | "warn" | "error") => unknown) | undefined;

  /** Gives now; the host's clock by default. */
  clock?: (() => Clock) | undefined;
}

/** A request in parts, for servers that have no `Request`. */
export interface ReceivedRequest {
  method: string;
  /** The requested path, with or without a query, or a whole URL, as a text or a `URL`; compared with the receiver's `path`. */
  target?: string | { readonly href: string } | undefined;
  /** All that were received, as `Verifier.verify` takes them; Node's `rawHeaders` show repeats. */
  headers: HeadersLike;
  /**
   * The raw body: bytes, a stream or iterable of bytes, null for none, or a function that gives one of these, which is
   * called only where the headers are in order, and at once. No more is read than the limit. What it throws is answered
   * with 503.
   */
  body: ReceivedBody | Promise<ReceivedBody> | (() => ReceivedBody | Promise<ReceivedBody>);
}

export type ReceivedBody =
  | Uint8Array
  | ArrayBuffer
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | null
  | undefined;

/** How to answer: exactly this, since Overten counts 3xx and most of 4xx as final or failed. */
export interface Reply {
  /** The stable word for what came of the request, such as `accepted` or `signature_mismatch`. */
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Names the code as JSON; empty where the request was a HEAD. */
  readonly body: string;
}

/** What keeps work alive after the answer: a Worker's `ctx`, or anything like it. */
export interface WorkContext {
  waitUntil(work: Promise<unknown>): void;
}

/**
 * Takes in deliveries, each exactly once, and says how to answer.
 *
 * When it is made it logs one line: the version, each secret's label and fingerprint, the settings in force; or what is
 * wrong. What the core refuses of its settings (a secret, a path, a retention) throws nothing: it answers every
 * delivery with 503 `misconfigured`, so that Overten sends it again once that is mended, and {@link Receiver.problem}
 * says why.
 *
 * What takes longer than 10 s is answered with 503 meanwhile, since Overten gives up after 15 s; the work goes on.
 *
 * @throws TypeError | RangeError | WebhookError for a setting of the wrong kind, or one that there is not.
 */
export class Receiver {
  constructor(settings: ReceiverSettings);

  /**
   * Takes in one request, whatever its path and method, and gives the response. It rejects, with a TypeError, only for a
   * mistake of the caller's: what is no request.
   *
   * The request must come as it is: one whose body was read is answered with 503 `unavailable`. In a Worker pass `ctx`,
   * so that what takes too long, or whose sender hangs up, is finished all the same.
   */
  receive(request: Request, context?: WorkContext): Promise<Response>;

  /** The same for a server that has no `Request`. It rejects with a TypeError for a method, target or headers that are none. */
  take(request: ReceivedRequest, context?: WorkContext): Promise<Reply>;

  /** Why it cannot check any delivery, for a health check; undefined where nothing is wrong. It shows no secret. */
  get problem(): string | undefined;

  /**
   * By each secret's label, the Unix seconds of its last match since the start; null for never. It knows of this
   * process alone: during a rotation the `secret` of the log lines says it of all.
   */
  lastMatched(): Record<string, number | null>;

  /**
   * Resolves once no delivery is at work: before a process ends, after its server was closed. In a Worker that was given no
   * `ctx`, what was cancelled stays at work for ever.
   */
  idle(): Promise<void>;

  /** What comes after it is answered with 503. Wipes its secrets, once no delivery is at work that came before. */
  free(): void;
  [Symbol.dispose](): void;
}

/**
 * Thrown by a handler for an event that it will never be able to handle, so that sending it again is no use. The
 * delivery is set aside, its key committed, and Overten gets its 200.
 */
export class PermanentFailure extends Error {}

/** What is worth keeping of a delivery that was set aside, as JSON has it; the same in every language. */
export interface SetAsideRecord {
  /** `quarantined` for what cannot be read, `permanent_failure` for what the handler failed at for good. */
  code: "quarantined" | "permanent_failure";
  detail: string;
  /** Unix seconds. */
  timestamp: number;
  /** The label of the secret that made the signature. */
  secret: string;
  /** The body where it is UTF-8. */
  body?: string | undefined;
  /** The body where it is not. */
  body_base64?: string | undefined;
}

export function setAsideRecord(delivery: Delivery, reason: WebhookError | PermanentFailure): SetAsideRecord;
