import type { Claim, Store } from "./store.js";

/** The part of a Durable Object namespace that is used. */
export interface LedgerNamespace {
  idFromName(name: string): any;
  get(id: any): { fetch(url: string, init?: any): Promise<any> };
}

/**
 * Remembers keys in Durable Objects, one for each key: the ledger of a Worker.
 *
 * It takes the binding of {@link OvertenLedger}, which the Worker exports: `new DurableObjectStore(env.LEDGER)`. An
 * object forgets what it knows, and is gone, after twice the retention in force when its key was committed.
 *
 * Workers KV is no such store: it has no atomic change of one key, and shows a write elsewhere up to a minute late, so
 * that two deliveries of one event would both be new.
 */
export class DurableObjectStore implements Store {
  constructor(namespace: LedgerNamespace);
  readonly durable: true;
  claim(
    key: string,
    asked: { token: string; now: number; leaseSeconds: number; retentionSeconds: number },
  ): Promise<Claim>;
  commit(key: string, asked: { token: string; now: number; retentionSeconds: number }): Promise<boolean>;
  release(key: string, asked: { token: string }): Promise<void>;
}

/**
 * The Durable Object behind {@link DurableObjectStore}. Export it from the Worker, and bind it:
 *
 * ```toml
 * [[durable_objects.bindings]]
 * name = "LEDGER"
 * class_name = "OvertenLedger"
 *
 * [[migrations]]
 * tag = "v1"
 * new_sqlite_classes = ["OvertenLedger"]
 * ```
 */
export class OvertenLedger {
  /** What the types of Workers know such a class by; there is no such member. */
  readonly __DURABLE_OBJECT_BRAND: never;
  constructor(state: any, env?: unknown);
  fetch(request: Request): Promise<Response>;
  alarm(): Promise<void>;
}
