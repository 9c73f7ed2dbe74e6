CREATE TABLE IF NOT EXISTS inbox (key text PRIMARY KEY, body bytea NOT NULL, came_at timestamptz DEFAULT now());

-- What `new PostgresStore(pool).schema` says.
CREATE TABLE IF NOT EXISTS "overten_webhook_ledger" (
  key text PRIMARY KEY,
  token text NOT NULL,
  committed boolean NOT NULL,
  at bigint NOT NULL,
  forget_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS "overten_webhook_ledger_forget_at" ON "overten_webhook_ledger" (forget_at);
