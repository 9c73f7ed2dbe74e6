// The stores: the suite that is shipped, a real Redis, a real Postgres, and what the suite must catch.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import pg from "pg";
import { createClient } from "redis";
import { judge, Receiver, sign } from "overten-webhook";
import { MemoryStore } from "overten-webhook/stores/memory";
import { PostgresStore } from "overten-webhook/stores/postgres";
import { RedisStore } from "overten-webhook/stores/redis";
import { checkStore } from "overten-webhook/testing";
import { postgres_server, redis_server } from "./servers.mjs";

const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NOW = 1_760_000_000;
const TIMES = { now: NOW, leaseSeconds: 60, retentionSeconds: 604_800 };

let redis;
let pool;
let servers;
let made = 0;

before(async () => {
  servers = { redis: await redis_server(), postgres: await postgres_server() };
  redis = createClient({ socket: { path: servers.redis.socket } });
  await redis.connect();
  pool = new pg.Pool({ ...servers.postgres.reached, max: 60 });
});
after(async () => {
  redis.destroy();
  await pool.end();
  await servers.redis.stop();
  await servers.postgres.stop();
});

const KINDS = {
  MemoryStore: async () => new MemoryStore(),
  RedisStore: async () => new RedisStore(redis, { prefix: `${(made += 1)}:` }),
  PostgresStore: async () => {
    const store = new PostgresStore(pool, { table: `ledger_${(made += 1)}` });
    await store.createTable();
    return store;
  },
};

for (const [name, make] of Object.entries(KINDS)) {
  describe(name, () => {
    test("does what a receiver relies on", () => checkStore(make));

    test("makes one of fifty equal deliveries new", async () => {
      const store = await make();
      let handled = 0;
      const body = new TextEncoder().encode('{"event":"run.completed","run_id":"run_50"}');
      const settings = { secrets: SECRET, store, log() {}, setAside() {}, handler: async () => void (handled += 1) };
      // Two receivers, as two processes have them.
      const receivers = [new Receiver(settings), new Receiver(settings)];
      const request = () => new Request("http://127.0.0.1/", { method: "POST", headers: sign(body, SECRET), body });
      const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => receivers[at % 2].receive(request())));
      const words = await Promise.all(answers.map(async (answer) => Object.values(await answer.json())[0]));
      assert.equal(handled, 1);
      assert.equal(words.filter((word) => word === "accepted").length, 1);
      assert.ok(
        words.every((word) => ["accepted", "in_flight", "duplicate"].includes(word)),
        words.join(),
      );
    });
  });
}

test("Postgres is a store over what gives rows alone, as PGlite does", async () => {
  await checkStore(async () => {
    const rows_alone = { query: async (...given) => ({ rows: (await pool.query(...given)).rows }) };
    const store = new PostgresStore(rows_alone, { table: `rows_${(made += 1)}` });
    await store.createTable();
    return store;
  });
});

test("a full memory forgets its oldest committed key, says so once, and never drops a claim", () => {
  const said = [];
  const store = new MemoryStore({ maxKeys: 2, log: (text) => said.push(text) });
  for (const key of ["a", "b", "c"]) {
    assert.equal(store.claim(key, { token: key, ...TIMES }), "new");
    store.commit(key, { token: key, now: NOW, retentionSeconds: 604_800 });
  }
  assert.equal(store.claim("a", { token: "d", ...TIMES }), "new", "the oldest is forgotten");
  assert.equal(store.claim("c", { token: "e", ...TIMES }), "duplicate");
  assert.equal(store.claim("f", { token: "f", ...TIMES }), "new");
  assert.throws(() => store.claim("g", { token: "g", ...TIMES }), /in flight; raise maxKeys/);
  assert.equal(said.length, 1);
});

test("an option that another piece of code put on Object.prototype is none of a store's", (test) => {
  const polluted = { maxKeys: 0, prefix: "stolen:", table: "no such table" };
  test.after(() => Object.keys(polluted).forEach((name) => delete Object.prototype[name]));
  Object.assign(Object.prototype, polluted);
  const client = { async eval(_, { keys }) { return keys[0]; } };
  new MemoryStore();
  assert.match(new PostgresStore({ query() {} }).schema, /"overten_webhook_ledger"/);
  return new RedisStore(client).claim("key", { token: "", now: 0, leaseSeconds: 1, retentionSeconds: 1 }).then((key) => assert.equal(key, "overten-webhook:key"));
});

