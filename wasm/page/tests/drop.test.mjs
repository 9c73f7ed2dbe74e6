// Deliveries in every form in which they are captured, dropped as files.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { sign } from "../../js/build/package/esm/index.js";
import { announced, drop, HERE, paste, requestOf, SECRET, settled, shown, start, vectors } from "./harness.mjs";

const captures = JSON.parse(await readFile(path.join(HERE, "../../tests/vectors/captures.json"), "utf8"));
const FORMS = {
  http_request: "an HTTP request",
  curl: "a curl command",
  har: "a HAR file",
  saved: "a saved delivery",
  raw_log: "a log line",
  queue_message: "a queue message",
  json_request: "a request that was recorded as JSON",
};
let site;

before(async () => (site = await start()));
after(() => site.stop());

for (const form of captures.forms) {
  test(`reads ${FORMS[form]} to the byte, and says what it does not hold`, async () => {
    const page = await site.open();
    await page.locator("#secrets textarea").fill(SECRET);
    const cases = captures.cases.filter(({ expect }) => expect.captures?.[0].form === form);
    assert.ok(cases.length > 0);
    for (const vector of cases) await checkRead(page, vector);
  });
}

test("says what is wrong with what is no capture", async () => {
  const page = await site.open();
  const cases = captures.cases.filter(({ expect }) => expect.fault && expect.fault !== "empty");
  assert.ok(cases.length > 0);
  for (const vector of cases) {
    await drop(page, "#explain", vector.id, inputOf(vector));
    assert.equal((await shown(page)).verdict, "This cannot be read", vector.id);
    assert.ok((await page.locator("#verdict-more").textContent()).length > 20, vector.id);
  }
});

test("a delivery that was captured whole verifies in each form that can hold it", async () => {
  const page = await site.open();
  await page.locator("#secrets textarea").fill(SECRET);
  await page.locator("#settings > summary").click();
  await page.getByLabel("When was it received?").selectOption("the second it was signed");
  for (const id of ["http/crlf", "curl/single-quotes", "har/file", "saved/text", "raw/whole"]) {
    await drop(page, "#explain", id, inputOf(captures.cases.find((vector) => vector.id === id)));
    assert.equal((await shown(page)).verdict, "It verifies", id);
  }
});

test("a body that is no text is looked at byte for byte", async () => {
  const page = await site.open();
  await page.locator("#secrets textarea").fill(SECRET);
  for (const vector of vectors.cases.filter(({ body_hex: hex }) => hex !== undefined)) {
    await drop(page, "#explain", vector.id, requestOf(vector));
    const { words, facts } = await shown(page);
    const bytes = Buffer.from(vector.body_hex, "hex");
    assert.equal(facts["its SHA-256"], createHash("sha256").update(bytes).digest("hex"), vector.id);
    for (const cause of vector.expect.causes) assert.ok(words.includes(cause), `${vector.id}: ${words}`);
  }
});

test("a secret's file is taken by the field that it is dropped on, and shown by its length alone", async () => {
  const page = await site.open();
  const plain = vectors.cases.find(({ id }) => id === "verifies/plain");
  await drop(page, "#explain", "delivery.txt", requestOf(plain));
  await drop(page, "#secrets textarea", "secret.txt", Buffer.from(`\ufeff${SECRET}\r\n`));
  assert.match((await shown(page)).facts["secret-0"], /made the signature$/);
  const text = await page.locator("#secrets").innerText();
  assert.match(text, /secret\.txt 55 bytes/);
  assert.ok(!text.includes("whsec_"));
});

test("a long text is pasted at the caret, beside what stands there, which comes back when it is removed", async () => {
  const page = await site.open();
  const body = Buffer.from(`{"event":"run.completed","run_id":"run_01","summary":"${"x".repeat(120_000)}"}`);
  const headers = Object.entries(sign(body, SECRET)).map(([name, value]) => `${name}: ${value}\n`);
  const head = `POST / HTTP/1.1\n${headers.join("")}\n`;
  await page.locator("#secrets textarea").fill(SECRET);
  await page.locator("#capture-text").fill(`${head}old`);
  await page.locator("#capture-text").evaluate((field) => field.setSelectionRange(field.value.length - 3, field.value.length));
  await paste(page, "#capture-text", body.toString());
  assert.equal((await shown(page)).verdict, "It verifies");
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  assert.equal(await page.locator("#capture-text").inputValue(), `${head}old`);
  await page.locator("#capture-text").fill(`${head}${"x".repeat(60_000)}`);
  await paste(page, "#capture-text", "y".repeat(60_000));
  assert.match(await page.locator("#capture .file").textContent(), /byte for byte/, "together they are too long");
});

