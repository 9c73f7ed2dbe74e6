// Express, with ledger and inbox in one Postgres: the events wait in the table `inbox` for whoever works on them.
//
//     PGHOST=… OVERTEN_WEBHOOK_SECRETS=whsec_… node server.js

import express from "express";
import pg from "pg";
import { idempotencyKey, Receiver, secretsFromLines } from "overten-webhook";
import { webhookHandler } from "overten-webhook/express";
import { setAsideInFolder } from "overten-webhook/set-aside";
import { PostgresStore } from "overten-webhook/stores/postgres";

const { env } = process;
// Overten waits 15 s: what does not answer in three is not waited for.
const pool = new pg.Pool({ connectionTimeoutMillis: 3000, query_timeout: 3000 });
pool.on("error", (error) => console.error(error.message)); // an idle connection was lost: without this the process ends
const ledger = new PostgresStore(pool);
await ledger.createTable();
await pool.query(
  "CREATE TABLE IF NOT EXISTS inbox (key text PRIMARY KEY, body bytea NOT NULL, came_at timestamptz DEFAULT now())",
);

const receiver = new Receiver({
  secrets: secretsFromLines(env.OVERTEN_WEBHOOK_SECRETS),
  // 503 until the first delivery has verified, since 401 is final with Overten; 401 from then on.
  mismatchStatus: Number(env.MISMATCH_STATUS ?? 401),
  path: "/webhooks/overten",
  store: ledger,
  async handler(event) {
    await pool.query("INSERT INTO inbox (key, body) VALUES ($1, $2) ON CONFLICT DO NOTHING", [
      idempotencyKey(event),
      Buffer.from(event.raw),
    ]);
  },
  setAside: setAsideInFolder(env.SET_ASIDE_FOLDER ?? "set-aside"),
});

const app = express();
app.all("/webhooks/overten", webhookHandler(receiver)); // in front of whatever parses bodies
app.use(express.json());
app.get("/health", (request, response) =>
  response.status(receiver.problem ? 503 : 200).json({ ok: !receiver.problem }),
);

const server = app.listen(Number(env.PORT ?? 8080), env.HOST ?? "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/webhooks/overten`);
});

process.once("SIGTERM", () => {
  server.close(async () => {
    await receiver.idle();
    await pool.end();
  });
});
