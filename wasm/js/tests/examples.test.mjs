// The examples, as a user starts them, by real requests.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { createClient } from "redis";
import { readStored } from "overten-webhook";
import { PostgresStore } from "overten-webhook/stores/postgres";
import { check_server, completed, post, SECRET, signed } from "./deliveries.mjs";
import { started } from "./programs.mjs";
import { drop_connections, postgres_server, redis_server } from "./servers.mjs";
import { started as started_worker } from "./workerd.mjs";

const EXAMPLES = fileURLToPath(new URL("../examples/", import.meta.url));
const NEXT = fileURLToPath(new URL("../../node_modules/next/dist/bin/next", import.meta.url));

let servers;
let folder;
let database;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "overten-"));
  servers = { redis: await redis_server(), postgres: await postgres_server() };
  const { host, user, database: name } = servers.postgres.reached;
  database = { PGHOST: host, PGUSER: user, PGDATABASE: name };
});
after(async () => {
  await servers.redis.stop();
  await servers.postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Starts an example as a user does. */
function program(test, example, given, variables) {
  const env = {
    OVERTEN_WEBHOOK_SECRETS: SECRET,
    PORT: "0",
    SET_ASIDE_FOLDER: path.join(folder, example),
    ...variables,
  };
  return started(test, path.join(EXAMPLES, example), given, env);
}

/** Where the database has dropped its idle connections it still answers, with 503 at first, and soon takes deliveries. */
async function outlives_its_connections({ url }) {
  assert.ok((await drop_connections(servers.postgres.reached)) > 0);
  const body = completed("run_dropped");
  while ((await post(url, { body })).status !== 200) await new Promise(setImmediate);
}

/** What is common to all: every kind of request, a body that cannot be read, health. */
async function check_example({ url }, example, { other_path } = {}) {
  await check_server(url, { other_path });
  const unreadable = Buffer.from('{"event":"run.completed"}');
  const answer = await post(url, { body: unreadable });
  assert.equal(answer.body, '{"status":"quarantined"}');
  const [name] = await readdir(path.join(folder, example));
  assert.match(name, /^[0-9a-f]{64}\.json$/);
  const kept = JSON.parse(await readFile(path.join(folder, example, name), "utf8"));
  assert.deepEqual([kept.code, kept.body, kept.secret], ["quarantined", unreadable.toString(), "secret-0"]);
}

test("Express with Postgres", async (test) => {
  const example = await program(test, "express", ["server.js"], database);
  await check_example(example, "express");
  assert.deepEqual(await (await fetch(`${example.url}/health`)).json(), { ok: true });
  const pool = new pg.Pool(servers.postgres.reached);
  const {
    rows: [{ body }],
  } = await pool.query("SELECT body FROM inbox WHERE key = 'run.completed:run_first'");
  assert.equal(readStored(body).runId, "run_first");
  await pool.end();
  await outlives_its_connections(example);
  assert.equal(await example.stop(), 0);
});

test("Fastify with Redis", async (test) => {
  const example = await program(test, "fastify", ["server.js"], { REDIS_URL: `unix://${servers.redis.socket}` });
  await check_example(example, "fastify");
  assert.deepEqual(await (await fetch(`${example.url}/health`)).json(), { ok: true });
  const redis = createClient({ socket: { path: servers.redis.socket } });
  await redis.connect();
  const [{ message }] = await redis.xRange("overten:events", "-", "+", { COUNT: 1 });
  assert.equal(message.key, "run.completed:run_first");
  assert.equal(readStored(Buffer.from(message.body)).runId, "run_first");
  redis.destroy();
  assert.equal(await example.stop(), 0);
});

test("Next.js with Postgres", async (test) => {
  const pool = new pg.Pool({ ...servers.postgres.reached, options: "-c search_path=next" });
  await pool.query("CREATE SCHEMA next");
  const schema = await readFile(path.join(EXAMPLES, "next/schema.sql"), "utf8");
  assert.ok(schema.endsWith(`\n${new PostgresStore(pool).schema}\n`), "the migration is the store's own");
  await pool.query(schema);
  const variables = { ...database, PGOPTIONS: "-c search_path=next", NEXT_TELEMETRY_DISABLED: "1" };
  const built = spawnSync(process.execPath, [NEXT, "build"], {
    cwd: path.join(EXAMPLES, "next"),
    env: { ...process.env, ...variables },
    encoding: "utf8",
  });
  assert.equal(built.status, 0, built.stdout + built.stderr);
  const example = await program(test, "next", [NEXT, "start", "--port", "0", "--hostname", "127.0.0.1"], variables);
  await check_example(example, "next");
  const {
    rows: [{ body }],
  } = await pool.query("SELECT body FROM inbox WHERE key = 'run.completed:run_first'");
  assert.equal(readStored(body).runId, "run_first");
  await pool.end();
  await outlives_its_connections(example);
});

test("a Hono Worker with a queue", async (test) => {
  const example = await started_worker("../examples/hono-worker/src/index.js", {
    bindings: { OVERTEN_WEBHOOK_SECRETS: `subscription:${SECRET}` },
    durableObjects: { LEDGER: { className: "OvertenLedger", useSQLite: true } },
    queueProducers: { EVENTS: { queueName: "events" } },
    queueConsumers: { events: { maxBatchSize: 1, maxBatchTimeout: 0 } },
    r2Buckets: ["SET_ASIDE"],
  });
  test.after(() => example.stop());
  await check_server(example.url);
  assert.deepEqual(await (await fetch(new URL("/health", example.url))).json(), { ok: true });
  const failed = Buffer.from('{"event":"run.failed","run_id":"run_x","error":{"code":"c","message":"no paper"}}');
  assert.equal((await post(example.url, { body: failed, headers: signed(failed) })).status, 200);
  const handled = (text) => example.lines.some((line) => line.includes(text));
  while (!handled("fetch the document of run_first") || !handled("run_x failed: no paper"))
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(
    example.lines.some((line) => line.startsWith('{"code":"accepted"') && line.includes('"secret":"subscription"')),
  );

  const large = completed("run_large", { message: "x".repeat(130_000) });
  const unreadable = Buffer.from("[]");
  for (const body of [large, unreadable]) assert.equal((await post(example.url, { body })).status, 200);
  const bucket = await example.miniflare.getR2Bucket("SET_ASIDE", "worker");
  const { objects } = await bucket.list();
  const kept = await Promise.all(objects.map(async ({ key }) => (await bucket.get(key)).json()));
  assert.deepEqual(kept.map(({ code }) => code).sort(), ["permanent_failure", "quarantined"]);
});
