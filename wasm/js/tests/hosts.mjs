// The programs that the package is tried in: what they are called by, and how a script runs in each.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright-core";

export const HERE = path.dirname(fileURLToPath(import.meta.url));
const MODULES = path.join(HERE, "node_modules");
const CPU = process.arch === "x64" ? "x64" : "arm64";

/** Each host's command, which `setup.py js` has installed. */
export const HOSTS = {
  "the newest Node": [process.execPath],
  "Node 20": [path.join(MODULES, `node20-linux-${CPU}/bin/node`)],
  Deno: [path.join(MODULES, `@deno/linux-${CPU}-glibc/deno`), "run", "--allow-read", "--allow-env", "--no-prompt"],
  Bun: [path.join(MODULES, `@oven/bun-linux-${CPU === "x64" ? "x64" : "aarch64"}/bin/bun`)],
};

/** What a script of this folder prints in a host. */
export function printed(host, script, ...given) {
  const [program, ...options] = HOSTS[host];
  if (!existsSync(program)) throw new Error(`${host} is missing at ${program}: run python3 tools/setup.py js`);
  const { status, stdout, stderr } = spawnSync(program, [...options, path.join(HERE, script), ...given], { encoding: "utf8", maxBuffer: 1e8 });
  if (status !== 0) throw new Error(`${script} failed in ${host}:\n${stdout}${stderr}`);
  return stdout;
}

/** What `work` makes of a page of Chromium, in which the module `entry` has run. */
export async function in_chromium(entry, work) {
  const { outputFiles } = await build({ entryPoints: [path.join(HERE, entry)], bundle: true, format: "esm", write: false, logLevel: "error" });
  const setup = path.join(HERE, "../../page/setup");
  const executablePath = execFileSync(setup, ["--browser"], { encoding: "utf8" }).trim();
  const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: outputFiles[0].text, type: "module" });
    return await work(page);
  } finally {
    await browser.close();
  }
}
