// What stays of deliveries of which a part is kept: bytes for each, of bodies of 100,000 bytes.

import process from "node:process";
import { readStored, sign, Verifier } from "overten-webhook";

const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const DELIVERIES = 200;
const verifier = new Verifier(SECRET);

const body_of = (at, end) =>
  Buffer.from(
    JSON.stringify({
      event: "run.failed.for.a.while", run_id: `run_01HXYZ0000${at}`, task_id: `task_01HXYZ0000${at}`, error: { code: `some_code_${at}`, message: `a message ${at}` },
      download_url: `https://files.example/d/${at}`, data: { number: at, more: "of a member" }, summary: "x".repeat(100_000) + end,
    }),
  );
const verified = (body) => verifier.verify(body, sign(body, SECRET)).event();

const PARTS = {
  runId: ({ runId }) => runId,
  taskId: ({ taskId }) => taskId,
  downloadUrl: ({ downloadUrl }) => downloadUrl,
  "error's": ({ error: { code, message } }) => [code, message],
  "error itself": ({ error }) => error,
  member: ({ members: { data, run_id } }) => [data, run_id],
  "member's name": ({ members }) => Object.keys(members),
};

function bytes_each(read, part, end) {
  const kept = new Set();
  const before = used();
  for (let at = 0; at < DELIVERIES; at += 1) kept.add(part(read(body_of(at, end))));
  return { deliveries: kept.size, bytes_each: Math.round((used() - before) / DELIVERIES) };
}

function used() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const found = {};
for (const [end_name, end] of [["ASCII", ""], ["more", "\u00e9"]]) {
  for (const [name, part] of Object.entries(PARTS)) found[`${name}, ${end_name}`] = bytes_each(verified, part, end);
  found[`stored runId, ${end_name}`] = bytes_each(readStored, ({ runId }) => runId, end);
}
console.log(JSON.stringify(found));