test("the suite finds a store that looks first and writes afterwards, and one that renews", async () => {
  /** As RECEIVING.md has a store over a database, but others see the row between its two halves. */
  class Racing {
    durable = true;
    rows = new Map();

    async claim(key, { token, now, leaseSeconds, retentionSeconds }) {
      const row = this.rows.get(key);
      await new Promise(setImmediate);
      const is_mine = row === undefined || row.token === token;
      const { at, committed } = row ?? {};
      const state = is_mine ? "new" : judge(at, { committed, now, leaseSeconds, retentionSeconds });
      if (state === "new") this.rows.set(key, { token, committed: false, at: now });
      return state;
    }

    commit(key, { token, now }) {
      const row = this.rows.get(key);
      if (!row?.committed) this.rows.set(key, { token, committed: true, at: now });
      return row?.token === token;
    }

    release(key, { token }) {
      const row = this.rows.get(key);
      if (row?.token === token && !row.committed) this.rows.delete(key);
    }
  }
  class Renewing extends Racing {
    commit(key, { token, now }) {
      const held = this.rows.get(key)?.token === token;
      this.rows.set(key, { token: this.rows.get(key)?.token ?? token, committed: true, at: now });
      return held;
    }
  }
  await assert.rejects(
    checkStore(() => new Racing()),
    /^Error: \d+ claims .*at the same moment|beside a release/,
  );
  await assert.rejects(
    checkStore(() => new Renewing()),
    /counted from the first commit/,
  );
});

test("Redis holds what the Python package holds: the same scripts, the same names", async () => {
  const python = await readFile(
    new URL("../../../python/pysrc/overten_webhook/stores/redis.py", import.meta.url),
    "utf8",
  );
  const scripts = (text, quotes) =>
    [...text.matchAll(new RegExp(`(?:= |: Final = )${quotes}\\n(local [^]*?)${quotes}`, "g"))].map((found) => found[1]);
  const javascript = await readFile(new URL("../js/stores/redis.js", import.meta.url), "utf8");
  assert.equal(scripts(python, '"""').length, 3);
  assert.deepEqual(scripts(javascript, "`"), scripts(python, '"""'));
  assert.equal(/prefix: str = ("[^"]+")/.exec(python)[1], /prefix = ("[^"]+")/.exec(javascript)[1]);
});

test("a Redis that hangs is given up in time, with the time-outs that are documented", async () => {
  const own = await redis_server();
  const client = createClient({
    socket: { path: own.socket, connectTimeout: 3000, socketTimeout: 3000 },
    disableOfflineQueue: true,
  });
  client.on("error", () => {});
  await client.connect();
  own.hang(true);
  const { said, seconds } = await answered_over(new RedisStore(client));
  own.hang(false);
  assert.equal(said, "503 unavailable");
  assert.ok(seconds < 9, `after ${seconds} s`);
  client.destroy();
  await own.stop();
});

test("a Postgres that hangs is given up in time, with the time-outs that are documented", async () => {
  const impatient = new pg.Pool({ ...servers.postgres.reached, connectionTimeoutMillis: 3000, query_timeout: 3000 });
  const store = new PostgresStore(impatient, { table: "hangs" });
  await store.createTable();
  const blocking = await pool.connect();
  await blocking.query("BEGIN; LOCK TABLE hangs");
  const { said, seconds } = await answered_over(store);
  await blocking.query("ROLLBACK");
  blocking.release();
  assert.equal(said, "503 unavailable");
  assert.ok(seconds < 9, `after ${seconds} s`);
  await impatient.end();
});

/** What a receiver over the store answers to one delivery, and after how long. */
async function answered_over(store) {
  const receiver = new Receiver({ secrets: SECRET, store, log() {}, setAside() {}, handler() {} });
  const body = new TextEncoder().encode('{"event":"run.completed","run_id":"run_hangs"}');
  const began = performance.now();
  const answer = await receiver.receive(
    new Request("http://127.0.0.1/", { method: "POST", headers: sign(body, SECRET), body }),
  );
  const said = `${answer.status} ${Object.values(await answer.json())[0]}`;
  return { said, seconds: (performance.now() - began) / 1000 };
}

