// What stays of deliveries of which a part is kept: bytes for each, of bodies of 100,000 bytes.

import process from "node:process";
import { readStored, Receiver, sign, Verifier } from "overten-webhook";

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

async function bytes_each(read, part, end) {
  const kept = new Set();
  // What code takes that runs for the first time is no delivery's.
  part(await read(body_of("first", end)));
  const before = used();
  for (let at = 0; at < DELIVERIES; at += 1) kept.add(part(await read(body_of(at, end))));
  return { deliveries: kept.size, bytes_each: Math.round((used() - before) / DELIVERIES) };
}

/** Why a body is no event, each way that it is told. */
const thrown_by = (read) => (body) => {
  try {
    read(body);
  } catch (error) {
    return error;
  }
};
let why;
const receiver = new Receiver({ secrets: SECRET, handler() {}, setAside: (_, reason) => void (why = reason), log() {} });
async function set_aside(body) {
  await receiver.take({ method: "POST", target: "/", headers: sign(body, SECRET), body });
  return why;
}
const ERRORS = {
  "an event's": thrown_by(verified),
  "a stored body's": thrown_by(readStored),
  "of a delivery that is set aside": set_aside,
};
const of_no_event = (read) => (body) => read(Buffer.concat([Buffer.from("no event: "), body]));

function used() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const found = {};
for (const [end_name, end] of [["ASCII", ""], ["more", "\u00e9"]]) {
  for (const [name, part] of Object.entries(PARTS)) found[`${name}, ${end_name}`] = await bytes_each(verified, part, end);
  found[`stored runId, ${end_name}`] = await bytes_each(readStored, ({ runId }) => runId, end);
  for (const [name, read] of Object.entries(ERRORS)) found[`error ${name}, ${end_name}`] = await bytes_each(of_no_event(read), (error) => error, end);
}
console.log(JSON.stringify(found));
