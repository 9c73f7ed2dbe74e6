// What can be checked of a deployment without an account: configuration, bundle, bindings, types.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import Ajv from "ajv";
import { experimental_readRawConfig } from "wrangler";
import { ROOT, temporary_folder } from "./harness.mjs";

const CONFIGURATIONS = {
  "wasm/worker/wrangler.toml": ["DELIVERIES", "LEDGER"],
  "wasm/forwarder/wrangler.toml": ["LEDGER"],
  "wasm/forwarder/put_back.toml": ["PUT_BACK"],
  "wasm/worker/example/wrangler.toml": ["DELIVERIES", "LEDGER"],
};

const schema = JSON.parse(await readFile(path.join(ROOT, "node_modules/wrangler/config-schema.json"), "utf8"));
const fits = new Ajv({ strict: false, allErrors: true }).compile({ ...schema, $ref: "#/definitions/RawConfig" });

for (const [config, bindings] of Object.entries(CONFIGURATIONS)) {
  test(`${config} fits wrangler's own schema`, () => {
    const { rawConfig } = experimental_readRawConfig({ config: path.join(ROOT, config) });
    assert.ok(fits(rawConfig), JSON.stringify(fits.errors, null, 1));
    assert.ok(!fits({ ...rawConfig, durable_object: {} }), "an unknown field, of which wrangler would only warn");
  });

  test(`${config} deploys as far as that goes without an account`, async (t) => {
    const folder = await temporary_folder(t);
    const said = await wrangler("deploy", "--dry-run", "--outdir", folder, "--config", config);
    for (const binding of bindings) assert.match(said, new RegExp(`env\\.${binding}\\b`));
    assert.doesNotMatch(said, /WARNING/);
    const types = path.join(folder, "worker.d.ts");
    await wrangler("types", types, "--config", config, "--include-runtime=false");
    const text = await readFile(types, "utf8");
    for (const binding of bindings) assert.match(text, new RegExp(`${binding}: `));
  });
}

test("each configuration logs, and has no invocation's log, which would hold a signature whole", () => {
  for (const config of Object.keys(CONFIGURATIONS)) {
    const { rawConfig: { observability } } = experimental_readRawConfig({ config: path.join(ROOT, config) });
    assert.deepEqual(structuredClone(observability), { enabled: true, logs: { enabled: true, invocation_logs: false } }, config);
  }
});

test("a bundle exports what the platform calls, its wasm what the bundle calls, and no more", async () => {
  const exported = { "wasm/worker": ["Ledger", "default"], "wasm/forwarder": ["default"], "wasm/worker/example": ["Ledger", "default"] };
  for (const [folder, names] of Object.entries(exported)) {
    const bundle = await readFile(path.join(ROOT, folder, "build/index.js"), "utf8");
    const [, list] = /export\{([^}]*)\};?\s*$/.exec(bundle);
    assert.deepEqual(list.split(",").map((each) => each.split(" as ").at(-1)).sort(), names, folder);
    assert.doesNotMatch(bundle, /(?<!\.)\bqueueMicrotask\b/, "the platform's is slow");
    const wasm = await WebAssembly.compile(await readFile(path.join(ROOT, folder, "build/index_bg.wasm")));
    for (const { name } of WebAssembly.Module.exports(wasm)) assert.ok(bundle.includes(`.${name}`), `${folder}: ${name}`);
  }
});

test("no configuration, and no bundle, holds a secret or the tests' entry", async () => {
  for (const config of Object.keys(CONFIGURATIONS)) {
    const bundle = await readFile(path.join(ROOT, path.dirname(config), "build/index.js"), "utf8");
    for (const text of [await readFile(path.join(ROOT, config), "utf8"), bundle]) assert.doesNotMatch(text, /whsec_|__test/);
  }
});

async function wrangler(...args) {
  const program = path.join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const env = { ...process.env, NO_COLOR: "1", CI: "1", WRANGLER_SEND_METRICS: "false" };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], { cwd: ROOT, env });
  return stdout + stderr;
}
