import { options_of } from "../settings.js";
import { LONGEST_SECONDS } from "./longest-seconds.js";

// One statement each, which Postgres runs alone for its row: a claim writes the row in any case, so that its answer is
// what the row says afterwards. The rule is that of `judge`, and a test holds it equal over a grid of times.
const CLAIM = (table) => `
INSERT INTO ${table} AS held (key, token, committed, at, forget_at)
VALUES ($1, $2, false, $3, now() + 2 * $6::bigint * interval '1 second')
ON CONFLICT (key) DO UPDATE SET (token, committed, at, forget_at) = (
  SELECT CASE WHEN free THEN $2 ELSE held.token END, held.committed AND NOT free,
         CASE WHEN free THEN $3 ELSE held.at END, CASE WHEN free THEN excluded.forget_at ELSE held.forget_at END
  FROM (SELECT CASE WHEN held.committed THEN $3::numeric - held.at > $5
                    ELSE abs($3::numeric - held.at) > $4 END AS free) AS judged)
RETURNING token, committed`;
const COMMIT_HELD = (table) => `
UPDATE ${table} SET at = CASE WHEN committed THEN at ELSE $3 END,
  forget_at = CASE WHEN committed THEN forget_at ELSE now() + 2 * $4::bigint * interval '1 second' END, committed = true
WHERE key = $1 AND token = $2
RETURNING key`;
const COMMIT_LOST = (table) => `
INSERT INTO ${table} AS held (key, token, committed, at, forget_at)
VALUES ($1, $2, true, $3, now() + 2 * $4::bigint * interval '1 second')
ON CONFLICT (key) DO UPDATE SET token = $2, committed = true, at = $3, forget_at = excluded.forget_at
WHERE NOT held.committed`;
const RELEASE = (table) => `DELETE FROM ${table} WHERE key = $1 AND token = $2 AND NOT committed`;
const FORGET = (table) => `
DELETE FROM ${table} WHERE key IN
  (SELECT key FROM ${table} WHERE forget_at < now() ORDER BY forget_at LIMIT 100 FOR UPDATE SKIP LOCKED)`;

/** What another one did at the same moment: the statement is to be sent again. A table that two make is one of them. */
const AT_ONCE = ["40001", "23505", "42710", "42P07"];
const MOST_TRIES = 50;

/** Remembers keys in a table of Postgres; see postgres.d.ts. */
export class PostgresStore {
  durable = true;

  #pool;
  #table;

  constructor(pool, options) {
    const { table = "overten_webhook_ledger" } = options_of(options, ["table"]);
    if (typeof pool?.query !== "function") {
      throw new TypeError("PostgresStore needs a pool of the package pg: new pg.Pool({ connectionString })");
    }
    this.#pool = pool;
    this.#table = quoted(table);
  }

  /** The statements that make the table, for a migration of your own. */
  get schema() {
    const index = quoted(index_of(this.#table.replaceAll('"', "").replaceAll(".", "_")));
    return `CREATE TABLE IF NOT EXISTS ${this.#table} (
  key text PRIMARY KEY,
  token text NOT NULL,
  committed boolean NOT NULL,
  at bigint NOT NULL,
  forget_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS ${index} ON ${this.#table} (forget_at);`;
  }

  async createTable() {
    await this.#run(() => this.schema);
  }

  async claim(key, { token, now, leaseSeconds, retentionSeconds }) {
    const values = [key, token, now, leaseSeconds, retentionSeconds, Math.min(leaseSeconds, LONGEST_SECONDS)];
    const {
      rows: [row],
    } = await this.#run(CLAIM, values);
    if (row.token === token) return "new";
    return row.committed ? "duplicate" : "in_flight";
  }

  async commit(key, { token, now, retentionSeconds }) {
    const values = [key, token, now, Math.min(retentionSeconds, LONGEST_SECONDS)];
    const { rows } = await this.#run(COMMIT_HELD, values);
    const is_held = rows.length === 1;
    if (!is_held) await this.#run(COMMIT_LOST, values);
    // The key is committed whatever comes of this; the next commit tries again.
    await this.#run(FORGET).catch(() => {});
    return is_held;
  }

  async release(key, { token }) {
    await this.#run(RELEASE, [key, token]);
  }

  /**
   * Where a database is strict by default, of statements at the same moment one goes on and the others are to be sent
   * again.
   */
  async #run(statement, values) {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#pool.query(statement(this.#table), values);
      } catch (error) {
        if (!AT_ONCE.includes(error.code) || tries === MOST_TRIES) throw error;
      }
    }
  }
}

/** An index has a name of 63 characters at most, as the table has: a long one's end gives way to a sum of all of it. */
function index_of(table) {
  const whole = `${table}_forget_at`;
  if (whole.length <= 63) return whole;
  const sum = [...table].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 0);
  return `${table.slice(0, 44)}_${sum.toString(16).padStart(8, "0")}_forget_at`;
}

/** A name with or without its schema, each part quoted. */
function quoted(name) {
  const parts = name.split(".");
  if (parts.length > 2 || !parts.every((part) => /^[a-z_][a-z0-9_]{0,62}$/.test(part))) {
    throw new TypeError("table must be a plain name in lower case, or schema.name");
  }
  return parts.map((part) => `"${part}"`).join(".");
}
