// A queue and the shipped forwarder behind it, under Miniflare: forwarder.mjs PORT ORIGIN_URL. What is posted to PORT is queued; a GET
// says how many messages the forwarder has not acknowledged yet. It stands for Cloudflare's part, and is not killed.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const MODULES = ["tests/soak/receivers/forwarder_entry.mjs", "wasm/forwarder/build/index.js", "wasm/forwarder/build/index_bg.wasm"];
const [port, origin_url] = process.argv.slice(2);

const modules = await Promise.all(MODULES.map(async (name) => {
  const file = path.join(ROOT, name);
  return { type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: file, contents: await readFile(file) };
}));
const miniflare = new Miniflare(convertV4MiniflareOptions({
  host: "127.0.0.1",
  port: 0,
  workers: [{
    name: "forwarder",
    compatibilityDate: "2026-08-01",
    modules,
    modulesRoot: ROOT,
    bindings: { ORIGIN_URL: origin_url },
    queueProducers: { QUEUE: { queueName: "deliveries" } },
    queueConsumers: { deliveries: { maxBatchSize: 10, maxBatchTimeout: 1, maxRetries: 26 } },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(port) }],
  }],
}));
await miniflare.ready;
