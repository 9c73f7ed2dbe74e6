// Every program of README.md prints what it says behind its `console.log`s.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { HERE } from "./hosts.mjs";

const text = await readFile(path.join(HERE, "../README.md"), "utf8");
const programs = [...text.matchAll(/```js\n([^]*?)```/g)].map(([, program]) => program);

test("there are programs to run", () => assert.equal(programs.length, 4));

for (const [at, program] of programs.entries()) {
  test(`program ${at + 1} of README.md`, async () => {
    const folder = await mkdtemp(path.join(HERE, ".readme-"));
    try {
      const secret = path.join(folder, "secret");
      await writeFile(secret, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
      await writeFile(path.join(folder, "program.mjs"), program);
      const env = { ...process.env, OVERTEN_SECRET_FILE: secret };
      const printed = execFileSync(process.execPath, [path.join(folder, "program.mjs")], { encoding: "utf8", env });
      const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, line]) => line);
      // The branches that this delivery does not take promise nothing.
      assert.deepEqual(printed.trim().split("\n"), promised.filter((line) => !line.startsWith("answer with")));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
}
