// Every scenario of receiving, through the Worker over HTTP: replies, steps, keys, calls and log lines.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { receive, receiving, unsayable } from "./receiving.mjs";

let worker;
before(async () => (worker = await start()));
after(() => worker.stop());

test("every scenario is answered, handed on and logged as the core says", async () => {
  let ran = 0;
  const left_out = new Map();
  for (const scenario of receiving.scenarios) {
    const why = unsayable(scenario);
    if (why) {
      left_out.set(why, (left_out.get(why) ?? 0) + 1);
      continue;
    }
    await check(scenario);
    ran += 1;
  }
  const unsaid = [...left_out.values()].reduce((sum, count) => sum + count, 0);
  assert.equal(ran + unsaid, receiving.count);
  assert.ok(ran > 5 * unsaid, `${ran} ran, ${unsaid} did not`);
  console.log(`${ran} scenarios ran; ${unsaid} cannot be said here:`, Object.fromEntries(left_out));
});

test("a scenario of which one thing was changed fails, so the runner can fail", async () => {
  const scenario = receiving.scenarios.find(({ requests: [{ expect }] }) => expect.code === "accepted");
  const changed = (name, change) => {
    const copy = { ...structuredClone(scenario), id: `${scenario.id} (${name})` };
    change(copy.requests[0].expect);
    return copy;
  };
  const changes = {
    status: (expect) => (expect.status = 503),
    body: (expect) => (expect.body = '{"status":"duplicate"}'),
    header: (expect) => (expect.headers["Retry-After"] = "10"),
    steps: (expect) => expect.steps.pop(),
    key: (expect) => (expect.key += "0"),
    line: (expect) => (expect.lines[0].age_seconds += 1),
  };
  for (const [name, change] of Object.entries(changes)) {
    await assert.rejects(check(changed(name, change)), assert.AssertionError, name);
    await worker.messages_so_far();
  }
});

async function check(scenario) {
  for (const [at, { expect }] of scenario.requests.entries()) {
    const what = `${scenario.id}, request ${at}: ${scenario.note}`;
    const { answer, lines, steps } = await receive(worker, scenario, at);
    assert.equal(answer.status, expect.status, what);
    assert.equal(answer.body, expect.body, what);
    for (const name of ["Content-Type", "Retry-After", "Allow"]) {
      assert.equal(answer.headers.get(name.toLowerCase()), expect.headers[name], `${what}: ${name}`);
    }
    const seen = expect.steps.filter((step) => !["read_body", "release"].includes(step));
    assert.deepEqual(steps.map(({ step }) => step), seen, what);
    if (seen.includes("claim")) assert.equal(steps[0].key, expect.key, what);
    assert.deepEqual(lines.map(as_shared), expect.lines.map((line) => JSON.stringify(line)), what);
    if (seen.includes("commit")) assert.ok((await worker.messages_so_far()).every(({ key }) => key === expect.key), what);
  }
}

/** The line's text, its fields in their order, without what no scenario knows: the time taken, the variable to mend. */
function as_shared({ elapsed_ms, ...line }) {
  assert.ok(Number.isInteger(elapsed_ms), `elapsed_ms: ${elapsed_ms}`);
  const detail = line.detail?.replace(/(is mended: (?:[a-z_]+: )?)[A-Z_]+: /, "$1");
  return JSON.stringify({ ...line, ...(detail === undefined ? {} : { detail }) });
}
