// The built page behind a plain file server, in headless Chromium, with every request written down.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const HERE = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
export const BUILD = path.join(HERE, "build");
export const SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
export const vectors = JSON.parse(await readFile(path.join(HERE, "../../tests/vectors/diagnose.json"), "utf8"));

/** The machine may be busy: what takes this long is stuck. */
export const PATIENCE = 60_000;

/** A server and a browser; `requests` is all that any page has asked for, from anywhere, `served` what has come to the server. */
export async function start() {
  const served = [];
  const server = createServer((request, response) => {
    served.push(request.url);
    return serve(request, response);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const executablePath = execFileSync(path.join(HERE, "setup"), ["--browser"], { encoding: "utf8" }).trim();
  const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  const requests = [];
  const failures = [];

  async function open({ width = 1280, height = 860, scheme = "light", ...rest } = {}) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, ...rest });
    context.setDefaultTimeout(PATIENCE);
    context.on("request", (request) => requests.push(request.url()));
    const page = await context.newPage();
    page.on("pageerror", (error) => failures.push(error.stack));
    page.on("console", (message) => message.type() === "error" && failures.push(message.text()));
    await page.goto(origin);
    await settled(page);
    return page;
  }

  const origin = `http://127.0.0.1:${server.address().port}/`;
  const stop = async () => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { origin, browser, requests, served, failures, open, stop };
}

async function serve(request, response) {
  const { pathname } = new URL(request.url, "http://127.0.0.1");
  const file = path.join(BUILD, pathname === "/" ? "index.html" : path.normalize(pathname));
  try {
    const bytes = await readFile(file);
    response.writeHead(200, { "Content-Type": "text/html" }).end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

/** Waits until what stands in the fields has been looked at. */
export async function settled(page) {
  await page.waitForFunction(
    () => !document.querySelector('[role="tabpanel"]:not([hidden]) .result[aria-busy="true"]'),
  );
}

/** What a screen reader is told, once nothing newer is to be said. */
export async function announced(page) {
  const live = page.locator('[role="tabpanel"]:not([hidden]) [role="status"]');
  await page.waitForFunction((element) => element.ariaBusy !== "true", await live.elementHandle());
  return live.textContent();
}

/** Puts a delivery and secrets into the fields, as somebody does who pastes them. */
export async function give(page, capture, ...secrets) {
  await page.getByLabel("Delivery", { exact: true }).fill(capture);
  if (secrets.length > 0) await page.locator("#secrets textarea").fill(secrets.join("\n"));
  await settled(page);
}

/** Chooses a sample from the list. */
export async function choose(page, word) {
  await page.locator("[data-samples]").click();
  await page.locator(`#samples-list [data-word="${word}"]`).click();
  await settled(page);
}

/** Drops files on an element, which has to take them: else the browser would leave the page for them. */
export async function drop(page, selector, name, ...contents) {
  const leaves = await page.evaluate(
    ([selector, name, contents]) => {
      const dataTransfer = new DataTransfer();
      for (const base64 of contents)
        dataTransfer.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name));
      const target = document.querySelector(selector);
      const dropped = (type) => new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true });
      return ["dragover", "drop"].filter((type) => target.dispatchEvent(dropped(type)));
    },
    [selector, name, contents.map((bytes) => Buffer.from(bytes).toString("base64"))],
  );
  assert.deepEqual(leaves, [], name);
  const shown = contents.length === 1 ? name : `${contents.length} files`;
  // The file is read before anything is looked at.
  await page.locator(`.file[aria-label="${shown}"]`).waitFor();
  await settled(page);
}

/** Pastes into a field what the clipboard holds: a text, and files as [name, type]. */
export async function paste(page, selector, text, ...files) {
  await page.evaluate(
    ([selector, text, files]) => {
      const clipboardData = new DataTransfer();
      if (text) clipboardData.setData("text/plain", text);
      for (const [name, type] of files) clipboardData.items.add(new File([`the bytes of ${name}`], name, { type }));
      const field = document.querySelector(selector);
      const isUnhandled = field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
      if (isUnhandled) field.setRangeText(text), field.dispatchEvent(new InputEvent("input"));
    },
    [selector, text, files],
  );
  await settled(page);
}

/** What the page says, as somebody sees it. */
export function shown(page) {
  return page.evaluate(() => {
    const texts = (selector) => [...document.querySelectorAll(selector)].map((element) => element.textContent);
    return {
      tone: document.querySelector("#verdict").dataset.tone,
      verdict: document.querySelector("#verdict-text").textContent,
      words: texts("#result .findings .word"),
      says: texts("#result .said > code:first-of-type")[0] ?? null,
      facts: Object.fromEntries(
        [...document.querySelectorAll("#result dl > div")].map((row) => [
          row.firstChild.textContent,
          row.lastChild.textContent,
        ]),
      ),
    };
  });
}

/** The raw request of a vector. */
export function requestOf({ headers, body, body_hex: hex }) {
  const lines = headers.map(({ name, value }) => `${name}: ${value}\r\n`).join("");
  const bytes = hex === undefined ? Buffer.from(body) : Buffer.from(hex, "hex");
  return Buffer.concat([Buffer.from(`POST /webhooks/overten HTTP/1.1\r\n${lines}\r\n`), bytes]);
}
