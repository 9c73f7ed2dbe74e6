// A delivery and a secret: whether it verifies and, if not, why.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sign } from "../../js/build/package/esm/index.js";
import { made } from "../samples.plugin.mjs";
import {
  announced,
  choose,
  drop,
  give,
  paste,
  PATIENCE,
  requestOf,
  SECRET,
  settled,
  shown,
  start,
  vectors,
} from "./harness.mjs";

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
    const { tone, words: found, says } = await shown(page);
    assert.deepEqual(found, [...expect.causes, ...expect.suspicions], `${word} (${id})`);
    assert.equal(tone, { verifies: "good", explained: "known", unexplained: "bad" }[expect.outcome], word);
    assert.equal(says, expect.code === "ok" ? null : expect.code, word);
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
  await give(page, requestOf(SPACED).toString(), other);
  await page.locator("#settings > summary").click();
  await page.getByLabel("Secrets the receiver does not have", { exact: true }).fill(SECRET);
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
  const { tone, verdict } = await shown(page);
  assert.deepEqual({ tone, verdict }, { tone: "unsure", verdict: "It verifies, but is no event" });
  assert.match(await announced(page), /sets this delivery aside.*object/);
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
    const { tone, verdict, words } = await shown(page);
    const wanted = { tone: "unsure", verdict: "It verifies, but is not taken", words: [] };
    assert.deepEqual({ tone, verdict, words }, wanted, answer);
    const said = await announced(page);
    assert.ok(said.includes(`A receiver answers ${answer}: `), said);
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
    const { tone, verdict } = await shown(page);
    assert.deepEqual({ tone, verdict }, { tone: "unsure", verdict: "It cannot be proven" });
    assert.match(await announced(page), words);
  }
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
  for (const date of ["01/02/2026", "2 January 2026", "2026-01-31T12:00:00", "2026-02-31", "2026-02-30T12:00:00Z"]) {
    await page.getByLabel("Time, in Unix seconds or as a date").fill(date);
    await settled(page);
    assert.equal((await shown(page)).verdict, "Look at the settings", date);
  }
});

test("a sample's settings and secrets end with the sample, and what somebody set stays, named", async () => {
  const page = await site.open();
  const summary = () => page.locator("#settings-summary").textContent();
  for (const word of ["verifies", "body_too_large", "other_secret"]) {
    await choose(page, word);
    assert.match(await summary(), /^received 2025-10-09 08:53:20 UTC/, word);
    await give(page, fresh());
    assert.equal((await shown(page)).verdict, "Now the secret", word);
    await give(page, fresh(), SECRET);
    assert.equal((await shown(page)).verdict, "It verifies", word);
    assert.equal(await summary(), "", word);
  }
  await choose(page, "body_too_large");
  assert.match(await summary(), /, limit [\d,]+ bytes$/);
  await page.locator("#capture-text").press("End");
  await page.keyboard.type("X");
  await settled(page);
  assert.match(await summary(), /limit/, "a sample with a change is still that sample");
  await page.locator("#secrets textarea").fill(SECRET);
  await drop(page, "#explain", "own.txt", Buffer.from(fresh()));
  assert.equal((await shown(page)).verdict, "It verifies", "a secret that was typed before stays");
  assert.equal(await summary(), "");
  await page.getByRole("button", { name: "Remove", exact: true }).click();

  await give(page, requestOf(PLAIN).toString());
  await page.getByRole("button", { name: "Judge it at the second it was signed" }).click();
  await settled(page);
  assert.equal((await shown(page)).verdict, "It verifies");
  assert.equal(await summary(), "received the second it was signed");
  await give(page, requestOf(SPACED).toString());
  assert.equal(await summary(), "");

  await page.locator("#settings > summary").click();
  await page.getByLabel("any age").check();
  await page.getByLabel("future", { exact: true }).fill("7");
  await page.getByLabel("Body limit, in bytes").fill("2000");
  await page.locator("#others textarea").fill(SECRET);
  await page.getByLabel("When was it received?").selectOption("now");
  await give(page, fresh());
  assert.equal(await summary(), "received now, past any age, future 7 s, limit 2,000 bytes, other secrets");
});

test("a sample of which a last character is left has ended, and one of which half is changed has not", async () => {
  const page = await site.open();
  const field = page.locator("#capture-text");
  const summary = () => page.locator("#settings-summary").textContent();
  const length = () => field.evaluate(({ value }) => value.length);
  const replace = async (from, to, text) => {
    await field.evaluate((field, range) => (field.focus(), field.setSelectionRange(...range)), [from, to]);
    await (text === "" ? page.keyboard.press("Backspace") : page.keyboard.insertText(text));
    await settled(page);
  };

  await choose(page, "verifies");
  await replace(0, (await length()) - 1, fresh().slice(0, -1));
  assert.equal((await shown(page)).verdict, "Now the secret", "all but the last replaced at once");
  assert.equal(await summary(), "");

  await choose(page, "verifies");
  for (let left = await length(); left > 1; left = await length()) await replace(Math.ceil(left / 2), left, "");
  assert.equal(await summary(), "", "and deleted little by little");

  await choose(page, "verifies");
  await field.evaluate((field) => field.setSelectionRange(0, field.value.length - 1));
  await paste(page, "#capture-text", "x".repeat(120_000));
  assert.equal(await summary(), "", "and by a text that is laid aside");

  await choose(page, "verifies");
  const half = Math.ceil((await length()) / 2);
  await replace(half, await length(), "x".repeat(half));
  await replace(0, half, "x".repeat(half));
  assert.match(await summary(), /^received /);
});

