// The shipped Worker under Miniflare: worker.mjs PORT FOLDER QUEUE_URL. Its ledger is kept in FOLDER; its queue is what
// listens at QUEUE_URL, since Miniflare's own loses with workerd what waits in it, as Cloudflare's does not.

import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const MODULES = [
  "tests/soak/receivers/worker_entry.mjs",
  "wasm/worker/tests/memory.mjs",
  "wasm/worker/build/index.js",
  "wasm/worker/build/index_bg.wasm",
];
const [port, folder, queue_url] = process.argv.slice(2);

const modules = await Promise.all(MODULES.map(async (name) => {
  const file = path.join(ROOT, name);
  return { type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: file, contents: await readFile(file) };
}));
const miniflare = new Miniflare(convertV4MiniflareOptions({
  host: "127.0.0.1",
  port: 0,
  resourcePersistencePath: folder,
  workers: [{
    name: "receiver",
    compatibilityDate: "2026-08-01",
    modules,
    modulesRoot: ROOT,
    bindings: { OVERTEN_WEBHOOK_SECRETS: process.env.OVERTEN_WEBHOOK_SECRETS, QUEUE_URL: queue_url },
    durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } },
    // Straight to the Worker: Miniflare's own entry in front of it is not what is tested.
    unsafeDirectSockets: [{ host: "127.0.0.1", port: Number(port) }],
  }],
}));
await miniflare.ready;
