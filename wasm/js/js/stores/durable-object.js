import { judge } from "./judge.js";

const ENTRY = "entry";
/** Half a century: an alarm much further off is refused. */
const LONGEST_SECONDS = 1_576_800_000;

/** Remembers keys in Durable Objects, one per key; see durable-object.d.ts. */
export class DurableObjectStore {
  durable = true;

  #namespace;

  constructor(namespace) {
    if (typeof namespace?.idFromName !== "function") {
      throw new TypeError(
        "DurableObjectStore needs the binding of the class OvertenLedger: env.LEDGER, as wrangler.toml names it",
      );
    }
    this.#namespace = namespace;
  }

  async claim(key, asked) {
    return this.#ask(key, "claim", asked);
  }

  async commit(key, asked) {
    return this.#ask(key, "commit", asked);
  }

  async release(key, asked) {
    await this.#ask(key, "release", asked);
  }

  async #ask(key, what, { token, now, leaseSeconds, retentionSeconds }) {
    const object = this.#namespace.get(this.#namespace.idFromName(key));
    const body = JSON.stringify({ token, now, leaseSeconds, retentionSeconds });
    const answer = await object.fetch(`https://ledger/${what}`, { method: "POST", body });
    if (!answer.ok) throw new Error(`the ledger answered ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
    return answer.json();
  }
}

/**
 * The Durable Object behind the store: what is known of one key; see durable-object.d.ts.
 *
 * Between a read and a write of its storage nothing else runs, and nothing is answered before what was written is on
 * disk.
 */
export class OvertenLedger {
  #storage;

  constructor(state) {
    this.#storage = state.storage;
  }

  async fetch(request) {
    const what = new URL(request.url).pathname.slice(1);
    if (request.method !== "POST" || !Object.hasOwn(STEPS, what)) return new Response("no such path", { status: 404 });
    const asked = await request.json();
    return Response.json((await STEPS[what](this.#storage, await this.#storage.get(ENTRY), asked)) ?? null);
  }

  async alarm() {
    const entry = await this.#storage.get(ENTRY);
    if (entry && entry.forget_at_ms > Date.now()) await this.#storage.setAlarm(entry.forget_at_ms);
    else await this.#storage.deleteAll();
  }
}

const STEPS = {
  async claim(storage, entry, { token, now, leaseSeconds, retentionSeconds }) {
    if (entry && entry.token !== token) {
      const { at, committed } = entry;
      const known = judge(at, { committed, now, leaseSeconds, retentionSeconds });
      if (known !== "new") return known;
    }
    await keep(storage, { token, committed: false, at: now }, leaseSeconds);
    return "new";
  },

  async commit(storage, entry, { token, now, retentionSeconds }) {
    if (!entry?.committed) await keep(storage, { token, committed: true, at: now }, retentionSeconds);
    return entry?.token === token;
  },

  async release(storage, entry, { token }) {
    if (entry?.token !== token || entry.committed) return;
    await storage.deleteAlarm();
    await storage.deleteAll();
  },
};

/** For twice as long as it counts, so that a retention made longer reaches keys already held. */
async function keep(storage, entry, seconds) {
  const forget_at_ms = Date.now() + 2000 * Math.min(seconds, LONGEST_SECONDS);
  await Promise.all([storage.put(ENTRY, { ...entry, forget_at_ms }), storage.setAlarm(forget_at_ms)]);
}
