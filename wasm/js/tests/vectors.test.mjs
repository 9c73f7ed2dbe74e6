// Every vector through the package as it is installed, in every host.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { catalogue, check, files } from "./checked-vectors.mjs";
import { HOSTS, in_chromium, printed } from "./hosts.mjs";
import { started } from "./workerd.mjs";

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

test("a Worker that was bundled without the condition workerd is told so", async () => {
  const said = async (conditions) => {
    const worker = await started("hosts/said-by-worker.mjs", { conditions });
    try {
      return await (await fetch(worker.url)).text();
    } finally {
      await worker.stop();
    }
  };
  assert.match(await said(["worker"]), /^internal: .*what bundles a Worker the condition workerd/);
  assert.equal(await said(["workerd", "worker"]), "secret-0");
});
