// The shipped Worker beside a hand-written JavaScript one and the runtime itself, in turns in one workerd; prints the
// section of BENCHMARKS.md:
//
//     make bench-worker
//     node wasm/worker/bench/run.mjs forged 1024     only what is named

import { readFile } from "node:fs/promises";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { OTHER_SECRET, SECRET, WORKER, completed, signed } from "../tests/harness.mjs";
import { FILES, Workerd } from "./workerd.mjs";

const AT_ONCE = 8;
const TURNS = 9;
const STARTS = 5;
const AIMED_AT_BYTES = 1024;
const GZIP_KB = 100;
/** By size, how many requests a turn of a kind makes. */
const SIZES = { 256: 160, 1024: 160, 65_536: 60, 1_048_576: 12 };
const KINDS = {
  forged: { secret: OTHER_SECRET, status: 401, is_new: false, of: ["ours", "peer", "empty"] },
  duplicate: { secret: SECRET, status: 200, is_new: false, of: ["ours", "peer"] },
  accepted: { secret: SECRET, status: 200, is_new: true, of: ["ours", "peer"] },
};
const [kinds, sizes] = [Object.keys(KINDS), Object.keys(SIZES)].map((all) => {
  const named = all.filter((name) => process.argv.includes(name));
  return named.length > 0 ? named : all;
});

function body_of(bytes, run_id) {
  const shell = completed(run_id, { task_id: "task_01", format: "excel", status: "completed", summary: "" });
  return Buffer.from(shell.replace('"summary":""', `"summary":"${"x".repeat(bytes - shell.length)}"`));
}

/** Signed before the clock starts. A new delivery is of a run of its own, and so of a ledger object of its own. */
function deliveries(bytes, { secret, is_new }, count, label) {
  const timestamp = Math.floor(Date.now() / 1000);
  const made = (at) => {
    const body = body_of(bytes, `${label}_${at}`);
    return { body, headers: Object.fromEntries(signed(body, { secret, timestamp })) };
  };
  return is_new ? Array.from({ length: count }, (_, at) => made(at)) : new Array(count).fill(made(0));
}

/** How many messages this workerd's queues were given. */
let messages = 0;

/** One turn: processor time per request, requests per second, and how long each took. */
async function turn(workerd, name, kind, requests) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const before_us = workerd.processor_us();
  const began = performance.now();
  const took_ms = [];
  const queue = requests.values();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const request of queue) {
      const sent = performance.now();
      const status = await workerd.post(name, request, agent);
      took_ms.push(performance.now() - sent);
      if (status !== kind.status && name !== "empty") throw new Error(`${name} answered ${status} instead of ${kind.status}`);
    }
  }));
  const seconds = (performance.now() - began) / 1000;
  agent.destroy();
  if (kind.is_new) await workerd.messages((messages += requests.length));
  return { us: (workerd.processor_us() - before_us) / requests.length, per_second: requests.length / seconds, took_ms };
}

/** What the turns of each come to: they alternate, and the first of each only warms up. */
async function measure(workerd, kind_name, bytes) {
  const kind = KINDS[kind_name];
  const turns = {};
  const names = [];
  for (const name of kind.of) {
    if (await takes(workerd, name, kind, bytes)) names.push(name);
  }
  if (!names.includes("ours")) throw new Error(`ours does not take in ${bytes} bytes (${kind_name})`);
  for (let at = 0; at <= TURNS; at += 1) {
    for (const name of names) {
      const label = `${kind_name}_${bytes}_${kind.is_new ? at : ""}`;
      const done = await turn(workerd, name, kind, deliveries(bytes, kind, SIZES[bytes], label));
      if (at > 0) (turns[name] ??= []).push(done);
    }
  }
  return Object.fromEntries(Object.entries(turns).map(([name, done]) => {
    const took_ms = done.flatMap((each) => each.took_ms).sort((a, b) => a - b);
    return [name, {
      us: quantile(done.map(({ us }) => us).sort((a, b) => a - b), 0.5),
      per_second: Math.max(...done.map(({ per_second }) => per_second)),
      p50: quantile(took_ms, 0.5),
      p99: quantile(took_ms, 0.99),
    }];
  }));
}

/** Whether it takes in such a delivery at all; the one that is tried is what duplicates are duplicates of. */
async function takes(workerd, name, kind, bytes) {
  if (kind.secret === OTHER_SECRET) return true;
  const [tried] = deliveries(bytes, kind, 1, `duplicate_${bytes}_${kind.is_new ? "tried" : ""}`);
  const is_taken = (await workerd.post(name, tried)) === kind.status;
  messages += is_taken;
  return is_taken;
}

