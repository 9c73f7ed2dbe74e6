// Every scenario of receiving.json in workerd, through `receive`, with the ledger in Durable Objects.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { receiving, run_all } from "./scenarios.mjs";
import { started } from "./workerd.mjs";

const any =
  (holds) =>
  ({ requests }) =>
    requests.some(holds);

/** Why a scenario cannot be said here, each with what tells it; the first that holds counts. */
const UNSAYABLE = {
  "Fetch has no such method": any(({ method }) => !/^(GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH)$/.test(method)),
  "Fetch writes such a target in another way": any(({ target }) => !as_it_stands(target)),
  "Fetch takes no such header": any(({ headers }) => headers.some(is_refused)),
};

function as_it_stands(target) {
  return (
    /^\/(?!\/)|^https?:/.test(target) &&
    URL.canParse(target, "https://receiver") &&
    new URL(target, "https://receiver").href.endsWith(target)
  );
}

function is_refused({ name, value = "", value_hex = "" }) {
  return (
    !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) ||
    /[\0\r\n]/.test(value) ||
    /[^\0-\xff]/.test(value) ||
    /^(..)*(00|0a|0d|[89a-f].)/.test(value_hex)
  );
}

let worker;
before(async () => {
  worker = await started("receiving-entry.mjs", {
    durableObjects: { LEDGER: { className: "OvertenLedger", useSQLite: true } },
  });
});
after(() => worker.stop());

async function differences(scenario) {
  const answer = await fetch(worker.url, { method: "POST", body: JSON.stringify(scenario) });
  return answer.ok ? answer.json() : [`${scenario.id}: ${answer.status} ${await answer.text()}`];
}

test("every scenario is answered, handed on and logged as the core says", async () => {
  const { ran, wrong, left_out, unsaid } = await run_all(UNSAYABLE, differences);
  assert.deepEqual(wrong.slice(0, 10), [], `${wrong.length} are wrong`);
  assert.equal(ran + unsaid, receiving.count);
  assert.ok(ran > 10 * unsaid, `${ran} ran, ${unsaid} did not`);
  console.log(`${ran} scenarios ran; ${unsaid} cannot be said here:`, left_out);
});

test("a scenario of which one thing was changed fails, so the runner can fail", async () => {
  const scenario = receiving.scenarios.find(({ requests: [{ expect }] }) => expect.code === "accepted");
  const changed = structuredClone(scenario);
  changed.requests[0].hand_on = { failed: "changed" };
  assert.deepEqual(await differences(scenario), []);
  assert.notDeepEqual(await differences(changed), []);
});

test("the store over a Durable Object does what a receiver relies on", async () => {
  const answer = await fetch(new URL("/check", worker.url), { method: "POST" });
  assert.equal(await answer.text(), '"checked"');
});

test("an object forgets its key by itself, once it counts no longer", async () => {
  const answer = await fetch(new URL("/forget", worker.url), { method: "POST" });
  assert.deepEqual(await answer.json(), ["new", "in_flight", "duplicate"]);
});
