import pg from "pg";
import { idempotencyKey, Receiver, secretsFromLines } from "overten-webhook";
import { setAsideInFolder } from "overten-webhook/set-aside";
import { PostgresStore } from "overten-webhook/stores/postgres";

const { env } = process;
// Overten waits 15 s: what does not answer in three is not waited for.
const pool = new pg.Pool({ connectionTimeoutMillis: 3000, query_timeout: 3000 });
pool.on("error", (error) => console.error(error.message)); // an idle connection was lost: without this the process ends

// The two tables are made by a migration: see schema.sql.
export const receiver = new Receiver({
  secrets: secretsFromLines(env.OVERTEN_WEBHOOK_SECRETS),
  // 503 until the first delivery has verified, since 401 is final with Overten; 401 from then on.
  mismatchStatus: Number(env.MISMATCH_STATUS ?? 401),
  store: new PostgresStore(pool),
  async handler(event) {
    await pool.query("INSERT INTO inbox (key, body) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
      idempotencyKey(event),
      Buffer.from(event.raw),
    ]);
  },
  setAside: setAsideInFolder(env.SET_ASIDE_FOLDER ?? "set-aside"),
});
