/**
 * A store's answer to a claim: the caller holds the key and will commit or release it; it was handled before; another
 * holder is at it.
 */
export type Claim = "new" | "duplicate" | "in_flight";

/**
 * Takes claims of idempotency keys, for every process that shares it: of fifty claims of one key at the same moment one
 * is `new`.
 *
 * It keeps three things of a key: the `token` of its holder (32 hex digits, made anew for each request; no secret),
 * whether it is committed, and since when it is either. How long that holds is judged when the next claim comes, by the
 * lease and the retention in force then; `judge` has the rule. Times are whole Unix seconds of the caller's clock. A
 * method that cannot do its work throws, within a few seconds: the receiver then answers 503 and Overten delivers
 * again. `checkStore` tries a store of your own.
 */
export interface Store {
  /** Whether what is committed survives a restart of the process. The receiver's default window depends on it. */
  readonly durable: boolean;

  /**
   * Takes `key` for `token`, unless it is committed or held; atomically. The same token again is given the claim that
   * it has: a client may send a command twice.
   */
  claim(
    key: string,
    asked: { token: string; now: number; leaseSeconds: number; retentionSeconds: number },
  ): Claim | Promise<Claim>;

  /**
   * Marks the key as handled since `now`. Where it is committed already, nothing changes.
   *
   * A commit stands even if the claim has lapsed or was taken over since, or if nothing is known of the key: the caller
   * has handled the event, and no later delivery should be handled again. False says that the claim was no longer the
   * caller's.
   */
  commit(key: string, asked: { token: string; now: number; retentionSeconds: number }): boolean | Promise<boolean>;

  /**
   * Gives the key back, so that the next delivery is new. Does nothing unless `token` holds it, uncommitted. It is
   * called after a failed claim too, since only the answer may have been lost.
   */
  release(key: string, asked: { token: string }): void | Promise<void>;
}
