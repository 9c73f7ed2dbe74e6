// A delivery and a secret: whether it verifies and, if not, why.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sign } from "../../js/build/package/esm/index.js";
import { made } from "../samples.plugin.mjs";
import { choose, give, PATIENCE, requestOf, SECRET, settled, shown, start, vectors } from "./harness.mjs";

const PLAIN = vectors.cases.find(({ id }) => id === "verifies/plain");
const SPACED = vectors.cases.find(({ expect }) => expect.causes.join() === "json_spacing");
let site;

before(async () => (site = await start()));
after(() => site.stop());

test("says that a delivery verifies as soon as its secret is there, and asks for what is missing", async () => {
  const page = await site.open();
  assert.equal((await shown(page)).verdict, "Paste a delivery");
  await give(page, requestOf(PLAIN).toString());
  assert.equal((await shown(page)).verdict, "Now the secret");
  await page.locator("#settings > summary").click();
  await page.getByLabel("When was it received?").selectOption("the second it was signed");
  await give(page, requestOf(PLAIN).toString(), SECRET);
  const { tone, verdict, words, facts } = await shown(page);
  assert.deepEqual({ tone, verdict, words }, { tone: "good", verdict: "It verifies", words: [] });
  assert.match(facts["secret-0"], /^fingerprint [0-9a-f]{8}, made the signature$/);
});

test("has a sample for every cause that the core knows, and explains each as its vector says", async () => {
  const samples = await made();
  const words = samples.map(({ word }) => word);
  assert.deepEqual(
    vectors.causes.filter((cause) => !words.includes(cause)),
    [],
  );
  const page = await site.open();
  for (const { word, id } of samples) {
    const { expect } = vectors.cases.find((vector) => vector.id === id);
    await choose(page, word);
    const { tone, words: found, says, announced } = await shown(page);
    assert.deepEqual(found, [...expect.causes, ...expect.suspicions], `${word} (${id})`);
    assert.equal(tone, { verifies: "good", explained: "known", unexplained: "bad" }[expect.outcome], word);
    assert.equal(says, expect.code === "ok" ? null : expect.code, word);
    if (expect.causes.length > 0) assert.match(announced, /^It does not verify\. .+ wrong\./, word);
  }
});

test("finds a sample by what it says", async () => {
  const page = await site.open();
  await page.locator("[data-samples]").click();
  await page.getByLabel("Search the samples").fill("byte order mark");
  const found = await page
    .locator("#samples-list [data-word]:visible")
    .evaluateAll((all) => all.map(({ dataset }) => dataset.word));
  assert.deepEqual(found, ["bom_added", "bom_lost"]);
});

test("judges a capture that names no time as if it came now, and offers the second it was signed", async () => {
  const page = await site.open();
  await give(page, requestOf(PLAIN).toString(), SECRET);
  assert.deepEqual((await shown(page)).words, ["timestamp_too_old"]);
  await page.getByRole("button", { name: "Judge it at the second it was signed" }).click();
  await settled(page);
  assert.equal((await shown(page)).verdict, "It verifies");
});

test("takes the receiver's tolerance, body limit and clock, and says which of them is no number", async () => {
  const page = await site.open();
  await give(page, requestOf(PLAIN).toString(), SECRET);
  await page.locator("#settings > summary").click();
  await page.getByLabel("any age").check();
  await settled(page);
  assert.equal((await shown(page)).verdict, "It verifies");
  await page.getByLabel("Body limit, in bytes").fill("10");
  await settled(page);
  assert.deepEqual((await shown(page)).words, ["body_too_large"]);
  await page.getByLabel("Body limit, in bytes").fill("ten");
  await settled(page);
  assert.equal((await shown(page)).verdict, "Look at the settings");
  await page.getByLabel("Body limit, in bytes").fill("1000");
  await page.getByLabel("When was it received?").selectOption("at a time");
  await page.getByLabel("Time, in Unix seconds or as a date").fill("2025-10-09T08:53:00Z");
  await settled(page);
  assert.equal((await shown(page)).facts["judged at"], "1759999980, as set: 20 seconds before the timestamp");
});

