// Nothing leaves the page, and nothing stays behind.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { BUILD, choose, give, requestOf, SECRET, settled, shown, start, vectors } from "./harness.mjs";

const SPACED = vectors.cases.find(({ expect }) => expect.causes.join() === "json_spacing");
const POLICY = {
  "default-src": "'none'",
  "script-src": "'self' 'wasm-unsafe-eval'",
  "worker-src": "blob:",
  "style-src": "'self'",
  "font-src": "'self'",
  "img-src": "'self'",
  "connect-src": "'none'",
  "base-uri": "'none'",
  "form-action": "'none'",
};
let site;

before(async () => (site = await start()));
after(() => site.stop());

test("asks for its own files alone, and after that for nothing, whatever is done", async () => {
  const page = await site.open();
  const loaded = site.requests.length;
  for (const url of site.requests) assert.ok(url.startsWith(site.origin) || url.startsWith("blob:"), url);
  await page.context().setOffline(true);
  await useAll(page);
  const since = site.requests.slice(loaded).filter((url) => !url.startsWith("blob:"));
  assert.deepEqual(since, []);
});

test("the built page carries the policy, and no script, style or handler of its own in the markup", async () => {
  const html = await readFile(path.join(BUILD, "index.html"), "utf8");
  const [, policy] = html.match(/http-equiv="Content-Security-Policy"\s+content="([^"]*)"/);
  assert.deepEqual(Object.fromEntries(policy.split("; ").map((part) => part.split(/ (.*)/, 2))), POLICY);
  assert.ok(html.indexOf("Content-Security-Policy") < html.indexOf("<script"), "the policy comes first");
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=/);
});

test("the policy holds: neither the page nor its worker can connect to anything", async () => {
  const page = await site.open();
  await choose(page, "json_spacing");
  const tries = `(async () => {
    const result = {};
    result.fetch = await fetch(${JSON.stringify(site.origin)}).then(() => "let through", () => "refused");
    result.socket = await new Promise((done) => {
      try {
        const socket = new WebSocket(${JSON.stringify(site.origin.replace("http", "ws"))});
        socket.onerror = () => done("refused");
        socket.onopen = () => done("let through");
      } catch { done("refused"); }
    });
    return result;
  })()`;
  const refused = { fetch: "refused", socket: "refused" };
  const before = site.requests.length;
  assert.deepEqual(await page.evaluate(tries), refused);
  const [worker] = page.workers();
  assert.ok(worker, "the core runs in a worker");
  assert.deepEqual(await worker.evaluate(tries), refused);
  assert.deepEqual(
    site.requests.slice(before).filter((url) => !url.startsWith("blob:")),
    [],
  );
  // These were ours.
  site.failures.length = 0;
});

test("a secret is in no address, storage, markup or text, shown or masked", async () => {
  const page = await site.open();
  await give(page, requestOf(SPACED).toString(), SECRET);
  const field = page.locator("#secrets textarea");
  assert.match(await field.evaluate((element) => getComputedStyle(element).webkitTextSecurity), /disc/);
  await page.getByRole("button", { name: "Show Secret" }).first().click();
  assert.equal(await field.evaluate((element) => getComputedStyle(element).webkitTextSecurity), "none");
  for (const state of ["shown", "masked"]) {
    const kept = await page.evaluate(async () => [
      location.href,
      document.cookie,
      JSON.stringify({ ...localStorage, ...sessionStorage, state: history.state }),
      JSON.stringify(await indexedDB.databases()),
      JSON.stringify(await caches.keys().catch(() => [])),
      document.documentElement.outerHTML,
      document.body.innerText,
    ]);
    for (const text of kept) assert.ok(!text.includes(SECRET.slice(6, 20)), state);
    await page.getByRole("button", { name: "Show Secret" }).first().click();
  }
});

test("no field is completed, corrected or restored by the browser", async () => {
  const page = await site.open();
  await page.locator("#settings > summary").click();
  await page.locator("#others [data-add]").click();
  const fields = page.locator("textarea, input:not([type=checkbox])");
  for (const field of await fields.all()) assert.equal(await field.getAttribute("autocomplete"), "off");
  for (const field of await page.locator("textarea").all())
    assert.equal(await field.getAttribute("spellcheck"), "false");
  assert.equal(await page.locator("input[type=password], form").count(), 0, "nothing that a browser offers to save");
});

test("the received signature is shown by its length alone", async () => {
  const page = await site.open();
  for (const word of ["json_spacing", "unknown_secret", "verifies"]) {
    await choose(page, word);
    const signature = (await page.locator("#capture-text").inputValue()).match(/sha256=([0-9a-f]{64})/)[1];
    const said = await page.locator("#result").innerText();
    for (let at = 0; at + 16 <= 64; at += 8) assert.ok(!said.includes(signature.slice(at, at + 16)));
    assert.equal((await shown(page)).facts["X-Overten-Signature"], "71 bytes");
  }
});

test("a secret is gone when one comes back to the page", async () => {
  const page = await site.open();
  await give(page, requestOf(SPACED).toString(), SECRET);
  await page.reload();
  assert.equal(await page.locator("#secrets textarea").inputValue(), "");
  await give(page, requestOf(SPACED).toString(), SECRET);
  // What a browser does that keeps the page whole, to have it back at once: while driven, this one does not.
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  assert.equal(await page.locator("#secrets textarea").inputValue(), "");
});

test("opened from a disk, without a server, it works as well", async () => {
  const page = await site.open();
  await page.goto(pathToFileURL(path.join(BUILD, "index.html")).href);
  await useAll(page);
});

test("no script of the page failed", () => assert.deepEqual(site.failures, []));

async function useAll(page) {
  await choose(page, "json_spacing");
  assert.deepEqual((await shown(page)).words, ["json_spacing"]);
  await page.getByRole("tab", { name: "Sign a body" }).click();
  await page.locator("#sign-secret textarea").fill(SECRET);
  await settled(page);
  await page.getByRole("button", { name: "Look at it as a receiver does" }).click();
  await settled(page);
  assert.equal((await shown(page)).verdict, "It verifies");
}
