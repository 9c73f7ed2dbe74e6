// Signing a body, and sending it by the command that the page gives.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { sign } from "../../js/build/package/esm/index.js";
import { drop, PATIENCE, SECRET, settled, shown, start } from "./harness.mjs";

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
    if (command.includes("--data-binary @")) await save(page, command);
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

test("copying with no time set keeps the focus, and says that it copied", async () => {
  const page = await site.open({ permissions: ["clipboard-read", "clipboard-write"] });
  await page.getByRole("tab", { name: "Sign a body" }).click();
  await page.locator("#sign-secret textarea").fill(SECRET);
  await settled(page);
  for (const at of [0, 1]) {
    await page.locator("#signed section button").nth(at).focus();
    await page.keyboard.press("Enter");
    await page.locator("#signed section").nth(at).getByText("Copied").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Copied");
  }
});

test("nothing can be pressed that is of what stood there before", async () => {
  const page = await signing();
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1000);
  await page.locator("#body-text").fill('{"event":"another"}');
  const pressed = await page.locator("#signed button").evaluateAll((buttons) =>
    buttons.filter((button) => {
      button.focus();
      return document.activeElement === button || document.elementFromPoint(...centre(button)) === button;
      function centre(element) {
        const { x, y, width, height } = element.getBoundingClientRect();
        return [x + width / 2, y + height / 2];
      }
    }).length,
  );
  assert.equal(pressed, 0);
});

test("the body's file has a name of its own for each body, which the command names", async () => {
  const page = await signing();
  const names = new Set();
  for (const byte of [0, 1]) {
    await drop(page, "#sign", "a-body", Buffer.from([byte]));
    names.add(await save(page, await page.getByLabel("The command").textContent()));
  }
  assert.equal(names.size, 2);
});

test("at a terminal, too, a shell without an editor of its own gets the whole of the longest command", async () => {
  const page = await signing();
  const quotes = "'".repeat(300);
  let body;
  for (let length = 3_000; length > 0; length -= 100) {
    body = `{"summary":"${"x".repeat(length)}${quotes}"}`;
    await page.getByLabel("Body", { exact: true }).fill(body);
    await settled(page);
    if (!(await page.getByLabel("The command").textContent()).includes("--data-binary @")) break;
  }
  received = null;
  await typed("sh", await page.getByLabel("The command").textContent());
  assert.equal(received?.body.toString(), body);
});

test("signs with the first of several lines, whatever its label", async () => {
  const page = await signing();
  await page.locator("#sign-secret textarea").fill(`main:${SECRET}\nprevious:whsec_other_other_other_other_`);
  await settled(page);
  assert.match(await page.locator("#signed-verdict-more").textContent(), /, with main\.$/);
  const signed = sign(Buffer.from(await page.locator("#body-text").inputValue()), SECRET, { now: NOW });
  assert.ok((await page.getByLabel("The headers").textContent()).includes(signed["X-Overten-Signature"]));
});

test("a command does not outlive its secret, where a browser keeps the page to have it back at once", async () => {
  const page = await signing();
  await page.evaluate(() => {
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  });
  await settled(page);
  assert.equal(await page.locator("#signed-verdict-text").textContent(), "Now the secret");
  assert.ok(await page.locator("#signed").isHidden());
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

/** Saves the body under the name that the command reads it by. */
async function save(page, command) {
  const [name] = command.match(/(?<=--data-binary @)\S+$/);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: `Save ${name}` }).click(),
  ]);
  assert.equal(download.suggestedFilename(), name);
  await download.saveAs(path.join(folder, name));
  return name;
}

/** What a shell makes of lines that are typed at a terminal. */
async function typed(shell, lines) {
  const terminal = spawn("script", ["--quiet", "--return", "--command", shell, "/dev/null"], {
    cwd: folder,
    timeout: PATIENCE,
  });
  terminal.stdin.end(`${lines}\nexit\n`);
  terminal.stdout.resume();
  await once(terminal, "close");
}
