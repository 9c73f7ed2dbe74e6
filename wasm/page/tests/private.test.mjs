// Nothing leaves the page, and nothing stays behind.

import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { BUILD, choose, give, requestOf, SECRET, settled, shown, start, vectors } from "./harness.mjs";

const SPACED = vectors.cases.find(({ expect }) => expect.causes.join() === "json_spacing");
const html = await readFile(path.join(BUILD, "index.html"), "utf8");
const [, script] = html.match(/<script>([^]*)<\/script>/);
const [, style] = html.match(/<style>([^]*)<\/style>/);
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const POLICY = {
  "default-src": "'none'",
  "script-src": `${hash(script)} 'wasm-unsafe-eval'`,
  "worker-src": "blob:",
  "style-src": hash(style),
  "font-src": "data:",
  "img-src": "data:",
  "connect-src": "'none'",
  "base-uri": "'none'",
  "form-action": "'none'",
};
let site;

before(async () => (site = await start()));
after(() => site.stop());

test("asks for one file, and after that for nothing, whatever is done", async () => {
  const page = await site.open();
  await page.context().setOffline(true);
  await useAll(page);
  assert.deepEqual(asked(site.requests), [site.origin]);
});

test("the built page carries the policy, which names its one script and its one style, and no handler in the markup", () => {
  const [, policy] = html.match(/http-equiv="Content-Security-Policy"\s+content="([^"]*)"/);
  assert.deepEqual(Object.fromEntries(policy.split("; ").map((part) => part.split(/ (.*)/, 2))), POLICY);
  assert.ok(html.indexOf("Content-Security-Policy") < html.indexOf("<script"), "the policy comes first");
  const markup = html.replace(script, "").replace(style, "");
  assert.equal(markup.match(/<(script|style)/g).length, 2);
  assert.doesNotMatch(markup, /\s(style|src|on[a-z]+)=/);
  assert.deepEqual(markup.match(/(?<=\shref=")[^:]*/g), ["data"]);
});

test("the policy holds: neither the page nor its worker can connect to anything", async () => {
  const page = await site.open();
  await choose(page, "json_spacing");
  const tries = `(async () => {
    const address = ${JSON.stringify(site.origin)};
    const socket = (made) => new Promise((done) => {
      made.onerror = () => done("refused");
      made.onopen = () => done("let through");
    });
    return {
      fetch: await fetch(address).then(() => "let through", () => "refused"),
      socket: await socket(new WebSocket(address.replace("http", "ws"))),
      events: await socket(new EventSource(address)),
    };
  })()`;
  const refused = { fetch: "refused", socket: "refused", events: "refused" };
  const served = site.served.length;
  assert.deepEqual(await page.evaluate(tries), refused);
  const [worker] = page.workers();
  assert.ok(worker, "the core runs in a worker");
  assert.deepEqual(await worker.evaluate(tries), refused);
  assert.deepEqual(site.served.slice(served), []);
  // These were ours.
  site.failures.length = 0;
});

/** What a script in the page could try to load or send with, each with an address of its own. */
const WAYS = {
  image: (to) => (new Image().src = to),
  beacon: (to) => navigator.sendBeacon(to),
  ping: (to) => added("a", { href: "#", ping: to }).click(),
  script: (to) => added("script", { src: to }),
  module: (to) => added("script", { src: to, type: "module" }),
  import: (to) => void import(to).catch(() => {}),
  worker: (to) => new Worker(to),
  style: (to) => added("link", { rel: "stylesheet", href: to }),
  font: (to) => void new FontFace("x", `url(${to})`).load().catch(() => {}),
  frame: (to) => added("iframe", { src: to }),
  object: (to) => added("object", { data: to }),
  video: (to) => added("video", { src: to }),
  prefetch: (to) => added("link", { rel: "prefetch", href: to }),
  preload: (to) => added("link", { rel: "preload", as: "image", href: to }),
  modulepreload: (to) => added("link", { rel: "modulepreload", href: to }),
  manifest: (to) => added("link", { rel: "manifest", href: to }),
  icon: (to) => added("link", { rel: "icon", href: to }),
  background: (to) => (document.body.style.background = `url(${to})`),
  form: (to) => added("form", { action: to, target: "_blank" }).submit(),
  rules: (to) => (added("script", { type: "speculationrules" }).textContent = `{"prefetch":[{"urls":["${to}"]}]}`),
};

test("the policy holds: nothing is loaded or sent, from and to its own server neither", async () => {
  const page = await site.open();
  const served = site.served.length;
  await page.evaluate(() => {
    window.added = (tag, attributes) => {
      const element = document.createElement(tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      document.body.append(element);
      return element;
    };
  });
  for (const [name, way] of Object.entries(WAYS))
    await page.evaluate(`try { (${way})("${site.origin}leak-${name}") } catch {}`);
  // What was under way before this is answered has been asked for by then.
  const later = await site.browser.newPage();
  await later.goto(site.origin);
  await later.close();
  assert.deepEqual(
    site.served.slice(served).filter((url) => url.includes("leak")),
    [],
  );
  site.failures.length = 0;
});

test("a script that somebody puts into the page does not run", async () => {
  const page = await site.open();
  const isRun = await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.isRun = true";
    document.body.append(script);
    const image = document.createElement("div");
    image.innerHTML = '<img src="x" onerror="window.isRun = true">';
    image.firstChild.dispatchEvent(new Event("error"));
    return window.isRun ?? false;
  });
  assert.equal(isRun, false);
  site.failures.length = 0;
});

test("the page has nothing of what no policy forbids: WebRTC, hints to a host's name, going elsewhere", () => {
  const found = script.match(/RTCPeerConnection|WebTransport|preconnect|dns-prefetch|window\.open|\blocation(\.(assign|replace)|(\.href)? *=[^=])/g);
  assert.equal(found, null);
});

test("a secret is in no address, storage, markup or text, shown or masked", async () => {
  const page = await site.open();
  // Not that of the samples, which is part of the page's script.
  const secret = `whsec_${randomUUID()}`;
  await give(page, requestOf(SPACED).toString(), secret);
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
    for (const text of kept) assert.ok(!text.includes(secret.slice(6, 20)), state);
    await page.getByRole("button", { name: "Show Secret" }).first().click();
  }
});

test("no field is completed, corrected or restored by the browser", async () => {
  const page = await site.open();
  await page.locator("#settings > summary").click();
  const fields = page.locator("textarea, input:not([type=checkbox])");
  for (const field of await fields.all()) assert.equal(await field.getAttribute("autocomplete"), "off");
  // In the markup already: a browser restores a field before a script could say that it is not to.
  const markup = html.replace(script, "").match(/<(textarea|input|select)[^>]*>/g);
  for (const field of markup) assert.match(field, /autocomplete="off"/);
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

/** What was asked for, but for the worker, which is made from a text within the page. */
function asked(requests) {
  return requests.filter((url) => !/^(blob|data):/.test(url));
}
