// What is measured: one delivery verified and read, by this package and by others, each in the form that its own
// documentation has. Runs in Node and in workerd.

import { createHmac, timingSafeEqual } from "node:crypto";
import { sign, Verifier } from "overten-webhook";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as SvixWebhook } from "svix";

const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/** In a Worker's global scope there is no clock. */
let now;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A body of so many bytes, as a generation's webhook has it. */
function body_of(bytes) {
  const event = {
    event: "run.completed", run_id: "run_01HXYZ", task_id: "task_01HXYZ", status: "completed", format: "excel", credits_used: 84.5,
    duration_ms: 12345, download_url: "https://files.example/d/1", data: { ok: true }, summary: "",
  };
  event.summary = "x".repeat(Math.max(0, bytes - JSON.stringify(event).length));
  return encoder.encode(JSON.stringify(event));
}

/** Each recipe as a function of a body that gives what verifies and reads it once. */
export const RECIPES = {
  "overten-webhook"(body) {
    const verifier = new Verifier(SECRET);
    const headers = as_node_has_them(sign(body, SECRET, { now }), body);
    return () => verifier.verify(body, headers).event().runId;
  },
  async WebCrypto(body) {
    const key = await crypto.subtle.importKey("raw", encoder.encode(SECRET), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    const headers = as_node_has_them(sign(body, SECRET, { now }), body);
    return async () => {
      const timestamp = headers["x-overten-timestamp"];
      const start = encoder.encode(`${timestamp}.`);
      const content = new Uint8Array(start.length + body.length);
      content.set(start);
      content.set(body, start.length);
      const mac = Uint8Array.from(headers["x-overten-signature"].slice(7).match(/../g), (digits) => parseInt(digits, 16));
      if (!(await crypto.subtle.verify("HMAC", key, mac, content)) || is_stale(timestamp)) throw new Error("refused");
      return JSON.parse(decoder.decode(body)).run_id;
    };
  },
  "node:crypto"(body) {
    const headers = as_node_has_them(sign(body, SECRET, { now }), body);
    return () => {
      const timestamp = headers["x-overten-timestamp"];
      const mac = createHmac("sha256", SECRET).update(`${timestamp}.`).update(body).digest();
      const given = Buffer.from(headers["x-overten-signature"].slice(7), "hex");
      if (given.length !== mac.length || !timingSafeEqual(given, mac) || is_stale(timestamp)) throw new Error("refused");
      return JSON.parse(decoder.decode(body)).run_id;
    };
  },
  standardwebhooks: (body) => of_standard_webhooks(new Webhook(SECRET), "webhook", body),
  svix: (body) => of_standard_webhooks(new SvixWebhook(SECRET), "svix", body),
  async stripe(body) {
    const { webhooks } = new Stripe("sk_test_none");
    const payload = decoder.decode(body);
    const header = await webhooks.generateTestHeaderStringAsync({ payload, secret: SECRET });
    // Its Worker's build has the asynchronous call alone.
    const is_node = globalThis.process?.versions?.v8 !== undefined && globalThis.navigator?.userAgent !== "Cloudflare-Workers";
    if (is_node) return () => webhooks.constructEvent(decoder.decode(body), header, SECRET).run_id;
    return async () => (await webhooks.constructEventAsync(decoder.decode(body), header, SECRET)).run_id;
  },
};

function of_standard_webhooks(webhook, prefix, body) {
  const signature = webhook.sign("msg_1", new Date(now * 1000), decoder.decode(body));
  const headers = { [`${prefix}-id`]: "msg_1", [`${prefix}-timestamp`]: String(now), [`${prefix}-signature`]: signature };
  return () => {
    const text = decoder.decode(body);
    // svix leaves the reading to its caller.
    return (webhook.verify(text, headers) ?? JSON.parse(text)).run_id;
  };
}

function as_node_has_them(signed, body) {
  const lower = Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]);
  return { host: "localhost", "content-type": "application/json", "content-length": String(body.length), ...Object.fromEntries(lower), "user-agent": "Overten-Webhook/1.0" };
}

const is_stale = (timestamp) => Math.abs(Date.now() / 1000 - Number(timestamp)) > 300;

const made = new Map();

/** Runs a recipe so many times. */
export async function run({ recipe, bytes, times }) {
  now ??= Math.floor(Date.now() / 1000);
  const name = `${recipe} ${bytes}`;
  if (!made.has(name)) made.set(name, await RECIPES[recipe](body_of(bytes)));
  const verified = made.get(name);
  for (let at = 0; at < times; at += 1) {
    let read = verified();
    if (typeof read !== "string") read = await read;
    if (read !== "run_01HXYZ") throw new Error(`${name} read ${read}`);
  }
}

export default {
  async fetch(request) {
    try {
      await run(await request.json());
      return new Response("done");
    } catch (error) {
      return new Response(String(error.stack ?? error), { status: 500 });
    }
  },
};
