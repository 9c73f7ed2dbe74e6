// Every vector through the package as it is installed, in every host.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { HOSTS, in_chromium, printed } from "./hosts.mjs";
import { texts } from "./hosts/files.mjs";
import { started } from "./workerd.mjs";

const files = texts();
const catalogue = JSON.parse(files.codes).codes;

for (const host of Object.keys(HOSTS)) {
  test(`every vector gets its verdict in ${host}`, () => check(JSON.parse(printed(host, "hosts/vectors.mjs"))));
}

for (const host of ["the newest Node", "Node 20", "Bun"]) {
  test(`every vector gets its verdict in ${host}, where the package is required`, () => check(JSON.parse(printed(host, "hosts/vectors.cjs"))));
}

test("every vector gets its verdict in workerd", async () => {
  const worker = await started("hosts/vectors-worker.mjs");
  try {
    const answer = await fetch(worker.url, { method: "POST", body: JSON.stringify(files) });
    check(await answer.json());
  } finally {
    await worker.stop();
  }
});

test("every vector gets its verdict in Chromium", () =>
  in_chromium("hosts/vectors-page.mjs", async (page) => {
    await page.waitForFunction("globalThis.run");
    check(await page.evaluate((given) => globalThis.run(given), files));
  }));

test("the type of codes lists those of the catalogue", () => {
  const types = readFileSync(new URL("../js/error.d.ts", import.meta.url), "utf8");
  const listed = [...types.match(/export type Code =([^;]*);/)[1].matchAll(/"(\w+)"/g)].map(([, code]) => code);
  assert.deepEqual(listed.sort(), catalogue.map(({ code }) => code).sort());
});

function check({ deliveries, details, diagnoses, codes }) {
  const is_own_file = process.env.OVERTEN_VECTORS === undefined;
  for (const [what, { wrong }] of Object.entries({ deliveries, details, diagnoses, codes })) assert.deepEqual(wrong, [], what);
  assert.equal(deliveries.ran, deliveries.count);
  assert.equal(deliveries.ran, JSON.parse(files.deliveries).cases.length);
  assert.ok(deliveries.ran > (is_own_file ? 1000 : 0));
  assert.equal(deliveries.canaries.failed, deliveries.canaries.flipped, "a flipped case fails");
  if (is_own_file) assert.equal(deliveries.canaries.flipped, 3);
  assert.equal(details.ran, Object.values(JSON.parse(files.details)).filter(Array.isArray).flat().length);
  assert.equal(diagnoses.ran, diagnoses.count);
  assert.ok(diagnoses.ran > 200);
  assert.equal(codes.ran, codes.count);
  // A receiver's answers are 600 and up; the first four are C's, but for an argument without a meaning.
  const can_be_thrown = catalogue.filter(({ code, number }) => (number >= 100 && number < 600) || code === "invalid_argument");
  if (is_own_file) assert.deepEqual(codes.thrown, can_be_thrown.map(({ code }) => code).sort());
}
