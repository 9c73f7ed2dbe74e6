import type { Claim, Store } from "./store.js";

/** The part of a client of the package `redis` (4 or later; a single server's, a cluster's, a pool's) that is used. */
export interface RedisClient {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/**
 * Remembers keys in Redis, for all processes that reach it, those of the Python package among them.
 *
 * The client is yours, connected, and so are its time-outs: by default it keeps commands for a server that is away.
 * Give it `disableOfflineQueue: true` and `socket: { connectTimeout: 3000, socketTimeout: 3000 }`, since Overten waits
 * 15 s.
 *
 * Each key is one hash named `prefix` (default `overten-webhook:`) + key; give each service a prefix of its own. Redis
 * removes it by itself after twice the retention in force when it was committed.
 *
 * It counts as durable. That is as true as your Redis makes it: switch on `appendonly`, and keep `maxmemory-policy` at
 * `noeviction`.
 */
export class RedisStore implements Store {
  constructor(client: RedisClient, options?: { prefix?: string | undefined });
  readonly durable: true;
  claim(
    key: string,
    asked: { token: string; now: number; leaseSeconds: number; retentionSeconds: number },
  ): Promise<Claim>;
  commit(key: string, asked: { token: string; now: number; retentionSeconds: number }): Promise<boolean>;
  release(key: string, asked: { token: string }): Promise<void>;
}