test("names the secret that made the signature among several, and one that the receiver does not have", async () => {
  const page = await site.open();
  const other = "whsec_other_other_other_other_";
  await give(page, requestOf(SPACED).toString(), other, SECRET);
  assert.match((await shown(page)).facts["secret-1"], /made the signature$/);
  await page.getByRole("button", { name: "Remove Secret 2" }).click();
  await page.locator("#settings > summary").click();
  await page.locator("#others [data-add]").click();
  await page.getByLabel("Other secret", { exact: true }).fill(SECRET);
  await settled(page);
  const { words, facts } = await shown(page);
  assert.ok(words.includes("other_secret") && words.includes("json_spacing"), words.join());
  assert.match(facts["secret-1"], /not the receiver's, made the signature$/);
});

test("says of a delivery that verifies and is no event that a receiver sets it aside, and why", async () => {
  const page = await site.open();
  const body = "[]";
  const headers = Object.entries(sign(Buffer.from(body), SECRET)).map(([name, value]) => `${name}: ${value}\r\n`);
  await give(page, `POST / HTTP/1.1\r\n${headers.join("")}\r\n${body}`, SECRET);
  const { tone, verdict, announced } = await shown(page);
  assert.deepEqual({ tone, verdict }, { tone: "unsure", verdict: "It verifies, but is no event" });
  assert.match(announced, /sets this delivery aside.*object/);
});

test("shows what a receiver answers to a delivery that verifies, and does not call it whole or cut by itself", async () => {
  const page = await site.open();
  const body = PLAIN.body;
  const headers = Object.entries(sign(Buffer.from(body), SECRET)).map(([name, value]) => `${name}: ${value}\r\n`);
  for (const [method, length, answer] of [
    ["POST", body.length + 7, "unavailable"],
    ["GET", body.length, "method_not_allowed"],
  ]) {
    await give(page, `${method} / HTTP/1.1\r\n${headers.join("")}Content-Length: ${length}\r\n\r\n${body}`, SECRET);
    const { tone, verdict, words, announced } = await shown(page);
    const wanted = { tone: "unsure", verdict: "It verifies, but is not taken", words: [] };
    assert.deepEqual({ tone, verdict, words }, wanted, answer);
    assert.ok(announced.includes(`A receiver answers ${answer}: `), announced);
  }
});

test("tells from a logged line whether it begins as a right signature does", async () => {
  const page = await site.open();
  const signed = sign(Buffer.from(PLAIN.body), SECRET);
  const shortened = `${signed["X-Overten-Signature"].slice(0, 15)}…`;
  const line = JSON.stringify({
    raw: "signature_mismatch",
    headers: { ...signed, "X-Overten-Signature": shortened },
    body: PLAIN.body,
  });
  for (const [secret, words] of [
    [SECRET, /is how the right one of the secret 'secret-0' begins/],
    ["whsec_other_other_other_other_", /is not how a right one/],
  ]) {
    await give(page, line, secret);
    const { tone, verdict, announced } = await shown(page);
    assert.deepEqual({ tone, verdict }, { tone: "unsure", verdict: "It cannot be proven" });
    assert.match(announced, words);
  }
});

test("gives each secret a name of its own, also where one was removed before", async () => {
  const page = await site.open();
  const add = page.locator("#secrets [data-add]");
  for (let more = 0; more < 2; more += 1) await add.click();
  await page.getByRole("button", { name: "Remove Secret 2" }).click();
  await add.click();
  const names = await page.locator("#secrets textarea").evaluateAll((all) => all.map((one) => one.ariaLabel));
  assert.equal(names.length, 3);
  assert.equal(new Set(names).size, 3, names.join());
});

test("offers the deliveries of the file that is there, and not of the one before", async () => {
  const page = await site.open();
  const headers = Object.entries(sign(Buffer.from("{}"), SECRET)).map(([name, value]) => ({ name, value }));
  const entry = (url) => ({ request: { method: "POST", url, headers, postData: { mimeType: "a/b", text: "{}" } } });
  const har = (...urls) => JSON.stringify({ log: { version: "1.2", entries: urls.map(entry) } });
  const offered = () => page.locator("#capture-pick option").allTextContents();
  await give(page, har("https://a.example/one", "https://a.example/two"));
  assert.match((await offered()).join(), /one.*two/);
  await give(page, har("https://a.example/three", "https://a.example/four"));
  assert.match((await offered()).join(), /three.*four/);
});

test("takes no date that means one day here and another there", async () => {
  const page = await site.open();
  await give(page, requestOf(PLAIN).toString(), SECRET);
  await page.locator("#settings > summary").click();
  await page.getByLabel("When was it received?").selectOption("at a time");
  for (const date of ["01/02/2026", "2 January 2026", "2026-01-31T12:00:00"]) {
    await page.getByLabel("Time, in Unix seconds or as a date").fill(date);
    await settled(page);
    assert.equal((await shown(page)).verdict, "Look at the settings", date);
  }
});

test("says what it cannot read, and forgets it once it can", async () => {
  const page = await site.open();
  await give(page, "this is no delivery", SECRET);
  const { tone, verdict } = await shown(page);
  assert.deepEqual({ tone, verdict }, { tone: "unsure", verdict: "This cannot be read" });
  await give(page, requestOf(SPACED).toString(), SECRET);
  assert.ok((await shown(page)).words.includes("json_spacing"));
  await give(page, "");
  assert.equal((await shown(page)).verdict, "Paste a delivery");
});

test("copies the core's report whole, without the signature or the secret", async () => {
  const page = await site.open({ permissions: ["clipboard-read", "clipboard-write"] });
  await choose(page, "json_spacing");
  await page.getByRole("button", { name: "Copy the report" }).click();
  await page.getByText("Copied").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^The delivery does not verify \(signature_mismatch\)[^]*json_spacing[^]*SHA-256 [0-9a-f]{64}/);
  const signature = SPACED.headers.find(({ name }) => name === "X-Overten-Signature").value;
  for (const hidden of [SECRET, signature, signature.slice(7, 39)]) assert.ok(!copied.includes(hidden));
});

