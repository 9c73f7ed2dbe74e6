import type { Claim, Store } from "./store.js";

/** The part of a `Pool` of the package `pg` that is used. */
export interface PostgresPool {
  query(text: string, values?: unknown[]): Promise<{ rows: any[] }>;
}

/**
 * Remembers keys in a table of Postgres (9.5 or later), which may be your application's own database.
 *
 * The pool is yours, and so are its time-outs: give it `connectionTimeoutMillis: 3000` and `query_timeout: 3000`, since
 * Overten waits 15 s. Each call is one statement, or two for a commit whose claim was lost, so that a pool in
 * transaction mode will do.
 *
 * Listen to its errors, `pool.on("error", (error) => console.error(error.message))`: it emits one for each idle
 * connection that the database drops, at its restart for example, and Node ends a process in which nobody listens.
 *
 * `table` (default `overten_webhook_ledger`) is a plain lower-case name, or `schema.name`; give each service one of its
 * own. What is over for as long again is deleted on the way, a hundred rows with each commit.
 */
export class PostgresStore implements Store {
  /** @throws TypeError for a table's name that is none. */
  constructor(pool: PostgresPool, options?: { table?: string | undefined });
  readonly durable: true;
  /** The statements that make the table, for a migration of your own. */
  get schema(): string;
  /** Makes the table where there is none. */
  createTable(): Promise<void>;
  claim(
    key: string,
    asked: { token: string; now: number; leaseSeconds: number; retentionSeconds: number },
  ): Promise<Claim>;
  commit(key: string, asked: { token: string; now: number; retentionSeconds: number }): Promise<boolean>;
  release(key: string, asked: { token: string }): Promise<void>;
}
