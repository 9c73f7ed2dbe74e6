// The Worker in workerd, with a real Queue and a real Durable Object, driven over HTTP.

import { createHmac } from "node:crypto";
import { existsSync, statfsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { Inbox } from "./inbox.mjs";
import { request } from "./raw.mjs";

export const WORKER = fileURLToPath(new URL("..", import.meta.url));
export const ROOT = path.resolve(WORKER, "../..");
export const COMPATIBILITY_DATE = "2026-11-01";
export const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
export const OTHER_SECRET = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
export const NOW = 1760000000;

// Where Miniflare keeps the ledgers: a new object waits tens of milliseconds for a disk, and hardly at all for memory.
const IN_MEMORY = "/dev/shm";
if (existsSync(IN_MEMORY) && free_bytes(IN_MEMORY) > 2 ** 30) process.env.TMPDIR = IN_MEMORY;

function free_bytes(folder) {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** The headers of a delivery signed by Node's own HMAC, not by the code under test. */
export function signed(body, { secret = SECRET, timestamp = NOW } = {}) {
  const mac = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex");
  return [["X-Overten-Signature", `sha256=${mac}`], ["X-Overten-Timestamp", String(timestamp)]];
}

export function completed(run_id, more = {}) {
  return JSON.stringify({ event: "run.completed", run_id, ...more });
}

/**
 * Start the Worker under the test entry.
 * `ledger: false` leaves the ledger's binding out, `queue: false` the queue's; `persist` keeps the ledger in that folder.
 * `tail` makes the consumer a tail consumer of the receiver too: what it gets comes to `tails`.
 * `caller` is the script of a Worker that has the receiver bound as `RECEIVER`.
 * `entry` is the Worker that is started, `variables` are what its own configuration says.
 * `forwarder`, its variables by name, puts the shipped forwarder behind the queue; what `messages` then gets are the dead
 * letters. With `put_back` it puts what is in the queue into the one of the dead letters, for want of a second pair.
 */
export async function start({ ledger = true, queue = true, persist, forwarder, put_back = false, tail = false, caller, compatibility_date = COMPATIBILITY_DATE, entry = "tests/entry.mjs", variables = {} } = {}) {
  const logs = new Inbox();
  const starts = new Inbox();
  const messages = new Inbox();
  const tails = new Inbox();
  const everything = [];
  const receiver = {
    name: "receiver",
    compatibilityDate: compatibility_date,
    modules: await modules(...new Set([entry, "tests/memory.mjs", "build/index.js", "build/index_bg.wasm"])),
    modulesRoot: WORKER,
    bindings: variables,
    ...(tail ? { tails: ["consumer"] } : {}),
    durableObjects: ledger ? { LEDGER: { className: "Ledger", useSQLite: true } } : {},
    queueProducers: queue ? { DELIVERIES: { queueName: "deliveries" } } : {},
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
  const consumer = {
    name: "consumer",
    compatibilityDate: COMPATIBILITY_DATE,
    modules: await modules("tests/consumer.mjs"),
    modulesRoot: WORKER,
    durableObjects: ledger ? { LEDGER: { className: "Ledger", scriptName: "receiver" } } : {},
    queueProducers: { DELIVERIES: { queueName: "deliveries" } },
    queueConsumers: { [forwarder ? "dead" : "deliveries"]: { maxBatchSize: 1, maxBatchTimeout: 0 } },
    serviceBindings: {
      SINK: async (message) => {
        const kind = message.headers.get("x-kind");
        (kind === "tail" ? tails : messages).push({ kind, text: await message.text() });
        return new Response();
      },
    },
  };
  const miniflare = new Miniflare(convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    ...(persist ? { resourcePersistencePath: persist } : {}),
    workers: [receiver, consumer, ...(forwarder ? [await forwarder_with(forwarder, put_back)] : []), ...(caller ? [caller_with(caller)] : [])],
    handleStructuredLogs({ level, message }) {
      everything.push(message);
      const line = message.startsWith("{") ? { line: JSON.parse(message) } : {};
      // The line of a receiver's start: the entry gives each request an environment of its own, so here each has one.
      (line.line?.version ? starts : logs).push({ level, message, ...line });
    },
  }));
  await miniflare.ready;
  // Straight to the Worker: Miniflare's own entry in front of it is not what is tested.
  const url = await miniflare.unsafeGetDirectURL("receiver");
  return new Harness(miniflare, url, { logs, starts, messages, tails, everything });
}

function caller_with(script) {
  return { name: "caller", compatibilityDate: COMPATIBILITY_DATE, modules: true, script, serviceBindings: { RECEIVER: "receiver" } };
}

async function forwarder_with(bindings, put_back) {
  const bundle = ["wasm/forwarder/build/index.js", "wasm/forwarder/build/index_bg.wasm"];
  return {
    name: "forwarder",
    compatibilityDate: COMPATIBILITY_DATE,
    modules: await modules_in(ROOT, "wasm/worker/tests/forwarder_entry.mjs", ...bundle),
    modulesRoot: ROOT,
    bindings,
    durableObjects: { LEDGER: { className: "Ledger", scriptName: "receiver" } },
    queueProducers: put_back ? { PUT_BACK: { queueName: "dead" } } : {},
    queueConsumers: { deliveries: { maxBatchSize: 10, maxBatchTimeout: 0.2, maxRetries: 2, retryDelay: 0, deadLetterQueue: "dead" } },
  };
}

function modules(...names) {
  return modules_in(WORKER, ...names);
}

export async function modules_in(root, ...names) {
  return Promise.all(names.map(async (name) => {
    const file = path.join(root, name);
    return { type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule", path: file, contents: await readFile(file) };
  }));
}

class Harness {
  constructor(miniflare, url, inboxes) {
    Object.assign(this, { miniflare, url, ...inboxes });
  }

  /** What the next requests meet: see DEFAULTS in entry.mjs. One secret and the fixture's clock unless said. */
  async set({ now = NOW, env = {}, ...more } = {}) {
    const settings = { now_ms: now === null ? null : now * 1000, env: { OVERTEN_WEBHOOK_SECRETS: SECRET, ...env }, ...more };
    await this.control("PUT", "settings", JSON.stringify(settings));
    await this.logs_so_far();
  }

  async control(method, name, body) {
    const answer = await fetch(new URL(`/__test/${name}`, this.url), { method, body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${name}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  }

  /** Post one delivery; the answer, its JSON body parsed. */
  async post(body, { headers = signed(body), path = "/webhooks/overten", ...more } = {}) {
    return this.request({ path, headers, body: Buffer.from(body), ...more });
  }

  async request({ path = "/webhooks/overten", ...more } = {}) {
    const answer = await request(new URL(path, this.url), more);
    const is_json = answer.headers.get("content-type") === "application/json" && answer.body !== "";
    return { ...answer, json: is_json ? JSON.parse(answer.body) : undefined };
  }

  /** The next request's log line. */
  async log() {
    return (await this.logs.take((entry) => entry.line?.code)).line;
  }

  /** All that was logged since the last settings: a mark logged behind it says when it has arrived. */
  async logs_so_far() {
    const mark = `mark ${Math.random()}`;
    await this.control("POST", `log?text=${encodeURIComponent(mark)}`);
    await this.logs.take(({ message }) => message === mark);
    return this.logs.drain();
  }

  /** The next message, parsed; that it came as text is part of the contract. */
  async message() {
    const { kind, text } = await this.messages.take();
    if (kind !== "string") throw new Error(`the message arrived as ${kind}: ${text}`);
    return { ...JSON.parse(text), text };
  }

  /** All messages sent so far: a mark put into the queue behind them says when they have arrived. */
  async messages_so_far() {
    const mark = `mark ${Math.random()}`;
    const queue = await this.miniflare.getQueueProducer("DELIVERIES", "consumer");
    await queue.send(mark, { contentType: "text" });
    await this.messages.take(({ text }) => text === mark);
    return this.messages.drain().map(({ text }) => JSON.parse(text));
  }

  /** The body that a message says waits in the ledger, fetched as a consumer does, and read whole: its status and bytes. */
  async fetch_body({ object, path }) {
    const consumer = await this.miniflare.getWorker("consumer");
    const answer = await consumer.fetch(`http://consumer/?${new URLSearchParams({ object, path })}`);
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
  }

  /** Kill the ledger object, whatever it is handling. */
  reset(object) {
    return this.control("POST", `ledger/reset?${new URLSearchParams({ object })}`);
  }

  /** Let an idle ledger object go to sleep. */
  evict(object) {
    return this.miniflare.unsafeEvictDurableObject("receiver", "Ledger", { name: object });
  }

  stop() {
    return this.miniflare.dispose();
  }
}

/** A folder that is gone when the test ends. */
export async function temporary_folder(test) {
  const folder = await mkdtemp(path.join(tmpdir(), "overten-"));
  test.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
