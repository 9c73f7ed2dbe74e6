import type { Claim, Store } from "./store.js";

/**
 * Remembers keys in this process: for one server process, for tests, for development.
 *
 * It forgets everything at a restart, and each of several processes has its own, as has each isolate of a Worker; so a
 * receiver over it keeps the short window of 300 s against replays.
 *
 * `maxKeys` (default 100,000) bounds it. When it is full, what has lapsed goes first, then the key that was committed
 * longest ago, with one warning to `log` (`console.warn`), because a replay of that delivery would then count as new. A
 * claim in flight is never dropped: full of those, it throws and the receiver answers 503.
 */
export class MemoryStore implements Store {
  constructor(options?: { maxKeys?: number | undefined; log?: ((text: string) => unknown) | undefined });
  readonly durable: false;
  claim(key: string, asked: { token: string; now: number; leaseSeconds: number; retentionSeconds: number }): Claim;
  commit(key: string, asked: { token: string; now: number }): boolean;
  release(key: string, asked: { token: string }): void;
}
