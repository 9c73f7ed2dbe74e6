// For whoever comes: by keyboard, by screen reader, on a phone, in either theme.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { announced, choose, drop, give, requestOf, SECRET, settled, shown, start, vectors } from "./harness.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const SPACED = vectors.cases.find(({ expect }) => expect.causes.join() === "json_spacing");
/** Further than a busy machine lets the page's clock run on before it is stopped. */
const AN_HOUR = 3_600_000;
let site;

before(async () => (site = await start()));
after(() => site.stop());

for (const scheme of ["light", "dark"]) {
  for (const [device, size] of Object.entries({ desktop: {}, phone: { width: 390, height: 844, hasTouch: true } })) {
    test(`axe finds nothing, ${scheme}, on a ${device}, in any of the page's states`, async () => {
      const page = await site.open({ scheme, ...size, bypassCSP: true });
      await page.addScriptTag({ path: AXE });
      await clean(page, "empty");
      for (const word of ["verifies", "json_spacing", "unknown_secret", "timestamp_too_old"]) {
        await choose(page, word);
        await clean(page, word);
      }
      await page.locator("#settings > summary").click();
      await clean(page, "settings");
      await page.locator("[data-samples]").click();
      await clean(page, "samples");
      await page.keyboard.press("Escape");
      await page.getByRole("tab", { name: "Sign a body" }).click();
      await page.locator("#sign-secret textarea").fill(SECRET);
      await settled(page);
      await clean(page, "signed");
    });
  }
}

test("everything can be done by the keyboard alone", async () => {
  const page = await site.open();
  const tab = async (name, key = "Tab") => {
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press(key);
      const focused = await page.evaluate(() => {
        const { activeElement: element } = document;
        const style = getComputedStyle(element);
        const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
        return { name: name.trim(), isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 };
      });
      if (focused.name !== name) continue;
      assert.ok(focused.isSeen, `${name}: one sees where one is`);
      return;
    }
    assert.fail(`${name} cannot be reached`);
  };
  await tab("Samples");
  await page.keyboard.press("Enter");
  await page.keyboard.type("json_spacing");
  await tab(await page.locator('[data-word="json_spacing"]').textContent());
  await page.keyboard.press("Enter");
  await settled(page);
  assert.deepEqual((await shown(page)).words, ["json_spacing"]);
  assert.equal(await page.evaluate(() => document.activeElement.id), "verdict-text");
  await tab("Samples", "Shift+Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  assert.equal(
    await page.evaluate(() => document.activeElement.textContent),
    "Samples",
    "the dialog gives the focus back",
  );

  await tab("Delivery");
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(requestOf(SPACED).toString());
  await tab("Secret");
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(SECRET);
  await settled(page);
  assert.ok((await shown(page)).words.includes("json_spacing"));

  await tab("Explain a delivery", "Shift+Tab");
  await page.keyboard.press("ArrowRight");
  await tab("Body");
  await tab("Secret");
  await page.keyboard.insertText(SECRET);
  await settled(page);
  await tab("Look at it as a receiver does");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.equal((await shown(page)).verdict, "It verifies");
});

test("a screen reader is told the verdict and the cause, politely", async () => {
  const page = await site.open();
  const live = page.locator("#announcement");
  assert.equal(await live.getAttribute("aria-live"), "polite");
  await choose(page, "json_spacing");
  assert.match(
    await announced(page),
    /^It does not verify\. One thing is wrong\..* The body was printed again with other white space\.$/,
  );
  await choose(page, "verifies");
  assert.equal(await announced(page), "It verifies. A receiver takes this delivery.");
});

test("on the narrowest phone nothing scrolls sideways, and the verdict is in sight while one types", async () => {
  const page = await site.open({ width: 320, height: 640 });
  const long = "a-file-of-a-name-without-an-end-".repeat(4);
  for (const word of ["json_spacing", "secret_utf16", long]) {
    if (word === long) await drop(page, "#explain", long, requestOf(SPACED));
    else await choose(page, word);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 320, `${width} pixels`);
    await page.evaluate(() => scrollTo(0, 0));
    const { top, bottom } = await page.locator("#verdict").evaluate((element) => element.getBoundingClientRect());
    assert.ok(top >= 0 && bottom <= 641, `${top} to ${bottom}`);
  }
});

test("on a phone the verdict covers no field that one comes to by the keyboard", async () => {
  for (const [width, height] of [
    [390, 700],
    [320, 480],
    [320, 256],
  ]) {
    const page = await site.open({ width, height });
    await page.locator("#settings > summary").click();
    await page.evaluate(() => (document.activeElement.blur(), scrollTo(0, 0)));
    for (let presses = 0; presses < 20; presses += 1) {
      await page.keyboard.press("Tab");
      const covered = await page.evaluate(() => {
        const { activeElement: focused } = document;
        const [field, verdict] = [focused, document.querySelector("#verdict")].map((one) => one.getBoundingClientRect());
        const isOver = Math.min(field.bottom, innerHeight) > verdict.top + 1 && field.top < verdict.bottom;
        return isOver && field.height < innerHeight / 2 ? focused.outerHTML.slice(0, 80) : null;
      });
      assert.equal(covered, null, `${width}×${height}`);
    }
  }
});

test("the selected tab is told apart in the system's own colours", async () => {
  const page = await site.open({ forcedColors: "active" });
  const colours = await page
    .locator("[role=tab]")
    .evaluateAll((tabs) => tabs.map((tab) => getComputedStyle(tab).backgroundColor));
  assert.notEqual(colours[0], colours[1]);
});

test("whoever types a secret by hand is told the verdict once, and not at every key", async () => {
  const page = await site.open();
  await give(page, requestOf(SPACED).toString());
  await announced(page);
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + AN_HOUR);
  await page.evaluate(() => {
    window.told = [];
    const live = document.querySelector("#announcement");
    new MutationObserver(() => told.push(live.textContent)).observe(live, { childList: true, characterData: true });
  });
  await page.locator("#secrets textarea").focus();
  for (const key of SECRET) {
    await page.keyboard.type(key);
    await page.clock.runFor(180);
    // A locator, for a function is waited for by frames, which stand still with the clock.
    await page.locator("#result[aria-busy=false]").waitFor({ state: "attached" });
  }
  await page.clock.runFor(5000);
  assert.equal((await page.evaluate(() => told)).length, 1);
});

test("whoever is in a result that is being made anew is led to its verdict, and not to the page's beginning", async () => {
  const page = await site.open();
  await choose(page, "json_spacing");
  const isAt = (selector) => page.evaluate((selector) => document.activeElement.matches(selector), selector);
  await page.getByRole("button", { name: "Copy the report" }).focus();
  await drop(page, "#explain", "delivery.txt", requestOf(SPACED));
  assert.ok(await isAt("#verdict-text"));
  await page.getByRole("tab", { name: "Sign a body" }).click();
  await page.locator("#sign-secret textarea").fill(SECRET);
  await settled(page);
  assert.ok(await isAt("#sign-secret textarea"), "elsewhere nobody is led away");
  await page.getByLabel("The command").focus();
  await drop(page, "#sign", "body.json", Buffer.from("{}"));
  assert.ok(await isAt("#signed-verdict-text"));
});

test("texts twice as large fit", async () => {
  const page = await site.open({ width: 640, height: 860, bypassCSP: true });
  await page.addStyleTag({ content: "html { font-size: 200% }" });
  await choose(page, "json_spacing");
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= 640);
});

async function clean(page, state) {
  const found = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
  const violations = found.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`,
  );
  assert.deepEqual(violations, [], state);
}
