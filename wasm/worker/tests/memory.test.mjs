// What is left in the Worker's own memory, and how much of it there is.

import assert from "node:assert/strict";
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
  const secrets = ["whsec_planted-one-0123456789abcdefghij", "whsec_planted-two-0123456789abcdefghij"];
  const seen = (texts) => worker.control("POST", "memory", JSON.stringify(texts));
  await worker.set({ env: { OVERTEN_WEBHOOK_SECRETS: secrets.map((secret, at) => `planted-${at}:${secret}`).join("\n") } });
  const body = completed("planted");
  assert.equal((await worker.post(body, { headers: signed(body, { secret: secrets[1] }) })).json.status, "accepted");
  const { found } = await seen([...secrets, ...secrets.map((secret) => secret.slice(6)), "planted-1"]);
  assert.deepEqual(found.slice(0, 4), [0, 0, 0, 0]);
  assert.ok(found[4] > 0, "its label is there: this looks in the right place");
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
