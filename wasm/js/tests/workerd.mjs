// A Worker in workerd, made as a user makes one: its modules and the package's in one bundle, the wasm a module beside
// it.

import { build } from "esbuild";
import { existsSync, statfsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";

// Where Miniflare keeps the ledgers: a new object waits tens of milliseconds for a disk, and hardly at all for memory.
const IN_MEMORY = "/dev/shm";
if (existsSync(IN_MEMORY) && free_bytes(IN_MEMORY) > 2 ** 30) process.env.TMPDIR = IN_MEMORY;

const HERE = path.dirname(fileURLToPath(import.meta.url));
export const COMPATIBILITY_DATE = "2026-11-01";

/** The Worker's modules: those of the bundle of `entry`, and its wasm. */
export async function bundled(entry, conditions = ["workerd", "worker"]) {
  const folder = await mkdtemp(path.join(HERE, ".bundle-"));
  try {
    await build({
      entryPoints: [path.join(HERE, entry)],
      bundle: true,
      format: "esm",
      outdir: folder,
      entryNames: "index",
      logLevel: "error",
      conditions,
      external: ["cloudflare:*", "node:*"],
      loader: { ".wasm": "copy" },
      target: "esnext",
    });
    const names = await readdir(folder);
    // The first one is the Worker.
    names.sort((a, b) => Number(a !== "index.js") - Number(b !== "index.js"));
    return await Promise.all(
      names.map(async (name) => ({
        type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
        path: path.join(HERE, name),
        contents: await readFile(path.join(folder, name)),
      })),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Starts a Worker, whose lines come to `lines`: how to reach it, and what stops it. */
export async function started(entry, { conditions, ...options } = {}) {
  const lines = [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        {
          name: "worker",
          compatibilityDate: COMPATIBILITY_DATE,
          modules: await bundled(entry, conditions),
          modulesRoot: HERE,
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
          ...options,
        },
      ],
      handleStructuredLogs: ({ message }) => lines.push(message),
    }),
  );
  await miniflare.ready;
  const url = await miniflare.unsafeGetDirectURL("worker");
  return { url, lines, miniflare, stop: () => miniflare.dispose() };
}

function free_bytes(folder) {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
