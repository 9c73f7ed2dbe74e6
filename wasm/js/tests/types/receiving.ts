// A user's program, for the type checker alone.

import http from "node:http";
import https from "node:https";
import fastify from "fastify";
import { Hono } from "hono";
import { after } from "next/server.js";
import { createClient, createCluster } from "redis";
import {
  type Delivery,
  type Event,
  idempotencyKey,
  judge,
  MemoryStore,
  PermanentFailure,
  Receiver,
  type ReceiverSettings,
  type Reply,
  secretsFromLines,
  setAsideRecord,
  type Store,
  WebhookError,
} from "overten-webhook";
import { webhookHandler as express } from "overten-webhook/express";
import { webhookPlugin } from "overten-webhook/fastify";
import { webhookHandler as hono } from "overten-webhook/hono";
import { webhookHandler as lambda } from "overten-webhook/lambda";
import { webhookHandler as next } from "overten-webhook/next";
import { webhookHandler as node } from "overten-webhook/node";
import { setAsideInFolder, setAsideInLog } from "overten-webhook/set-aside";
import { DurableObjectStore, type OvertenLedger } from "overten-webhook/stores/durable-object";
import { PostgresStore } from "overten-webhook/stores/postgres";
import { RedisStore } from "overten-webhook/stores/redis";
import { webhookHandler as sveltekit } from "overten-webhook/sveltekit";
import { checkStore } from "overten-webhook/testing";

async function handler(event: Event): Promise<void> {
  switch (event.kind) {
    case "run_completed":
      return console.log(event.downloadUrl satisfies string | undefined, idempotencyKey(event));
    case "run_failed":
      throw new PermanentFailure(event.error?.message ?? "of no use");
    case "other":
      return console.log(event.name);
  }
}

function setAside(delivery: Delivery, reason: WebhookError | PermanentFailure) {
  const record = setAsideRecord(delivery, reason);
  console.log(record.code satisfies "quarantined" | "permanent_failure", record.body ?? record.body_base64);
}

class MyStore implements Store {
  readonly durable = true;
  claim(
    key: string,
    {
      token,
      now,
      leaseSeconds,
      retentionSeconds,
    }: { token: string; now: number; leaseSeconds: number; retentionSeconds: number },
  ) {
    console.log(key, token);
    return judge(null, { committed: false, now, leaseSeconds, retentionSeconds });
  }
  async commit() {
    return true;
  }
  release() {}
}

const settings: ReceiverSettings = {
  secrets: secretsFromLines(process.env["SECRETS"]),
  handler,
  setAside,
  store: new MyStore(),
};
const receiver = new Receiver({
  ...settings,
  mismatchStatus: 503,
  tolerance: { past: "off" },
  log: (line, level) => console[level](line),
});
new Receiver({
  secrets: ["a", { label: "b", secret: new Uint8Array() }],
  handler,
  setAside: setAsideInFolder("aside"),
  store: new RedisStore(createClient()),
});
new Receiver({
  secrets: undefined,
  handler,
  setAside: setAsideInLog(),
  store: new RedisStore(createCluster({ rootNodes: [] })),
});
new Receiver({
  secrets: "a",
  handler,
  setAside: setAsideInLog(process.stdout),
  store: new PostgresStore({ query: async () => ({ rows: [], rowCount: 0 }) }),
});
new DurableObjectStore({ idFromName: (name: string) => name, get: () => ({ fetch: async () => new Response() }) });

// @ts-expect-error a receiver needs what sets deliveries aside
new Receiver({ secrets: "a", handler });
// @ts-expect-error there is no such setting
new Receiver({ secrets: "a", handler, setAside, leaseSecond: 1 });
// @ts-expect-error nor such a status
new Receiver({ secrets: "a", handler, setAside, mismatchStatus: 403 });
// @ts-expect-error nor such a store
new Receiver({ secrets: "a", handler, setAside, store: createClient() });

http.createServer(node(receiver));
https.createServer({}, express(receiver));
fastify().register(webhookPlugin(receiver, "/webhooks/overten"));
new Hono<{ Bindings: { LEDGER: OvertenLedger } }>().all("/webhooks/overten", hono(receiver));
export const POST = next(receiver, { after });
export const fallback = sveltekit(receiver);
export const lambda_handler: (event: unknown) => Promise<{ statusCode: number }> = lambda(receiver);

const reply: Reply = await receiver.take({ method: "POST", headers: {}, body: async () => new Uint8Array() });
const response: Response = await receiver.receive(new Request("http://127.0.0.1"), { waitUntil() {} });
console.log(
  reply.code,
  response.status,
  receiver.problem?.length,
  receiver.lastMatched()["secret-0"] satisfies number | null | undefined,
);
await receiver.idle();
await checkStore(() => new MemoryStore({ maxKeys: 7 }));
