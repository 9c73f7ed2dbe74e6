// The package as `npm pack` ships it, in build/package: js/ as it stands (esm/), the same as CommonJS (cjs/), and each
// WebAssembly module, for Workers as a file of its own and for every other host inside a script, so that neither a bundler
// nor a host without files has to find it. Workers and browsers get a smaller one, where there is one: the former have a
// budget, the latter load it over a network, and neither has a host that hashes. The Rust side has been packaged before, by
// `bundle`.

import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";

const HERE = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const BUILD = path.join(HERE, "build");
const MADE = path.join(BUILD, "package");
/** Put in place in one step, when it is whole. */
const PACKAGE = path.join(BUILD, `package.${process.pid}`);
const SMALL = ".small";
/** What only a condition of the package's `imports` leads to, which CommonJS does without. */
const OF_A_CONDITION = /\.(workerd|browser|none|small\.bound)\.js$/;
/** What bundlers for browsers put in place of what is required. Not every tool that reads CommonJS knows `imports`. */
const FOR_BROWSERS = { "./host.js": "../esm/host.none.js", "./modules/core.js": "../esm/modules/core.browser.js" };
const MODULES = Object.keys(JSON.parse(await readFile(path.join(HERE, "modules.json"), "utf8")));

await rm(PACKAGE, { recursive: true, force: true });
await mkdir(path.join(PACKAGE, "esm/modules"), { recursive: true });
await cp(path.join(HERE, "js"), path.join(PACKAGE, "esm"), { recursive: true });
for (const name of MODULES.filter((name) => !name.endsWith(SMALL))) await write_module(name);
await write_twins();
for (const file of ["package.json", "README.md", "RECEIVING.md"]) await cp(path.join(HERE, file), path.join(PACKAGE, file));
await cp(path.join(HERE, "../../LICENSE"), path.join(PACKAGE, "LICENSE"));
await rm(MADE, { recursive: true, force: true });
await rename(PACKAGE, MADE);

async function write_module(name) {
  const to = path.join(PACKAGE, "esm/modules");
  const small = MODULES.includes(name + SMALL) ? name + SMALL : name;
  await cp(path.join(BUILD, `${small}.wasm`), path.join(to, `${small}.wasm`));
  for (const bound of new Set([name, small])) {
    const text = await readFile(path.join(BUILD, `${bound}.js`), "utf8");
    await writeFile(path.join(to, `${bound}.bound.js`), await minified(text));
  }
  await writeFile(
    path.join(to, `${name}.workerd.js`),
    `import module from "./${small}.wasm";\n` +
      `import { instantiate } from "./${small}.bound.js";\n` +
      "export const make = () => instantiate(module);\n",
  );
  await writeFile(path.join(to, `${name}.js`), await within_a_script(name));
  if (small !== name) await writeFile(path.join(to, `${name}.browser.js`), await within_a_script(small));
}

async function within_a_script(name) {
  const wasm = await readFile(path.join(BUILD, `${name}.wasm`));
  return (
    `import { instantiate } from "./${name}.bound.js";\n` +
    "let module;\n" +
    "export const make = () => instantiate((module ??= new WebAssembly.Module(bytes())));\n" +
    "const bytes = () => Uint8Array.from(atob(BASE64), (character) => character.charCodeAt(0));\n" +
    `const BASE64 = ${JSON.stringify(wasm.toString("base64"))};\n`
  );
}

/** A CommonJS twin of every module that it can come to, and of its types. */
async function write_twins() {
  const files = await readdir(path.join(PACKAGE, "esm"), { recursive: true });
  for (const file of files) {
    const from = path.join(PACKAGE, "esm", file);
    const to = path.join(PACKAGE, "cjs", file);
    if (OF_A_CONDITION.test(file)) continue;
    if (!file.endsWith(".js") && !file.endsWith(".d.ts")) continue;
    await mkdir(path.dirname(to), { recursive: true });
    if (file.endsWith(".d.ts")) await cp(from, to);
    else await writeFile(to, await as_commonjs(await readFile(from, "utf8")));
  }
  await writeFile(path.join(PACKAGE, "cjs/package.json"), `${JSON.stringify({ type: "commonjs", browser: FOR_BROWSERS })}\n`);
}

/** Which module a `#name` is depends on the host for ES modules alone. */
async function as_commonjs(text) {
  const direct = text.replace(/"#(\w+)"/g, (_, name) => (name === "host" ? '"./host.js"' : `"./modules/${name}.js"`));
  return (await transform(direct, { format: "cjs", target: "node20" })).code;
}

async function minified(text) {
  return (await transform(text, { minify: true, format: "esm" })).code;
}
