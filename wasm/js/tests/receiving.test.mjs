// Every scenario of receiving.json, through the receiver itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Play, receiving, run_all, value_of } from "./scenarios.mjs";

const header = (it) => [it.name, value_of(it).toString("latin1")];

/** As an adapter calls it. */
function by_take(receiver, script) {
  const { method, target, headers } = script.request;
  return receiver.take({ method, target, headers: headers.map(header), body: () => script.chunks() });
}

const differences = (scenario) => new Play(scenario).differences(by_take);

test("every scenario is answered, handed on and logged as the core says", async () => {
  const { ran, wrong } = await run_all({}, differences);
  assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} are wrong`);
  assert.equal(ran, receiving.count);
  console.log(`${ran} scenarios ran`);
});

test("a scenario of which one thing was changed fails, so the runner can fail", async () => {
  const scenario = receiving.scenarios.find(({ requests: [{ expect }] }) => expect.code === "accepted");
  assert.deepEqual(await differences(scenario), []);
  const changes = {
    hand_on: (request) => (request.hand_on = { failed: "changed" }),
    status: ({ expect }) => (expect.status = 503),
    header: ({ expect }) => (expect.headers["Retry-After"] = "10"),
    steps: ({ expect }) => expect.steps.pop(),
    key: ({ expect }) => (expect.key += "0"),
    line: ({ expect }) => (expect.lines[0].age_seconds += 1),
    "order of a line": ({ expect }) =>
      (expect.lines[0] = Object.fromEntries(Object.entries(expect.lines[0]).reverse())),
  };
  for (const [name, change] of Object.entries(changes)) {
    const changed = structuredClone(scenario);
    change(changed.requests[0]);
    assert.notDeepEqual(await differences(changed), [], name);
  }
});