test("stays at hand while it searches a megabyte, and drops the search when something newer is given", async () => {
  const page = await site.open();
  const body = `{"event":"run.completed","run_id":"run_01","summary":"${"x".repeat(1024 * 1024)}"}`;
  const forged = `X-Overten-Timestamp: 1760000000\nX-Overten-Signature: sha256=${"0".repeat(64)}\n\n${body}`;
  await page.locator("#secrets textarea").fill(SECRET);
  await settled(page);
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    document
      .querySelector("#capture-text")
      .dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, cancelable: true }));
  }, forged);
  await page.locator('#result[aria-busy="true"]').waitFor({ state: "attached" });
  await page.getByRole("tab", { name: "Sign a body" }).click();
  await page.getByLabel("Where to send it").fill("https://example.com/while-it-searches");
  assert.equal(await page.locator("#result").getAttribute("aria-busy"), "true", "the search is still going on");
  await page.getByRole("tab", { name: "Explain a delivery" }).click();
  await page.getByRole("heading", { name: "Looking" }).waitFor();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await settled(page);
  assert.equal((await shown(page)).verdict, "Paste a delivery");
  // It answers once its search is over: what came of that is shown to nobody.
  await page.workers()[0].evaluate(() => true);
  await settled(page);
  assert.equal((await shown(page)).verdict, "Paste a delivery");
  await give(page, requestOf(SPACED).toString());
  assert.ok((await shown(page)).words.includes("json_spacing"));
});

test("no script of the page failed", { timeout: PATIENCE }, () => assert.deepEqual(site.failures, []));
