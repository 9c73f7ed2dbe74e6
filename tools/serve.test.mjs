// `make serve` and `make send`, as a person uses them.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { Inbox } from "../wasm/worker/tests/inbox.mjs";
import { temporary_folder } from "../wasm/worker/tests/harness.mjs";
import { ROOT } from "./local.mjs";
import { STATE_FILE } from "./send.mjs";

const STARTS_WITHIN_MS = 300_000;
const tool = (name) => path.join(ROOT, "tools", name);

test("what is served is said, can be sent to, shows what came of it, and ends without a trace", async (t) => {
  const said = new Inbox();
  const serve = spawn(process.execPath, [tool("serve.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => serve.kill("SIGTERM"));
  const ended = once(serve, "exit");
  createInterface({ input: serve.stdout }).on("line", (line) => said.push(line));
  await said.take((line) => line.includes("Ctrl-C"), STARTS_WITHIN_MS);
  assert.ok(said.drain().some((line) => line.endsWith("make send BODY=delivery.json")));
  assert.equal((await stat(STATE_FILE)).mode & 0o777, 0o600, "the secrets are for this account alone");

  assert.deepEqual(await send(), { code: 0, said: 'send: 200 {"status":"accepted"}\n' });
  await said.take((line) => /^serve: log \{"code":"accepted",.*"secret":"subscription"/.test(line));
  await said.take((line) => /^serve: the origin received run\.completed:run_/.test(line));

  const file = path.join(await temporary_folder(t), "delivery.json");
  await writeFile(file, '{"event":"run.failed","run_id":"from_a_file"}\n\n');
  assert.deepEqual(await send(file), { code: 0, said: 'send: 200 {"status":"accepted"}\n' });
  await said.take((line) => line.startsWith("serve: the origin received run.failed:from_a_file"));

  serve.kill("SIGINT");
  assert.deepEqual(await ended, [0, null]);
  await assert.rejects(access(STATE_FILE));
  const nobody = await send();
  assert.equal(nobody.code, 1);
  assert.match(nobody.said, /run `make serve` in another terminal first/);
});

/** What `make send` runs: its exit code, and what it said. */
function send(...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [tool("send.mjs"), ...args], (error, stdout, stderr) => resolve({ code: error?.code ?? 0, said: stdout + stderr }));
  });
}
