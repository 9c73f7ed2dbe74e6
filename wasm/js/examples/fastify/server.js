// Fastify, with ledger and events in Redis: the events wait in the stream `overten:events` for whoever works on them.
//
//     REDIS_URL=redis://… OVERTEN_WEBHOOK_SECRETS=whsec_… node server.js

import fastify from "fastify";
import { createClient } from "redis";
import { idempotencyKey, Receiver, secretsFromLines } from "overten-webhook";
import { webhookPlugin } from "overten-webhook/fastify";
import { setAsideInFolder } from "overten-webhook/set-aside";
import { RedisStore } from "overten-webhook/stores/redis";

const { env } = process;
// Overten waits 15 s: what does not answer in three is not waited for, and nothing is kept for a Redis that is away.
const redis = createClient({
  url: env.REDIS_URL,
  disableOfflineQueue: true,
  socket: { connectTimeout: 3000, socketTimeout: 3000 },
  pingInterval: 1000,
});
redis.on("error", (error) => console.error(`redis: ${error.message}`));
await redis.connect();

const receiver = new Receiver({
  secrets: secretsFromLines(env.OVERTEN_WEBHOOK_SECRETS),
  // 503 until the first delivery has verified, since 401 is final with Overten; 401 from then on.
  mismatchStatus: Number(env.MISMATCH_STATUS ?? 401),
  path: "/webhooks/overten",
  store: new RedisStore(redis),
  async handler(event) {
    await redis.xAdd("overten:events", "*", { key: idempotencyKey(event), body: Buffer.from(event.raw) });
  },
  setAside: setAsideInFolder(env.SET_ASIDE_FOLDER ?? "set-aside"),
});

const app = fastify();
app.register(webhookPlugin(receiver, "/webhooks/overten"));
app.get("/health", (request, reply) => reply.code(receiver.problem ? 503 : 200).send({ ok: !receiver.problem }));
app.addHook("onClose", async () => {
  await receiver.idle();
  await redis.close();
});
const address = await app.listen({ port: Number(env.PORT ?? 8080), host: env.HOST ?? "127.0.0.1" });
console.log(`listening on ${address}/webhooks/overten`);

process.once("SIGTERM", () => app.close());
