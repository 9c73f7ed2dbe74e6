import type { Claim } from "./store.js";

/**
 * Says what a claim of a key means that is claimed, or committed, since `at`; null for a key that is not known. All are
 * whole seconds.
 *
 * A claim lapses once it is older than `leaseSeconds`, a committed key once it is older than `retentionSeconds`. A
 * claim further in the future than a lease has lapsed too: only a clock put back can show one.
 */
export function judge(
  at: number | null | undefined,
  known: { committed: boolean; now: number; leaseSeconds: number; retentionSeconds: number },
): Claim;