/** The time from a workerd with this Worker alone to its first answer: processor time and by the clock, in ms, the least of all. */
async function first_answers() {
  const least = {};
  for (let at = 0; at < STARTS; at += 1) {
    for (const name of Object.keys(FILES)) {
      process.stderr.write(`start of ${name}\n`);
      const began = performance.now();
      const workerd = await Workerd.start(name);
      const [forged] = deliveries(AIMED_AT_BYTES, KINDS.forged, 1, "start");
      await workerd.post(name, forged);
      const [processor, clock] = [workerd.processor_us() / 1000, performance.now() - began];
      const before = least[name] ?? { processor, clock };
      least[name] = { processor: Math.min(before.processor, processor), clock: Math.min(before.clock, clock) };
      await workerd.stop();
    }
  }
  return least;
}

async function gzipped(name) {
  const files = await Promise.all(FILES[name].map((file) => readFile(path.join(WORKER, file))));
  return files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).length, 0) / 1000;
}

function quantile(sorted, part) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

function table(head, rows) {
  const lines = [head, head.map((_, at) => (at === 0 ? "---" : "---:")), ...rows];
  return `\n${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}`;
}

function figure(value, digits = 0) {
  return value === undefined ? "–" : value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${bytes / 1024} KiB` : `${bytes / 1024 ** 2} MiB`;
}

function processor_table(kind, measured) {
  const rows = sizes.map((bytes) => {
    const { ours, peer, empty } = measured[kind][bytes];
    return [size(bytes), figure(ours.us), figure(peer?.us), figure(peer && ours.us / peer.us, 2), figure(empty?.us)];
  });
  return table([`${kind}, µs`, "ours", "by hand", "ours / by hand", "empty Worker"], rows);
}

function client_table(kind, measured) {
  const rows = sizes.map((bytes) => {
    const { ours, peer } = measured[kind][bytes];
    const both = (digits, of) => `${figure(of(ours), digits)} / ${figure(peer && of(peer), digits)}`;
    return [size(bytes), both(0, (one) => one.per_second), both(1, (one) => one.p50), both(1, (one) => one.p99)];
  });
  return table([`${kind}, ours / by hand`, "requests a second", "p50, ms", "p99, ms"], rows);
}

function aim(what, asked, reached, is_met) {
  return [what, asked, `${reached}, ${is_met ? "met" : "missed"}`];
}

const require = createRequire(import.meta.url);
const version_of = (name) => require(`${name}/package.json`).version;
const workerd = await Workerd.start(...Object.keys(FILES));
const measured = {};
for (const kind of kinds) {
  for (const bytes of sizes) {
    process.stderr.write(`${kind}, ${size(bytes)}\n`);
    (measured[kind] ??= {})[bytes] = await measure(workerd, kind, Number(bytes));
  }
}
await workerd.stop();

console.log(`## The Worker beside one written by hand

The peer (\`wasm/worker/bench/peer.mjs\`) is JavaScript over WebCrypto, with a ledger object, a queue and an alarm of its own; it
stops at the body limit, and sends the event as its message, which no queue takes of 1 MiB. workerd ${version_of("workerd")}, one process for
all, ${AT_ONCE} requests at once, in turns; processor time of workerd per request, the median of ${TURNS} turns; requests a second, the best turn,
with the client on the same machine. An empty Worker reads the body, and answers.`);
for (const kind of kinds) console.log(processor_table(kind, measured));
for (const kind of kinds) console.log(client_table(kind, measured));

if (kinds.length === Object.keys(KINDS).length && sizes.includes(String(AIMED_AT_BYTES))) {
  const starts = await first_answers();
  const weights = { ours: await gzipped("ours"), peer: await gzipped("peer"), empty: await gzipped("empty") };
  const of_each = (digits, of) => Object.keys(FILES).map((name) => figure(of(name), digits));
  console.log(table([`from the start of a workerd to its first answer, the least of ${STARTS}; size`, "ours", "by hand", "empty Worker"], [
    ["processor time, ms", ...of_each(0, (name) => starts[name].processor)],
    ["by the clock, Miniflare's own start in it, ms", ...of_each(0, (name) => starts[name].clock)],
    ["gzipped, kB", ...of_each(1, (name) => weights[name])],
  ]));
  const ratio = (kind) => measured[kind][AIMED_AT_BYTES].ours.us / measured[kind][AIMED_AT_BYTES].peer.us;
  const beside = (kind) => aim(`Worker, ${kind}, 1 KiB: processor time beside the one by hand`, "≤ 1.0×", `${figure(ratio(kind), 2)}×`, ratio(kind) <= 1);
  console.log(table(["aim", "asked", "reached"], [
    beside("forged"),
    beside("accepted"),
    aim("Worker, size gzipped", `< ${GZIP_KB} kB`, `${figure(weights.ours, 1)} kB`, weights.ours < GZIP_KB),
  ]));
}
