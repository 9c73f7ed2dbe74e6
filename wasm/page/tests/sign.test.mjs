// Signing a body, and sending it by the command that the page gives.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { sign } from "../../js/build/package/esm/index.js";
import { BODY_FILE } from "../src/curl.ts";
import { drop, SECRET, settled, shown, start } from "./harness.mjs";

const NOW = 1_760_000_000;
/** Bodies that a shell, a terminal or curl would change if they were let. */
const TYPED = {
  json: '{"event":"run.completed","run_id":"run_01"}',
  empty: "",
  "quotes, dollars, backslashes": `it's "$HOME" \`id\` $(id) \\n \\\\ !! !x ~ * {a,b} #`,
  "what curl takes for a file": "@/etc/hostname",
  "new lines at its end": "{}\n\n",
  "other scripts": '{"summary":"Grüße, 東京, 🦀"}',
};
const DROPPED = {
  "bytes that are no text": Buffer.from([0, 1, 2, 0xff, 0xfe, 13, 10, 27]),
  "carriage returns": Buffer.from('{\r\n"event":"run.completed"}\r\n'),
  "a byte order mark": Buffer.from('\ufeff{"event":"run.completed"}'),
  long: Buffer.from(`{"summary":"${"x".repeat(200_000)}"}`),
};

let site, receiver, received, folder;

before(async () => {
  site = await start();
  folder = await mkdtemp(path.join(tmpdir(), "overten-page-"));
  receiver = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request);
    received = { method: request.method, headers: request.headers, path: request.url, body: Buffer.concat(chunks) };
    response.end();
  });
  await new Promise((listening) => receiver.listen(0, "127.0.0.1", listening));
});
after(async () => {
  await site.stop();
  receiver.closeAllConnections();
  receiver.close();
  await rm(folder, { recursive: true });
});

for (const [name, body] of Object.entries({ ...TYPED, ...DROPPED })) {
  test(`the command sends exactly what was signed: ${name}`, async () => {
    const page = await signing();
    if (typeof body === "string") await page.getByLabel("Body", { exact: true }).fill(body);
    else await drop(page, "#sign", "a-body", body);
    await settled(page);
    const command = await page.getByLabel("The command").textContent();
    if (command.includes(`@${BODY_FILE}`)) await save(page);
    for (const shell of ["bash", "sh"]) {
      received = null;
      await promisify(execFile)(shell, ["-c", command], { cwd: folder });
      assert.equal(received.method, "POST");
      assert.equal(received.path, "/it's?a=[1-2]&b={x}");
      assert.deepEqual(received.body, Buffer.from(body));
      const signed = sign(Buffer.from(body), SECRET, { now: NOW });
      for (const [header, value] of Object.entries(signed)) assert.equal(received.headers[header.toLowerCase()], value);
    }
  });
}

test("what was signed here verifies on the page's other side", async () => {
  const page = await site.open();
  await page.getByRole("tab", { name: "Sign a body" }).click();
  await page.locator("#sign-secret textarea").fill(SECRET);
  await settled(page);
  await page.getByRole("button", { name: "Look at it as a receiver does" }).click();
  await settled(page);
  const { verdict, facts } = await shown(page);
  assert.equal(verdict, "It verifies");
  assert.equal(facts["event"], "run.completed");
});

test("what was signed is shown on the other side whatever stands for its address", async () => {
  const page = await site.open();
  await page.getByRole("tab", { name: "Sign a body" }).click();
  await page.locator("#sign-secret textarea").fill(SECRET);
  await page.getByLabel("Where to send it").fill("https://[bad");
  await settled(page);
  await page.getByRole("button", { name: "Look at it as a receiver does" }).click();
  await settled(page);
  assert.equal((await shown(page)).verdict, "It verifies");
});

test("signs at a time that was typed as a date, and refuses what is none", async () => {
  const page = await signing();
  await page.getByLabel("Time of signing").fill("2026-01-31T12:00:00Z");
  await settled(page);
  assert.match(await page.getByLabel("The headers").textContent(), /^X-Overten-Timestamp: 1769860800$/m);
  await page.getByLabel("Time of signing").fill("tomorrow");
  await settled(page);
  assert.equal(await page.locator("#signed-verdict-text").textContent(), "Now the time");
});

test("says why a secret is refused, without showing it", async () => {
  const page = await signing();
  await page.locator("#sign-secret textarea").fill("whsec_short");
  await settled(page);
  assert.equal(await page.locator("#signed-verdict-text").textContent(), "It cannot be signed");
  assert.match(await page.locator("#signed-verdict-more").textContent(), /fewer than 16 bytes/);
});

test("copying signs anew, so that the command is fresh", async () => {
  const page = await site.open({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.clock.install({ time: NOW * 1000 });
  await page.getByRole("tab", { name: "Sign a body" }).click();
  await page.locator("#sign-secret textarea").fill(SECRET);
  await page.clock.runFor(1000);
  await settled(page);
  await page.clock.runFor(400_000);
  await page.locator("#signed section").nth(1).getByRole("button", { name: "Copy" }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()).startsWith("curl"));
  const [timestamp] = (await page.evaluate(() => navigator.clipboard.readText())).match(
    /(?<=X-Overten-Timestamp: )\d+/,
  );
  assert.ok(Number(timestamp) >= NOW + 400, timestamp);
});

test("no script of the page failed", () => assert.deepEqual(site.failures, []));

/** The page on its signing side, with a secret, a time and the receiver's address given. */
async function signing() {
  const page = await site.open();
  await page.getByRole("tab", { name: "Sign a body" }).click();
  await page.locator("#sign-secret textarea").fill(SECRET);
  await page.getByLabel("Where to send it").fill(`http://127.0.0.1:${receiver.address().port}/it's?a=[1-2]&b={x}`);
  await page.getByLabel("Time of signing").fill(String(NOW));
  await settled(page);
  return page;
}

async function save(page) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: `Save ${BODY_FILE}` }).click(),
  ]);
  assert.equal(download.suggestedFilename(), BODY_FILE);
  await download.saveAs(path.join(folder, BODY_FILE));
}