test("takes secrets by line as a receiver's variable has them, typed or dropped", async () => {
  const page = await site.open();
  const other = "whsec_other_other_other_other_";
  const lines = `previous:${other}\n\n  main:${SECRET}\r\n`;
  await give(page, fresh(), `main:${SECRET}`);
  assert.match((await shown(page)).facts["main"], /made the signature$/);
  await give(page, fresh(), lines);
  assert.deepEqual(Object.keys((await shown(page)).facts).slice(-2), ["previous", "main"]);
  await page.locator("#secrets textarea").fill("");
  await drop(page, "#secrets textarea", "secrets.txt", Buffer.from(lines));
  const { verdict, facts } = await shown(page);
  assert.equal(verdict, "It verifies");
  assert.match(facts["main"], /made the signature$/);
});

test("takes the file that a command reads its body from, and lets go of it with the command", async () => {
  const page = await site.open();
  const body = Buffer.from([...Buffer.from('{"event":"run.completed","run_id":"run_01","summary":"'), 0xc3, 0x28]);
  const headers = Object.entries(sign(body, SECRET)).map(([name, value]) => ` --header '${name}: ${value}'`);
  const command = `curl --url 'https://a.example/hook'${headers.join("")} --data-binary @the-body.bin`;
  await give(page, command, SECRET);
  assert.deepEqual((await shown(page)).words, ["body_in_file"]);
  await drop(page, "#body-file", "the-body.bin", body);
  const { says, facts } = await shown(page);
  assert.equal(says, null);
  assert.equal(facts["body"], `${body.length} bytes`);
  assert.match(facts["secret-0"], /made the signature$/);
  await page.locator("#body-file").getByRole("button", { name: "Remove" }).click();
  await settled(page);
  assert.deepEqual((await shown(page)).words, ["body_in_file"]);
  await page.locator("#body-file textarea").fill("typed");
  await give(page, fresh());
  assert.ok(await page.locator("#body-file").isHidden());
  await give(page, command);
  assert.equal(await page.locator("#body-file textarea").inputValue(), "");
});

test("takes a file's content for no other file, and for no other command", async () => {
  const page = await site.open();
  const body = Buffer.from(PLAIN.body);
  const headers = Object.entries(sign(body, SECRET)).map(([name, value]) => ` --header '${name}: ${value}'`);
  const command = (data) => `curl --url 'https://a.example/hook'${headers.join("")} ${data}`;
  const edit = async (before, after) => {
    await page.locator("#capture-text").evaluate((field, [before, after]) => {
      field.setRangeText(after, field.value.indexOf(before), field.value.indexOf(before) + before.length);
      field.dispatchEvent(new InputEvent("input"));
    }, [before, after]);
    await settled(page);
  };
  const giveFile = async () => {
    await drop(page, "#body-file", "one.bin", body);
    assert.equal((await shown(page)).verdict, "It verifies");
  };
  const asksFor = async (name) => {
    assert.deepEqual((await shown(page)).words, ["body_in_file"], name);
    assert.equal(await page.locator("#body-file-name").textContent(), name);
    assert.equal(await page.locator("#body-file .file").count(), 0, name);
  };

  await give(page, command("--data-binary @one.bin"), SECRET);
  await giveFile();
  await edit("https://a.", "https://b.");
  assert.equal((await shown(page)).verdict, "It verifies", "it is the same file still");
  await edit("one.bin", "other.bin");
  await asksFor("other.bin");
  await giveFile();
  await edit("--data-binary @other.bin", "--data-raw 'x'");
  assert.ok(await page.locator("#body-file").isHidden());

  for (const second of ["other.bin", "one.bin"]) {
    await give(page, `${command("--data-binary @one.bin")}\n${command(`--data-binary @${second}`)}`, SECRET);
    await asksFor("one.bin");
    await giveFile();
    await page.getByLabel("Which of them").selectOption("1");
    await settled(page);
    await asksFor(second);
  }
});

test("looks again when a browser comes back to the page, and never at settings that it kept unseen", async () => {
  const page = await site.open();
  await give(page, requestOf(PLAIN).toString(), SECRET);
  await page.locator("#settings > summary").click();
  await page.getByLabel("any age").check();
  await settled(page);
  assert.equal((await shown(page)).verdict, "It verifies");
  await page.goto("about:blank");
  await page.goBack();
  await settled(page);
  assert.equal((await shown(page)).verdict, "Paste a delivery");
  await give(page, requestOf(PLAIN).toString(), SECRET);
  assert.deepEqual((await shown(page)).words, ["timestamp_too_old"]);

  // Where a browser keeps the page whole it empties the secrets alone; while driven, this one does not keep it.
  await page.evaluate(() => {
    document.querySelector("#past-off").checked = true;
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  });
  await settled(page);
  assert.equal((await shown(page)).verdict, "Now the secret");
  assert.equal(await page.locator("#settings-summary").textContent(), "past any age");
});

test("counts what was tried only where something was", async () => {
  const page = await site.open();
  await give(page, "POST / HTTP/1.1\nX-Overten-Timestamp: 1760000000\n\n{}", SECRET);
  const said = await page.locator("#result .said").textContent();
  assert.doesNotMatch(said, /\b0 /);
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
  await page.getByText("Copied", { exact: true }).waitFor();
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

/** A delivery that was signed this moment. */
function fresh() {
  const body = '{"event":"run.completed","run_id":"run_01"}';
  const headers = Object.entries(sign(Buffer.from(body), SECRET)).map(([name, value]) => `${name}: ${value}\n`);
  return `POST /webhooks/overten HTTP/1.1\n${headers.join("")}\n${body}`;
}
