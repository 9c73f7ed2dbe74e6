// The hand-written types of the receiving side: a user's program passes the strictest checks, and its mistakes do not.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const TESTS = fileURLToPath(new URL(".", import.meta.url));
const TYPESCRIPT = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));

function check(program, module, resolution, more) {
  const given = [
    "--noEmit",
    "--strict",
    "--exactOptionalPropertyTypes",
    "--noUncheckedIndexedAccess",
    "--noPropertyAccessFromIndexSignature",
    ...more,
    "--target",
    "esnext",
    "--lib",
    "esnext,dom,dom.iterable,dom.asynciterable",
    "--module",
    module,
    "--moduleResolution",
    resolution,
    "--types",
    "node",
    program,
  ];
  const { status, stdout } = spawnSync(process.execPath, [TYPESCRIPT, ...given], { cwd: TESTS, encoding: "utf8" });
  assert.equal(status, 0, stdout);
}

for (const [module, resolution] of [
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
]) {
  test(`a program that uses all of it is checked, resolved as ${resolution} does`, () => {
    // The frameworks' own types are not ours to check.
    check("types/receiving.ts", module, resolution, ["--skipLibCheck", "true"]);
    check("types/entries.ts", module, resolution, []);
  });
}
