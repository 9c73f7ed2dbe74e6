// `make send`: one signed delivery to what `make serve` runs, byte for byte from the file BODY where it is given.

import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { ROOT, sign } from "./local.mjs";

/** Where `make serve` says where it is and with which secrets; only this account can read it, and it ends with it. */
export const STATE_FILE = path.join(ROOT, "target/serve.json");

async function main(file) {
  const state = await readFile(STATE_FILE, "utf8").catch(() => undefined);
  if (!state) throw new Error("nothing is being served: run `make serve` in another terminal first");
  const { url, secrets } = JSON.parse(state);
  const example = { event: "run.completed", run_id: `run_${randomBytes(4).toString("hex")}`, task_id: "task_01", format: "pdf" };
  const body = file ? await readFile(file) : Buffer.from(JSON.stringify(example));
  const timestamp = Math.floor(Date.now() / 1000);
  const [headers] = await sign([{ secret: secrets.subscription, timestamp, body }]);
  const response = await fetch(url, { method: "POST", headers, body });
  console.log(`send: ${response.status} ${await response.text()}`);
  if (!response.ok) process.exitCode = 1;
}

if (process.argv[1] === import.meta.filename) {
  await main(process.argv[2]).catch((error) => {
    console.error(`send: ${error.message}`);
    process.exitCode = 1;
  });
}
