// `make demo`: start the whole route, send what Overten and others might, show what came of each.

import { Inbox } from "../wasm/worker/tests/inbox.mjs";
import { saying, sign, start, throw_away_secrets } from "./local.mjs";

const NOW = Math.floor(Date.now() / 1000);
const DAY = 86_400;
const ARRIVES_WITHIN_MS = 30_000;
const secrets = throw_away_secrets();
const { subscription } = secrets;
const forger = throw_away_secrets().subscription;

const event = (name, run_id, more = {}) => JSON.stringify({ event: name, run_id, task_id: "task_01", ...more });
const completed = (run_id, more) => event("run.completed", run_id, { format: "pdf", ...more });

/** What is sent, what must be answered, which key must reach the queue (none where it says nothing), and why. */
const ROWS = [
  { sent: "completed", body: completed("run_01"), answer: "200 accepted", key: "run.completed:run_01",
    why: "signed with the subscription's secret: queued, then answered" },
  { sent: "failed", body: event("run.failed", "run_02", { error: "template_missing", message: "No such template" }),
    answer: "200 accepted", key: "run.failed:run_02", why: "the other event that Overten documents" },
  { sent: "per-request secret", body: completed("run_03"), secret: secrets.organisation, answer: "200 accepted",
    key: "run.completed:run_03", why: "a generation call's own webhook is signed with the organisation's secret" },
  { sent: "duplicate", body: completed("run_01"), answer: "200 duplicate",
    why: "the first row again: acknowledged, and not handed on twice" },
  { sent: "forged", body: completed("run_04"), secret: forger, answer: "401 signature_mismatch",
    why: "signed with a secret that is not ours" },
  { sent: "changed body", body: completed("run_05"), tamper: (body) => body.replace("run_05", "run_06"),
    answer: "401 signature_mismatch", why: "one character differs from what was signed" },
  { sent: "days late", body: completed("run_07"), timestamp: NOW - 2 * DAY, answer: "200 accepted",
    key: "run.completed:run_07", why: "two days old: an outage held it up, and the ledger stops replays" },
  { sent: "stale", body: completed("run_08"), timestamp: NOW - 4 * DAY, answer: "503 timestamp_too_old",
    why: "older than three days: authentic, so it is asked for again and logged, not thrown away" },
  { sent: "malformed", body: completed("run_09"), headers: { "X-Overten-Signature": "sha256=not-hex" },
    answer: "400 malformed_signature", why: "no signature of Overten's looks like this; the body is not even read" },
  { sent: "unknown event", body: event("run.paused", "run_10"), answer: "200 accepted", key: "run.paused:run_10",
    why: "Overten may add events: handed on under the name it came with" },
  { sent: "authentic but unreadable", body: "{ half an event", answer: "200 quarantined", key: /^body=[0-9a-f]{64}$/,
    why: "really from Overten, yet no event: the raw bytes are handed on, marked, so that nothing is lost" },
  { sent: "over the queue's limit", body: completed("run_11", { summary: "x".repeat(200_000) }), answer: "200 accepted",
    key: "run.completed:run_11", why: "too long for a queue message: the body waited in the ledger and was fetched" },
  { sent: "too large", body: completed("run_12", { summary: "x".repeat(1_048_576) }), answer: "413 body_too_large",
    why: "over MAX_BODY_BYTES: reading stopped there" },
  { sent: "GET", method: "GET", body: "", answer: "405 method_not_allowed", why: "a browser, a scanner, a health check" },
];

/** Sent last: when it has arrived, so has everything that was sent before it. */
const MARK = { sent: "the end", body: completed("run_end"), answer: "200 accepted", key: "run.completed:run_end" };

const arrived = new Inbox();
console.log("demo: starting the Worker and the forwarder under wrangler dev, with secrets made just now");
const starting = start({ secrets, on_delivery: (delivery) => arrived.push(delivery) });
const route = await saying(() => "demo: wrangler dev is starting", starting);
try {
  const results = [];
  await saying(() => `demo: ${results.length} of ${ROWS.length} rows are done`, run_all(results));
  const surplus = arrived.drain();
  print(results, surplus);
  process.exitCode = results.every(({ right }) => right) && surplus.length === 0 ? 0 : 1;
} finally {
  await route.stop();
}

async function run_all(results) {
  const signatures = await sign([...ROWS, MARK].map(({ body, secret = subscription, timestamp = NOW }) => ({ secret, timestamp, body })));
  for (const [at, row] of ROWS.entries()) results.push(await run(row, signatures[at]));
  await run(MARK, signatures.at(-1));
}

async function run(row, signature) {
  const { method = "POST", tamper = (body) => body, headers = {} } = row;
  const body = method === "POST" ? tamper(row.body) : undefined;
  const response = await fetch(route.url, { method, body, headers: { ...signature, ...headers } });
  const words = Object.values(await response.json());
  const answer = `${response.status} ${words.join(" ")}`;
  const delivery = row.key ? await arrived.take(({ key }) => fits(row.key, key), ARRIVES_WITHIN_MS).catch(() => null) : null;
  const reached = row.key === undefined || (delivery?.body.equals(Buffer.from(body)) && delivery.quarantined === answer.endsWith("quarantined"));
  return { ...row, got: answer, reached: delivery?.key, right: answer === row.answer && Boolean(reached) };
}

function fits(wanted, key) {
  return wanted instanceof RegExp ? wanted.test(key) : wanted === key;
}

function print(results, surplus) {
  const columns = [
    ["", ({ right }) => (right ? "ok" : "NO")],
    ["what was sent", ({ sent }) => sent],
    ["the answer", ({ got }) => got],
    ["what reached the queue", ({ reached }) => shortened(reached ?? "-")],
    ["what it means", ({ why }) => why],
  ];
  const cells = [columns.map(([title]) => title), ...results.map((result) => columns.map(([, cell]) => cell(result)))];
  const widths = columns.map((_, at) => Math.max(...cells.map((row) => row[at].length)));
  console.log();
  for (const row of cells) console.log(row.map((cell, at) => cell.padEnd(widths[at])).join("  ").trimEnd());
  console.log();
  for (const { sent, answer, got, key, reached, right } of results) {
    if (!right) console.log(`demo: '${sent}' should have been answered ${answer} and reached the queue as ${key ?? "nothing"}; got ${got} and ${reached ?? "nothing"}`);
  }
  for (const { key } of surplus) console.log(`demo: ${key} reached the queue and should not have`);
  const wrong = results.filter(({ right }) => !right).length + surplus.length;
  console.log(wrong === 0 ? `demo: all ${results.length} rows are right` : `demo: ${wrong} wrong`);
}

function shortened(key) {
  return key.length > 24 ? `${key.slice(0, 23)}…` : key;
}
