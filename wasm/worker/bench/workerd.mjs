// The Workers that are measured, in one workerd or one alone, and what they cost it.

import { readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import { Miniflare, convertV4MiniflareOptions } from "miniflare";
import { COMPATIBILITY_DATE, SECRET, WORKER, modules_in } from "../tests/harness.mjs";

export const FILES = {
  ours: ["build/index.js", "build/index_bg.wasm"],
  peer: ["bench/peer.mjs"],
  empty: ["bench/empty.mjs"],
};

export class Workerd {
  static async start(...names) {
    const others = new Set(children());
    const measured = await Promise.all(names.map((name) => worker(name)));
    const miniflare = new Miniflare(convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      handleStructuredLogs() {},
      workers: [...measured, {
        ...(await worker("consumer", ["bench/consumer.mjs"])),
        queueConsumers: Object.fromEntries(names.map((name) => [name, { maxBatchSize: 100, maxBatchTimeout: 0.1 }])),
      }],
    }));
    await miniflare.ready;
    const started = new Workerd();
    started.miniflare = miniflare;
    started.pid = children().find((pid) => !others.has(pid));
    started.urls = {};
    for (const name of [...names, "consumer"]) {
      started.urls[name] = new URL("/webhooks/overten", await miniflare.unsafeGetDirectURL(name));
    }
    return started;
  }

  /** Processor time of all its threads so far, in microseconds. */
  processor_us() {
    const tasks = readdirSync(`/proc/${this.pid}/task`);
    const nanoseconds = tasks.map((task) => Number(readFileSync(`/proc/${this.pid}/task/${task}/schedstat`, "utf8").split(" ")[0]));
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1000;
  }

  /** Returns once so many messages have come out of the queues since the start. */
  async messages(count) {
    for (;;) {
      const answer = await fetch(this.urls.consumer);
      if ((await answer.json()) >= count) return;
    }
  }

  post(name, { body, headers }, agent) {
    return new Promise((resolve, reject) => {
      const sent = { method: "POST", agent, headers: { ...headers, "Content-Length": body.length } };
      const request = http.request(this.urls[name], sent, (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode)).on("error", reject);
      });
      request.on("error", reject).end(body);
    });
  }

  stop() {
    return this.miniflare.dispose();
  }
}

async function worker(name, files = FILES[name]) {
  return {
    name,
    compatibilityDate: COMPATIBILITY_DATE,
    modules: await modules_in(WORKER, ...files),
    modulesRoot: WORKER,
    bindings: { OVERTEN_WEBHOOK_SECRETS: SECRET },
    ...(name === "ours" || name === "peer" ? { durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } } } : {}),
    queueProducers: { DELIVERIES: { queueName: name } },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}

function children() {
  const pids = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ");
  return pids.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd");
    } catch {
      return false; // It has ended meanwhile.
    }
  });
}
