// Installs what `npm pack` ships where the tests and the examples find it, as `npm install` would.

import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

for (const folder of ["tests", "examples"]) {
  const modules = path.join(HERE, folder, "node_modules");
  await mkdir(modules, { recursive: true });
  const fresh = await mkdtemp(path.join(modules, ".fresh-"));
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", fresh, path.join(HERE, "build/package")], {
      encoding: "utf8",
    }),
  );
  execFileSync("tar", ["-xzf", path.join(fresh, packed.filename), "-C", fresh]);
  await rm(path.join(modules, "overten-webhook"), { recursive: true, force: true });
  await rename(path.join(fresh, "package"), path.join(modules, "overten-webhook"));
  await rm(fresh, { recursive: true });
}
