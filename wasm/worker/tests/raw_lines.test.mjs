// The shared requests of raw_lines.json, and the line that LOG_RAW adds for each.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { ROOT, start } from "./harness.mjs";
import { body_of, pair } from "./vectors.mjs";

const file = process.env.OVERTEN_RAW_LINE_VECTORS ?? path.join(ROOT, "tests/vectors/raw_lines.json");
const { count, cases } = JSON.parse(await readFile(file, "utf8"));

/** The runtime refuses such a header itself. */
const has_control = ({ value = "" }) => /[\x00-\x08\x0a-\x1f\x7f]/.test(value);
const is_said_over_http = ({ requests }) => !requests.some(({ headers }) => headers.some(has_control));

let worker;
before(async () => (worker = await start()));
after(() => worker.stop());

/** The code and the raw line, if any, of each request of a case. */
async function seen({ id, secrets, raw_log, max_body_bytes, requests }) {
  const env = {
    OVERTEN_WEBHOOK_SECRETS: secrets.join("\n"), LOG_RAW: raw_log, TOLERANCE_FUTURE_SECONDS: "off",
    ...(max_body_bytes === undefined ? {} : { MAX_BODY_BYTES: String(max_body_bytes) }),
    // No case has what another one has left of its minute.
    RETENTION_SECONDS: String(604_800 + cases.findIndex((it) => it.id === id)),
  };
  const lines = [];
  for (const { at, times, headers, ...request } of requests) {
    await worker.set({ now: at, env, ledger: { mode: "real", namespace: id } });
    for (let time = 0; time < times; time += 1) {
      await worker.request({ headers: headers.map(pair), body: body_of(request), framing: false });
      const [{ line }, raw] = await worker.logs_so_far();
      lines.push([line.code, raw?.message]);
    }
  }
  return lines;
}

function expected({ requests }) {
  return requests.flatMap(({ times, code, lines, line }) =>
    Array.from({ length: times }, (_, time) => [code, time < lines ? line : undefined]));
}

test("each request leaves its line, to the byte", async (t) => {
  assert.equal(cases.length, count);
  const said = cases.filter(is_said_over_http);
  for (const one of said) await t.test(`${one.id}: ${one.note}`, async () => assert.deepEqual(await seen(one), expected(one)));
  if (!process.env.OVERTEN_RAW_LINE_VECTORS) assert.equal(cases.length - said.length, 1, "those that HTTP cannot carry");
});

test("a flipped case fails", async () => {
  const flipped = structuredClone(cases.find(({ id }) => id === "failures/failed"));
  flipped.requests[1].line += " ";
  assert.notDeepEqual(await seen(flipped), expected(flipped));
});
