// The whole route on this machine: the Worker and the forwarder under `wrangler dev`, and the origin they deliver to.

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
export const WEBHOOK_PATH = "/webhooks/overten";
const RECEIVER = path.join(ROOT, "wasm/worker/wrangler.toml");
const FORWARDER = path.join(ROOT, "wasm/forwarder/wrangler.toml");
const READY_WITHIN_MS = 300_000; // wrangler builds both Workers first
const SAY_EVERY_MS = 5_000;

/** Secrets as Overten issues them, made for this run alone. */
export function throw_away_secrets() {
  const secret = () => `whsec_${randomBytes(32).toString("base64")}`;
  return { subscription: secret(), organisation: secret() };
}

/**
 * Start it all on free ports of 127.0.0.1. `on_delivery` is called with { key, quarantined, body } for what reaches the
 * origin, `on_output` with each line that wrangler prints. The secrets travel in a file only this account can read.
 */
export async function start({ secrets, on_delivery, on_output = () => {} }) {
  const folder = await mkdtemp(path.join(tmpdir(), "overten-local-"));
  const origin = await start_origin(on_delivery);
  const lines = Object.entries(secrets).map(([label, secret]) => `${label}:${secret}`);
  const env_file = path.join(folder, "secrets.env");
  await writeFile(env_file, `OVERTEN_WEBHOOK_SECRETS="${lines.join("\\n")}"\n`, { mode: 0o600 });
  const forwarder = path.join(folder, "forwarder.toml");
  await writeFile(forwarder, await forwarder_to(`http://127.0.0.1:${origin.address().port}/`));

  const wrangler = spawn(process.execPath, [
    path.join(ROOT, "node_modules/wrangler/bin/wrangler.js"), "dev", "--config", RECEIVER, "--config", forwarder,
    "--env-file", env_file, "--persist-to", path.join(folder, "state"),
    "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0", "--show-interactive-dev-session=false",
  ], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1", WRANGLER_SEND_METRICS: "false", CI: "1" } });

  const stop = async () => {
    if (wrangler.exitCode === null && wrangler.signalCode === null) {
      wrangler.kill("SIGTERM");
      await once(wrangler, "exit");
    }
    origin.close();
    origin.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { url: new URL(WEBHOOK_PATH, await ready(wrangler, on_output)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for the work, with a line now and then that says what it is. */
export async function saying(what, work) {
  const began = Date.now();
  const voice = setInterval(() => console.log(`${what()} (${Math.round((Date.now() - began) / 1000)} s)`), SAY_EVERY_MS);
  try {
    return await work;
  } finally {
    clearInterval(voice);
  }
}

/** The forwarder's configuration with an origin: wrangler gives the variables of its command line to the first Worker only. */
async function forwarder_to(origin_url) {
  const shipped = await readFile(FORWARDER, "utf8");
  const absolute = (_, name, relative) => `${name} = ${JSON.stringify(path.join(path.dirname(FORWARDER), relative))}`;
  return `${shipped.replace(/^(main|watch_dir) = "(.*)"$/gm, absolute)}\n[vars]\nORIGIN_URL = ${JSON.stringify(origin_url)}\n`;
}

/** Resolves to where wrangler listens; from then on its output goes to `on_output` only. */
function ready(wrangler, on_output) {
  return new Promise((resolve, reject) => {
    const seen = [];
    const give_up = (why) => reject(new Error(`wrangler dev ${why}; it said:\n${seen.join("\n")}`));
    const timer = setTimeout(give_up, READY_WITHIN_MS, `was not ready after ${READY_WITHIN_MS / 1000} s`);
    wrangler.once("error", (error) => give_up(`did not start (${error.message})`));
    wrangler.once("exit", (code) => give_up(`ended with code ${code}`));
    for (const stream of [wrangler.stdout, wrangler.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        seen.push(line);
        on_output(line);
        const address = /Ready on (http:\/\/\S+)/.exec(line)?.[1];
        if (!address) return;
        clearTimeout(timer);
        resolve(address);
      });
    }
  });
}

async function start_origin(on_delivery) {
  const origin = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    on_delivery({
      key: request.headers["idempotency-key"],
      quarantined: request.headers["x-overten-quarantined"] === "true",
      body: Buffer.concat(chunks),
    });
    response.end();
  });
  origin.listen(0, "127.0.0.1");
  await once(origin, "listening");
  return origin;
}

/** Sign with the core itself: [{ secret, timestamp, body }] to their headers, over standard input. */
export async function sign(requests) {
  const command = ["run", "--quiet", "--locked", "--package", "overten-webhook-tools", "--bin", "sign"];
  const signer = spawn("cargo", command, { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  const ended = once(signer, "exit");
  for (const { secret, timestamp, body } of requests) {
    signer.stdin.write(`${JSON.stringify({ secret, timestamp, body_hex: Buffer.from(body).toString("hex") })}\n`);
  }
  signer.stdin.end();
  const headers = [];
  for await (const line of createInterface({ input: signer.stdout })) headers.push(JSON.parse(line));
  const [code] = await ended;
  if (code !== 0) throw new Error("the signer failed, its output is above");
  return headers;
}
