// What the page weighs, and that its pictures are of this page.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { BUILD, HERE } from "./harness.mjs";
import { FOLDER, PICTURES } from "./pictures.mjs";

const budget = JSON.parse(await readFile(path.join(HERE, "size.json"), "utf8"));

test("the built page is within the budget of size.json", async () => {
  const files = await readdir(BUILD, { recursive: true, withFileTypes: true });
  const sizes = { raw_bytes: 0, gzip_bytes: 0 };
  for (const file of files.filter((file) => file.isFile())) {
    const bytes = await readFile(path.join(file.parentPath, file.name));
    sizes.raw_bytes += bytes.length;
    sizes.gzip_bytes += file.name.endsWith(".woff2") ? bytes.length : gzipSync(bytes).length;
  }
  console.log(sizes);
  for (const name of ["raw_bytes", "gzip_bytes"]) {
    assert.ok(
      sizes[name] <= budget[name],
      `${name}: ${sizes[name]} of ${budget[name]}: shrink it, or raise the budget and say why`,
    );
  }
});

test("every picture is there, small, and of the page as it is titled and sized: else run make pictures", async () => {
  const html = await readFile(path.join(BUILD, "index.html"), "utf8");
  const [, title] = html.match(/<title>(.*)<\/title>/);
  assert.deepEqual((await readdir(FOLDER)).sort(), Object.keys(PICTURES).sort());
  for (const [name, { width, height, deviceScaleFactor }] of Object.entries(PICTURES)) {
    const picture = await sharp(path.join(FOLDER, name)).metadata();
    assert.deepEqual([picture.width, picture.height], [width * deviceScaleFactor, height * deviceScaleFactor], name);
    assert.ok(picture.exif?.includes(title), `${name} is of a page of another title`);
    const bytes = (await readFile(path.join(FOLDER, name))).length;
    assert.ok(bytes <= budget.picture_bytes, `${name}: ${bytes} bytes`);
  }
});
