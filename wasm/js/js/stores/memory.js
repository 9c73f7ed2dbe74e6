import { options_of } from "../settings.js";
import { judge } from "./judge.js";

/** Remembers keys in this process; see memory.d.ts. */
export class MemoryStore {
  durable = false;

  #max_keys;
  #claimed = new Map();
  #committed = new Map(); // oldest first
  #log;
  #warned = false;

  constructor(options) {
    const { maxKeys = 100_000, log = (text) => console.warn(text) } = options_of(options, ["maxKeys", "log"]);
    if (!Number.isSafeInteger(maxKeys) || maxKeys < 1)
      throw new RangeError("maxKeys must be a whole number, at least 1");
    this.#max_keys = maxKeys;
    this.#log = log;
  }

  claim(key, { token, now, leaseSeconds, retentionSeconds }) {
    const judged = ({ at, committed }) => judge(at, { committed, now, leaseSeconds, retentionSeconds });
    const entry = this.#committed.get(key) ?? this.#claimed.get(key);
    if (entry && entry.token !== token) {
      const known = judged(entry);
      if (known !== "new") return known;
    }
    this.#committed.delete(key);
    this.#forget((other) => judged(other) === "new");
    this.#claimed.set(key, { token, committed: false, at: now });
    return "new";
  }

  commit(key, { token, now }) {
    const committed = this.#committed.get(key);
    if (committed) return committed.token === token;
    const holder = this.#claimed.get(key);
    this.#claimed.delete(key);
    this.#committed.set(key, { token, committed: true, at: now });
    return holder?.token === token;
  }

  release(key, { token }) {
    if (this.#claimed.get(key)?.token === token) this.#claimed.delete(key);
  }

  get #is_full() {
    return this.#claimed.size + this.#committed.size >= this.#max_keys;
  }

  /** Drops what has lapsed among the oldest keys, and makes room for one more. */
  #forget(has_lapsed) {
    for (const [key, entry] of this.#committed) {
      if (!has_lapsed(entry)) break;
      this.#committed.delete(key);
    }
    if (!this.#is_full) return;
    for (const [key, entry] of this.#claimed) if (has_lapsed(entry)) this.#claimed.delete(key);
    if (!this.#is_full) return;
    const oldest = this.#committed.keys().next();
    if (oldest.done) throw new Error(`all ${this.#max_keys} keys of the MemoryStore are in flight; raise maxKeys`);
    this.#committed.delete(oldest.value);
    if (this.#warned) return;
    this.#warned = true;
    this.#log(
      `MemoryStore is full (maxKeys: ${this.#max_keys}) and forgets its oldest keys before their retention ends: a ` +
        "replay of those deliveries counts as new. Raise maxKeys, or use RedisStore or PostgresStore.",
    );
  }
}
