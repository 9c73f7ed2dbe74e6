// Requests per second of the shipped Worker and of a hand-written JavaScript one, in turns, in the same workerd:
//
//     make bench-worker
//
// Each accepted delivery is of a run of its own, so it meets a fresh ledger object and ends in the queue; each forged one
// ends at the MAC. The client is the same for both, and on two cores it takes a share of each number.

import http from "node:http";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { COMPATIBILITY_DATE, OTHER_SECRET, SECRET, WORKER, completed, modules_in, signed } from "../tests/harness.mjs";

const REQUESTS = 2_000;
const AT_ONCE = 16;
const ROUNDS = 3;
const BODY_BYTES = 1024;

const CONSUMER = `export default { async queue() {} };`;

async function start() {
  const worker = (name, modules) => ({
    name,
    compatibilityDate: COMPATIBILITY_DATE,
    modules,
    modulesRoot: WORKER,
    bindings: { OVERTEN_WEBHOOK_SECRETS: SECRET },
    durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } },
    queueProducers: { DELIVERIES: { queueName: name } },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  });
  const peer_file = path.join(WORKER, "bench/peer.mjs");
  const miniflare = new Miniflare(convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    handleStructuredLogs() {},
    workers: [
      worker("ours", await modules_in(WORKER, "build/index.js", "build/index_bg.wasm")),
      worker("peer", [{ type: "ESModule", path: peer_file, contents: await readFile(peer_file) }]),
      {
        name: "consumer",
        compatibilityDate: COMPATIBILITY_DATE,
        modules: [{ type: "ESModule", path: path.join(WORKER, "bench/consumer.mjs"), contents: CONSUMER }],
        modulesRoot: WORKER,
        queueConsumers: { ours: { maxBatchSize: 100 }, peer: { maxBatchSize: 100 } },
      },
    ],
  }));
  await miniflare.ready;
  return miniflare;
}

function body_of(run_id) {
  const shell = completed(run_id, { task_id: "task_01", format: "excel", status: "completed", summary: "" });
  return shell.replace('"summary":""', `"summary":"${"x".repeat(BODY_BYTES - shell.length)}"`);
}

/** Requests made before the clock starts, so that signing them is not measured. */
function deliveries(label, secret) {
  const timestamp = Math.floor(Date.now() / 1000);
  return Array.from({ length: REQUESTS }, (_, at) => {
    const body = body_of(`${label}_${at}`);
    return { body, headers: Object.fromEntries(signed(body, { secret, timestamp })) };
  });
}

async function per_second(url, requests, expected) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const queue = requests.values();
  const started = performance.now();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const { body, headers } of queue) {
      const status = await post(url, agent, body, headers);
      if (status !== expected) throw new Error(`${url}: ${status} instead of ${expected}`);
    }
  }));
  const seconds = (performance.now() - started) / 1000;
  agent.destroy();
  return requests.length / seconds;
}

function post(url, agent, body, headers) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: "POST", agent, headers: { ...headers, "Content-Length": Buffer.byteLength(body) } }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode));
    });
    request.on("error", reject).end(body);
  });
}

const miniflare = await start();
const rates = {};
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [kind, secret, expected] of [["accepted", SECRET, 200], ["forged", OTHER_SECRET, 401]]) {
    for (const name of ["ours", "peer"]) {
      const url = new URL("/webhooks/overten", await miniflare.unsafeGetDirectURL(name));
      const rate = await per_second(url, deliveries(`${kind}_${round}`, secret), expected);
      (rates[`${kind} ${name}`] ??= []).push(rate);
    }
  }
}
await miniflare.dispose();

console.log(`requests per second, ${BODY_BYTES} bytes each, ${AT_ONCE} at once, the best of ${ROUNDS} rounds of ${REQUESTS}`);
for (const kind of ["accepted", "forged"]) {
  const [ours, peer] = ["ours", "peer"].map((name) => Math.round(Math.max(...rates[`${kind} ${name}`])));
  console.log(`${kind.padEnd(9)} ours ${String(ours).padStart(6)}   hand-written JavaScript ${String(peer).padStart(6)}`);
}
