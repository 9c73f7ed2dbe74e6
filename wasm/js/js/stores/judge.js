import { core } from "../core.js";

/** The one rule that every store goes by; see judge.d.ts. */
export function judge(at, { committed, now, leaseSeconds, retentionSeconds }) {
  const since = at === undefined || at === null ? undefined : BigInt(at);
  return core.instance.judge(since, Boolean(committed), BigInt(now), BigInt(leaseSeconds), BigInt(retentionSeconds));
}
