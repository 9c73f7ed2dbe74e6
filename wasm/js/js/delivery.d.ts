import type { Event } from "./event.js";

/** An authentic, fresh delivery. Only `Verifier.verify` makes one: holding it is the proof. */
export declare class Delivery {
  private constructor();
  /** When Overten says that it sent the delivery, in Unix seconds. */
  get timestamp(): number;
  /** Seconds from that time to `now`; negative for a delivery from the future. */
  get age(): number;
  /** The position, from 0, of the secret that made the signature. */
  get secretIndex(): number;
  /** The label of that secret: during a rotation it shows which one is still in use. */
  get secretLabel(): string;
  /** The body's bytes as received: a copy each time. */
  get body(): Uint8Array<ArrayBuffer>;
  /**
   * Reads the event; the same object each time.
   *
   * @throws {WebhookError} `malformed_payload`, where the body is not a JSON object with the texts `event` and `run_id`. The
   * delivery is authentic all the same: keep its `body` under `bodyKey()`, so that nothing is lost.
   */
  event(): Event;
  /** The key of a delivery whose event cannot be read: `body=` and the SHA-256 of the body, in hex. */
  bodyKey(): string;
}