test("Redis keeps a key however long it is to be kept", async () => {
  const store = new RedisStore(redis, { prefix: "long:" });
  const long = { leaseSeconds: Number.MAX_SAFE_INTEGER, retentionSeconds: Number.MAX_SAFE_INTEGER };
  assert.equal(await store.claim("a", { token: "a", now: NOW, ...long }), "new");
  assert.equal(await store.commit("a", { token: "a", now: NOW, ...long }), true);
  assert.equal(await store.claim("a", { token: "b", now: NOW, ...long }), "duplicate");
  assert.ok((await redis.ttl("long:a")) > 1_000_000_000);
});

test("a client that takes eval in another form is refused when the store is made, with what to do", async () => {
  const other = { defineCommand() {}, eval: (script, count, ...rest) => redis.eval(script, { keys: rest.slice(0, count), arguments: rest.slice(count) }) };
  assert.throws(() => new RedisStore(other), /ioredis.*wrap it/);
  const wrapped = { eval: (script, { keys, arguments: values }) => other.eval(script, keys.length, ...keys, ...values) };
  await checkStore(async () => new RedisStore(wrapped, { prefix: `${(made += 1)}:` }));
});

test("Redis forgets a key by itself, later than it counts", async () => {
  const store = new RedisStore(redis, { prefix: "forgets:" });
  await store.claim("a", { token: "a", ...TIMES });
  assert.equal(await redis.ttl("forgets:a"), 120);
  await store.commit("a", { token: "a", now: NOW, retentionSeconds: 1000 });
  assert.equal(await redis.ttl("forgets:a"), 2000);
});

test("Postgres forgets what is long over when something else is committed", async () => {
  const store = new PostgresStore(pool, { table: "forgets" });
  await store.createTable();
  await store.createTable(); // a second start finds it there
  await store.claim("old", { token: "a", ...TIMES });
  await store.commit("old", { token: "a", now: NOW, retentionSeconds: 1000 });
  const {
    rows: [{ left }],
  } = await pool.query("SELECT extract(epoch FROM forget_at - now()) AS left FROM forgets");
  assert.ok(left > 1900 && left <= 2000, `in ${left} s`);
  await pool.query("UPDATE forgets SET forget_at = now() - interval '1 second'");
  await store.claim("young", { token: "b", ...TIMES });
  await store.commit("young", { token: "b", now: NOW, retentionSeconds: Number.MAX_SAFE_INTEGER });
  assert.deepEqual((await pool.query("SELECT key FROM forgets")).rows, [{ key: "young" }]);
});

test("Postgres has its table made by many processes at once", async () => {
  for (let round = 0; round < 5; round += 1) {
    const store = new PostgresStore(pool, { table: `at_once_${round}` });
    await Promise.all(Array.from({ length: 20 }, () => store.createTable()));
    assert.equal(await store.claim("a", { token: "a", ...TIMES }), "new");
  }
});

test("a table has its index however long its name is, and each one its own", async () => {
  const tables = [53, 54, 62, 63].map((length) => "t".repeat(length)).concat(`${"t".repeat(62)}u`);
  for (const table of tables) {
    await new PostgresStore(pool, { table }).createTable();
    const { rows } = await pool.query("SELECT indexdef FROM pg_indexes WHERE tablename = $1", [table]);
    assert.equal(rows.filter(({ indexdef }) => indexdef.includes("(forget_at)")).length, 1, `${table.length}`);
  }
});

test("Postgres takes claims whatever its isolation level is", async () => {
  const strict = new pg.Pool({ ...pool.options, max: 20, options: "-c default_transaction_isolation=serializable" });
  const store = new PostgresStore(strict, { table: "strict" });
  await store.createTable();
  const claims = Array.from({ length: 50 }, (_, at) => store.claim("a", { token: `token ${at}`, ...TIMES }));
  const given = await Promise.allSettled(claims);
  assert.equal(given.filter(({ value }) => value === "new").length, 1);
  const failed = given.filter(({ status }) => status === "rejected");
  assert.deepEqual(
    failed.map(({ reason }) => reason.message),
    [],
  );
  await strict.end();
});

test("a table of another schema is reached, and no name is taken that is a statement", async () => {
  await pool.query("CREATE SCHEMA hooks");
  const store = new PostgresStore(pool, { table: "hooks.ledger" });
  await store.createTable();
  assert.equal(await store.claim("a", { token: "a", ...TIMES }), "new");
  for (const table of ["a; DROP TABLE b", 'a"b', "A", "", "a.b.c"]) {
    assert.throws(() => new PostgresStore(pool, { table }), TypeError, table);
  }
});