test("of a clipboard with a text and its picture the text is taken, and else the file", async () => {
  const page = await site.open();
  const picture = ["picture.png", "image/png"];
  await paste(page, "#capture-text", "from a spreadsheet", picture);
  assert.equal(await page.locator("#capture-text").inputValue(), "from a spreadsheet");
  await paste(page, "#capture-text", "delivery.txt", ["delivery.txt", "text/plain"]);
  await page.locator('.file[aria-label="delivery.txt"]').waitFor();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await paste(page, "#capture-text", "", picture);
  await page.locator('.file[aria-label="picture.png"]').waitFor();
});

for (const [side, verdict, more] of [
  ["explain", "#verdict-text", "This cannot be read"],
  ["sign", "#signed-verdict-text", "It cannot be signed"],
]) {
  test(`what cannot be taken is said where it was dropped, and to a screen reader: ${side}`, async () => {
    const page = await site.open();
    await page.locator(`#tab-${side}`).click();
    if (side === "sign") await page.locator("#sign-secret textarea").fill(SECRET);
    const faults = { "several files": [{}, {}], "is over": [{ size: 64 * 1024 * 1024 + 1 }], "is a folder": [{ isFolder: true }] };
    for (const [what, files] of Object.entries(faults)) {
      await page.evaluate(
        ([side, files]) => {
          const dataTransfer = new DataTransfer();
          for (const { size = 1, isFolder } of files) {
            const file = new File([new Uint8Array(size)], "dropped");
            dataTransfer.items.add(file);
            // A folder is a file that cannot be read.
            if (isFolder) File.prototype.arrayBuffer = () => Promise.reject(new DOMException("", "NotFoundError"));
          }
          document.querySelector(`#${side}`).dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        },
        [side, files],
      );
      await page.locator(`#${side} .file`, { hasText: "was not taken" }).waitFor();
      await settled(page);
      assert.equal(await page.locator(verdict).textContent(), more, what);
      assert.match(await announced(page), new RegExp(`^${more}\\. .*${what}`));
      await page.locator(`#${side}`).getByRole("button", { name: "Remove", exact: true }).click();
    }
  });
}

test("a file that is dropped beside the fields does not take the browser away, but is looked at", async () => {
  const page = await site.open();
  const plain = requestOf(vectors.cases.find(({ id }) => id === "verifies/plain"));
  for (const selector of ["header", "footer", "html"]) await drop(page, selector, `on-${selector}`, plain);
  await page.locator("[data-samples]").click();
  await drop(page, "dialog", "on-dialog", plain);
  await page.keyboard.press("Escape");
  await page.getByRole("tab", { name: "Sign a body" }).click();
  await drop(page, "header", "a-body", Buffer.from("{}"));
  assert.ok(await page.locator('#body .file[aria-label="a-body"]').isVisible());
});

test("no script of the page failed", () => assert.deepEqual(site.failures, []));

async function checkRead(page, vector) {
  await drop(page, "#explain", vector.id, inputOf(vector));
  const { captures: expected } = vector.expect;
  assert.equal(await page.locator("#capture-pick option").count(), expected.length, vector.id);
  for (const [at, capture] of expected.entries()) {
    if (expected.length > 1) await page.getByLabel("Which of them").selectOption(String(at));
    await settled(page);
    const body = capture.body_hex === undefined ? Buffer.from(capture.body) : Buffer.from(capture.body_hex, "hex");
    const { facts } = await shown(page);
    assert.equal(facts["its SHA-256"], createHash("sha256").update(body).digest("hex"), vector.id);
    assert.ok(
      (await page.locator("#capture-read").textContent()).startsWith(`Read as ${FORMS[capture.form]}`),
      vector.id,
    );
    const lacks = await page.locator("#result [data-lacks] .word").allTextContents();
    // What is JSON to its end was not cut, whatever length was announced.
    const isMissing = (lack) => lack !== "body_cut" || !isObject(body);
    assert.deepEqual(lacks, capture.lacks.filter(isMissing), vector.id);
  }
}

function isObject(body) {
  try {
    return JSON.parse(body).constructor === Object;
  } catch {
    return false;
  }
}

function inputOf({ input, input_hex: hex }) {
  return hex === undefined ? Buffer.from(input) : Buffer.from(hex, "hex");
}
