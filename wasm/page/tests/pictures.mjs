// The pictures of the page that the READMEs show: `make pictures` writes them anew.

import path from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { choose, HERE, SECRET, settled, start } from "./harness.mjs";

export const FOLDER = path.join(HERE, "pictures");
const DESKTOP = { width: 1180, height: 800, deviceScaleFactor: 2 };
const PHONE = { width: 390, height: 844, deviceScaleFactor: 2 };

/** Each shows one state of the page, at one size, in one theme. */
export const PICTURES = {
  "explained.png": { ...DESKTOP, scheme: "light", state: (page) => choose(page, "json_spacing") },
  "explained-dark.png": { ...DESKTOP, scheme: "dark", state: (page) => choose(page, "secret_base64_key") },
  "signed.png": { ...DESKTOP, scheme: "light", state: signed },
  "phone.png": { ...PHONE, scheme: "light", state: phone },
  "phone-dark.png": { ...PHONE, scheme: "dark", state: phone },
};

async function signed(page) {
  await page.getByRole("tab", { name: "Sign a body" }).click();
  await page.locator("#sign-secret textarea").fill(SECRET);
  await page.getByLabel("Time of signing").fill("1760000000");
  await settled(page);
}

async function phone(page) {
  await choose(page, "final_newline_lost");
  await page.locator("#verdict").scrollIntoViewIfNeeded();
  await page.evaluate(() => scrollTo(0, document.querySelector("#secrets").getBoundingClientRect().top - 24));
}

async function write() {
  const site = await start();
  for (const [name, { state, ...view }] of Object.entries(PICTURES)) {
    const page = await site.open({ ...view, reducedMotion: "reduce" });
    await state(page);
    await page.evaluate(() => document.activeElement.blur());
    await page.evaluate(() => document.fonts.ready);
    const shot = await page.screenshot({ caret: "hide", animations: "disabled" });
    const picture = sharp(shot).png({ palette: true, colours: 64, effort: 10, dither: 0 });
    await picture.withExif({ IFD0: { ImageDescription: await page.title() } }).toFile(path.join(FOLDER, name));
  }
  await site.stop();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await write();
