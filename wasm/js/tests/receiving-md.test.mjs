// Every program of RECEIVING.md, as it stands there.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { completed, new_run, PATH, post, SECRET, signed } from "./deliveries.mjs";
import { started as started_program } from "./programs.mjs";
import { drop_connections, postgres_server, redis_server } from "./servers.mjs";
import { COMPATIBILITY_DATE, started as started_worker } from "./workerd.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const text = await readFile(path.join(HERE, "../RECEIVING.md"), "utf8");
const blocks = [...text.matchAll(/(?:<!-- ([^>]*?) -->\n)?```js\n([^]*?)```/g)].map(([, how, program]) => ({
  how,
  program,
}));

let folder;
let servers;
before(async () => {
  // Below the tests, where what they import is found.
  folder = await mkdtemp(path.join(HERE, ".documented-"));
  servers = { redis: await redis_server(), postgres: await postgres_server() };
  const { host, user, database } = servers.postgres.reached;
  Object.assign(process.env, {
    PGHOST: host,
    PGUSER: user,
    PGDATABASE: database,
    REDIS_URL: `unix://${servers.redis.socket}`,
    OVERTEN_WEBHOOK_SECRETS: SECRET,
  });
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await servers.redis.stop();
  await servers.postgres.stop();
});

const WAYS = {
  async "run: node"(test, file, program) {
    const { url, stop } = await started_program(
      test,
      folder,
      ["--import", pathToFileURL(path.join(HERE, "show-address.mjs")).href, file],
      { PORT: "0" },
    );
    await takes_deliveries(url);
    if (program.includes("pg.Pool")) await outlives_its_connections(url);
    await stop();
  },
  async "run: worker"(test, file) {
    for (const date of [COMPATIBILITY_DATE, oldest_date()]) await runs_as_worker(test, file, date);
  },
  /** In a process of its own, which its connection would keep alive. */
  async "run: lambda"(test, file) {
    const body = completed(new_run());
    const headers = Object.fromEntries(signed(body));
    const requestContext = { http: { method: "POST", path: PATH } };
    const event = {
      version: "2.0",
      rawPath: PATH,
      headers,
      requestContext,
      body: body.toString("base64"),
      isBase64Encoded: true,
    };
    const invoke = `const { handler } = await import(${JSON.stringify(pathToFileURL(file).href)});
      console.log(JSON.stringify(await handler(${JSON.stringify(event)})));
      process.exit();`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", invoke], {
      encoding: "utf8",
      cwd: folder,
    });
    assert.equal(JSON.parse(stdout.trim().split("\n").at(-1)).statusCode, 200, stdout + stderr);
  },
  async "run: import"(test, file) {
    await import(pathToFileURL(file));
  },
};

async function runs_as_worker(test, file, compatibilityDate) {
  const worker = await started_worker(path.relative(HERE, file), {
    compatibilityDate,
    bindings: { OVERTEN_WEBHOOK_SECRETS: SECRET },
    durableObjects: { LEDGER: { className: "OvertenLedger", useSQLite: true } },
    queueProducers: { EVENTS: { queueName: "events" } },
    r2Buckets: ["SET_ASIDE"],
  });
  test.after(() => worker.stop());
  await takes_deliveries(worker.url);
  const long = completed(new_run(), { message: "x".repeat(200_000) });
  assert.equal((await post(worker.url, { body: long })).status, 200, "what no queue takes is set aside");
}

/** The compatibility date from which on it promises to run. */
const oldest_date = () => /compatibility date from (\d{4}-\d\d-\d\d)/.exec(text)[1];

/** Where the database has dropped its idle connections it still answers, with 503 at first, and soon takes deliveries. */
async function outlives_its_connections(url) {
  assert.ok((await drop_connections(servers.postgres.reached)) > 0);
  const body = completed(new_run());
  while ((await post(url, { body })).status !== 200) await new Promise(setImmediate);
}

async function takes_deliveries(url) {
  const body = completed(new_run());
  assert.equal((await post(url, { body })).body, '{"status":"accepted"}');
  assert.equal((await post(url, { body })).body, '{"status":"duplicate"}');
  assert.equal((await post(url, { body: Buffer.from("[]") })).body, '{"status":"quarantined"}');
  assert.equal((await post(url, { path: `${PATH}/` })).status, 200);
}

for (const [at, { how, program }] of blocks.entries()) {
  test(`program ${at + 1} of RECEIVING.md, ${how}`, async (test) => {
    const same_as = /^same as: (.*)/.exec(how ?? "")?.[1];
    if (same_as) return assert.equal(program, await readFile(path.join(HERE, "..", same_as), "utf8"));
    assert.ok(Object.hasOwn(WAYS, how), "each program says how it is run");
    const file = path.join(folder, `${at}.mjs`);
    await writeFile(file, program);
    await WAYS[how](test, file, program);
  });
}

test("the settings, stores and entries that it names are those that there are", async () => {
  const types = await readFile(path.join(HERE, "../js/receiver.d.ts"), "utf8");
  const settings = types.slice(types.indexOf("interface ReceiverSettings"), types.indexOf("/** A request in parts"));
  const there_are = [...settings.matchAll(/^ {2}(\w+)\??:/gm)]
    .map(([, name]) => name)
    .filter((name) => !["handler", "setAside", "store"].includes(name));
  const table = text.slice(text.indexOf("## Settings"));
  assert.deepEqual([...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name).sort(), there_are.sort());
  const { exports } = JSON.parse(await readFile(path.join(HERE, "../package.json"), "utf8"));
  for (const [, entry] of text.matchAll(/"overten-webhook(\/[^"]*)?"/g))
    assert.ok(Object.hasOwn(exports, `.${entry ?? ""}`), entry);
});
