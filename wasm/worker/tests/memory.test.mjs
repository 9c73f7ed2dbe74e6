// What is left in the Worker's own memory, and how much of it there is.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { SECRET, completed, signed, start } from "./harness.mjs";

const MIB = 1_048_576;
/** `LARGEST_MAX_BODY_BYTES` of the Worker. */
const LARGEST = 4 * MIB;
/** An isolate has 128 MB for wasm and JavaScript together. */
const HALF_OF_AN_ISOLATE = 64 * MIB;

test("no copy of a secret stays in memory once it is keyed", async (t) => {
  const worker = await start();
  t.after(() => worker.stop());
  // Far from one another, so that what is freed is not overwritten whole by the next thing, and looked for in pieces.
  const digits = (at) => createHash("sha512").update(`planted ${at}`).digest("hex");
  const secrets = Array.from({ length: 8 }, (_, at) => `whsec_${digits(at)}${digits(at + 8).slice(0, 110)}`);
  const pieces = secrets.flatMap((secret) => secret.match(/.{24}/g));
  const seen = (texts) => worker.control("POST", "memory", JSON.stringify(texts));
  await worker.set({ env: { OVERTEN_WEBHOOK_SECRETS: secrets.map((secret, at) => `planted-${at}:${secret}`).join("\n".repeat(5000)) } });
  // Hardly anything is done that could overwrite them by chance.
  assert.equal((await worker.request({ method: "GET" })).json.error, "method_not_allowed");
  const { found } = await seen([...pieces, "planted-1"]);
  assert.deepEqual(found.slice(0, -1).filter((count) => count > 0), []);
  assert.ok(found.at(-1) > 0, "its label is there: this looks in the right place");
});

test("three of the largest bodies at once fit into half an isolate, and a larger limit is refused", async (t) => {
  const worker = await start();
  t.after(() => worker.stop());
  await worker.set({ env: { MAX_BODY_BYTES: String(LARGEST) } });
  const bodies = ["a", "b", "c"].map((run) => completed(run, { summary: "x".repeat(LARGEST - 60) }).padEnd(LARGEST));
  const answers = await Promise.all(bodies.map((body) => worker.post(body)));
  assert.deepEqual(answers.map(({ json }) => json.status), Array(3).fill("accepted"));
  const { bytes } = await worker.control("POST", "memory", "[]");
  // Beside wasm each body is in JavaScript once as it came and once on its way to the ledger.
  assert.ok(bytes + 2 * 3 * LARGEST < HALF_OF_AN_ISOLATE, `${bytes / MIB} MiB of wasm`);
  await worker.set({ env: { MAX_BODY_BYTES: String(LARGEST + 1) } });
  assert.equal((await worker.post("{}")).json.error, "misconfigured");
});

test("uploads that stall hold no memory of the wasm, which would never be given back", async (t) => {
  const worker = await start();
  t.after(() => worker.stop());
  await worker.set({ hurry: 20 });
  const { bytes: before } = await worker.control("POST", "memory", "[]");
  const headers = [...signed("{}", { secret: SECRET }), ["Content-Length", String(MIB)]];
  const almost_all = (async function* () { yield Buffer.alloc(MIB - 1, "x"); });
  const answers = await Promise.all(Array.from({ length: 20 }, () => worker.request({ headers, body: almost_all(), framing: false })));
  assert.deepEqual(new Set(answers.map(({ json }) => json.error)), new Set(["unavailable"]), "each is given up after 10 s");
  const { bytes } = await worker.control("POST", "memory", "[]");
  assert.ok(bytes - before < MIB, `${(bytes - before) / MIB} MiB more`);
});
