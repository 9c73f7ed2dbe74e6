// The package as a thing that is installed: its types, its exports, its weight, and what bundlers make of it.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { HERE, HOSTS } from "./hosts.mjs";

const ROOT = path.join(HERE, "../../..");
const INSTALLED = path.join(HERE, "node_modules/overten-webhook");
const BIN = path.join(HERE, "node_modules/.bin");
const manifest = JSON.parse(readFileSync(path.join(INSTALLED, "package.json"), "utf8"));
let folder;

before(async () => (folder = await mkdtemp(path.join(HERE, ".package-"))));
after(() => rm(folder, { recursive: true, force: true }));

test("the manifest says what the repository says, and needs nothing", () => {
  const cargo = readFileSync(path.join(ROOT, "Cargo.toml"), "utf8");
  assert.equal(manifest.version, cargo.match(/^version = "(.*)"$/m)[1]);
  assert.equal(manifest.repository.url, `git+${cargo.match(/^repository = "(.*)"$/m)[1]}.git`);
  assert.equal(manifest.dependencies, undefined);
  for (const file of ["README.md", "LICENSE"]) assert.ok(existsSync(path.join(INSTALLED, file)), file);
  for (const [name, conditions] of Object.entries(manifest.exports)) {
    for (const target of typeof conditions === "string" ? [conditions] : Object.values(conditions)) {
      assert.ok(existsSync(path.join(INSTALLED, target)), `${name}: ${target}`);
      if (target.endsWith(".js")) assert.ok(existsSync(path.join(INSTALLED, target.replace(/\.js$/, ".d.ts"))), `${name}: types of ${target}`);
    }
  }
});

test("what builds and tries the package is pinned, and locked as it is pinned (K10-03)", () => {
  const read = (file) => readFileSync(path.join(ROOT, file), "utf8");
  for (const folder of ["", "wasm/", "wasm/js/tests/"]) {
    const { devDependencies, optionalDependencies = {} } = JSON.parse(read(`${folder}package.json`));
    const { packages } = JSON.parse(read(`${folder}package-lock.json`));
    for (const [name, pin] of Object.entries({ ...devDependencies, ...optionalDependencies })) {
      const version = pin.split("@").at(-1);
      assert.match(version, /^\d+\.\d+\.\d+(-\w+)?$/, `${folder}: ${name}`);
      assert.equal(packages[`node_modules/${name}`].version, version, `${folder}: ${name}`);
    }
  }
  const crates = Object.fromEntries([...read("Cargo.lock").matchAll(/^name = "(.+)"\nversion = "(.+)"$/gm)].map(([, name, version]) => [name, version]));
  const manifests = read("Cargo.toml") + read("tools/Cargo.toml");
  for (const name of ["wasm-bindgen", "js-sys", "wasm-bindgen-cli-support"]) {
    assert.ok(manifests.includes(`${name} = "=${crates[name]}"`), name);
  }
  assert.equal(crates["wasm-bindgen"], crates["wasm-bindgen-cli-support"], "the two that must be of one version");
  assert.match(read("rust-toolchain.toml"), /^channel = "\d+\.\d+\.\d+"$/m);
  assert.match(read("Makefile"), /^CARGO := cargo --locked$/m);
});

test("publint finds nothing", () => {
  const { status, stdout, stderr } = spawnSync(path.join(BIN, "publint"), ["--strict", INSTALLED], { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /All good!/);
});

test("@arethetypeswrong/cli finds nothing", () => {
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder, INSTALLED], { encoding: "utf8" });
  const tarball = path.join(folder, JSON.parse(packed)[0].filename);
  const { status, stdout } = spawnSync(path.join(BIN, "attw"), [tarball, "--format", "ascii"], { encoding: "utf8" });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /node10: \S+ $/m);
});

for (const [kind, extension] of [["an ES module", "mts"], ["CommonJS", "cts"]]) {
  test(`a strict program checks and runs as ${kind} (K11-07)`, async () => {
    const program = await readFile(path.join(HERE, "user-program.ts"), "utf8");
    const here = await mkdtemp(path.join(folder, "types-"));
    await writeFile(path.join(here, `program.${extension}`), program);
    const { status, stdout } = checked(here, [`program.${extension}`]);
    assert.equal(status, 0, stdout);
    const made = path.join(here, `program.${extension.replace("t", "j")}`);
    for (const host of ["the newest Node", "Node 20"]) {
      assert.equal(execFileSync(HOSTS[host][0], [made], { encoding: "utf8" }), "run_01 completed\n", host);
    }
  });
}

test("a program that misses a kind, casts a delivery or spells a field wrongly does not check", async () => {
  const start = 'import { type Event, Delivery, Verifier } from "overten-webhook";\n';
  const wrong = {
    "a kind that is missed": "export const f = (e: Event): string => { switch (e.kind) { case 'run_completed': return e.runId; case 'run_failed': return e.runId; } };",
    "a made delivery": "new Delivery();",
    "a field that is none": "export const f = (e: Event) => e.run_id;",
    "a change to an event": "export const f = (e: Event) => { e.runId = ''; };",
    "a text as the body": "new Verifier('x').verify('{}', {});",
    "a setting that is none": "new Verifier('x', { tolerence: 1 });",
    "a member taken for there": "export const f = (e: Event): string => e.members['data'];",
  };
  const here = await mkdtemp(path.join(folder, "wrong-"));
  const names = Object.keys(wrong).map((what) => `${what.replaceAll(" ", "-")}.mts`);
  for (const [at, text] of Object.values(wrong).entries()) await writeFile(path.join(here, names[at]), start + text);
  const { stdout } = checked(here, names);
  for (const name of names) assert.ok(stdout.includes(`${name}(2,`), `${name} has no error:\n${stdout}`);
});

for (const lib of ["es2022,dom", "es2024,dom,dom.iterable"]) {
  test(`the types need nothing but ${lib}`, async () => {
    const here = await mkdtemp(path.join(folder, "lib-"));
    await writeFile(path.join(here, "program.mts"), 'export * from "overten-webhook"; export * from "overten-webhook/diagnose";');
    const { status, stdout } = compiled(here, ["--module", "nodenext", "--lib", lib, "--types", "", "program.mts"]);
    assert.equal(status, 0, stdout);
  });
}

test("the ledger's class is one to the types that Wrangler makes for a Worker", async () => {
  const here = await mkdtemp(path.join(folder, "worker-"));
  await cp(path.join(HERE, "types/worker"), here, { recursive: true });
  execFileSync(path.join(ROOT, "node_modules/.bin/wrangler"), ["types"], { cwd: here, stdio: "pipe" });
  assert.match(await readFile(path.join(here, "worker-configuration.d.ts"), "utf8"), /DurableObjectNamespace<import\("\.\/index"\)\.OvertenLedger>/);
  const bundler = ["--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2024", "--types", ""];
  const { status, stdout } = compiled(here, [...bundler, "index.ts", "worker-configuration.d.ts"]);
  assert.equal(status, 0, stdout);
});

/** What the compiler says of programs, as strict as it can be, of the package's own types too. */
function checked(here, files) {
  return compiled(here, ["--module", "nodenext", "--lib", "es2024,esnext.disposable,dom,dom.iterable", "--types", "node", ...files]);
}

function compiled(here, given) {
  const options = ["--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--skipLibCheck", "false", "--target", "es2022"];
  return spawnSync(path.join(ROOT, "wasm/node_modules/.bin/tsc"), [...options, ...given], { cwd: here, encoding: "utf8" });
}

test("the types name what the modules export, no more and no less", async () => {
  for (const [name, conditions] of Object.entries(manifest.exports)) {
    if (typeof conditions === "string" || name === "./stores/durable-object") continue;
    const types = await exported_types(conditions.default.replace(/\.js$/, ".d.ts"));
    const values = Object.keys(await import(path.join(INSTALLED, conditions.default)));
    assert.deepEqual(types.sort(), values.sort(), name);
  }
});

/** The values that a file of types exports, those that it re-exports included. */
async function exported_types(file) {
  const text = await readFile(path.join(INSTALLED, file), "utf8");
  const declared = [...text.matchAll(/^export (?:declare )?(?:abstract )?(?:class|function|const) (\w+)/gm)].map(([, name]) => name);
  const listed = [...text.matchAll(/export \{([^}]*)\}/g)].flatMap(([, names]) => names.split(","));
  return [...new Set([...declared, ...listed.map((name) => name.trim()).filter((name) => name && !name.startsWith("type "))])];
}

test("the Worker's entry keeps to its budget", async () => {
  const budget = JSON.parse(readFileSync(path.join(HERE, "../size.json"), "utf8"));
  const options = { bundle: true, minify: true, format: "esm", write: false, outdir: "/", conditions: ["workerd", "worker"], loader: { ".wasm": "copy" }, logLevel: "error" };
  for (const [name, text] of Object.entries({ worker_entry: 'export * from "overten-webhook"', verifier_alone: 'export { Verifier } from "overten-webhook"' })) {
    const { outputFiles } = await build({ ...options, stdin: { contents: text, resolveDir: HERE } });
    const bytes = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
    console.log(`${name}: ${bytes} of ${budget[`${name}_gzip_bytes`]} bytes, gzipped`);
    assert.ok(bytes <= budget[`${name}_gzip_bytes`], `${name} weighs ${bytes} bytes: shrink it, or raise size.json and say why`);
    assert.ok(outputFiles.some(({ path: file }) => file.endsWith(".wasm")), "the wasm is a module of its own");
    assert.ok(outputFiles.every(({ path: file, text }) => file.endsWith(".wasm") || !text.includes("new WebAssembly.Module")), "nothing is compiled at run time");
  }
});

test("a page's bundle has the small module, and keeps to its budget; CommonJS has what it can come to alone", async () => {
  const { browser_gzip_bytes: most } = JSON.parse(readFileSync(path.join(HERE, "../size.json"), "utf8"));
  const options = { bundle: true, minify: true, format: "esm", write: false, logLevel: "error", metafile: true };
  const { outputFiles, metafile } = await build({ ...options, stdin: { contents: 'export * from "overten-webhook"', resolveDir: HERE } });
  const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`browser: ${bytes} of ${most} bytes, gzipped`);
  assert.ok(bytes <= most, `it weighs ${bytes} bytes: shrink it, or raise size.json and say why`);
  const files = Object.keys(metafile.inputs).map((file) => path.basename(file));
  for (const file of ["core.browser.js", "core.small.bound.js", "host.none.js"]) assert.ok(files.includes(file), file);
  const modules = readdirSync(path.join(INSTALLED, "cjs"), { recursive: true }).filter((file) => /small|browser|none|workerd/.test(file));
  assert.deepEqual(modules, []);
});

const PROGRAM = `
import { sign, Verifier } from "overten-webhook";
import { diagnose } from "overten-webhook/diagnose";
const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const body = new TextEncoder().encode('{"event":"run.completed","run_id":"run_01"}');
const headers = sign(body, secret, { now: 1_760_000_000 });
const event = new Verifier(secret).verify(body, headers, { now: 1_760_000_000 }).event();
const report = diagnose({ headers, body, receivedAt: 1_760_000_000 }, secret);
console.log(event.runId, report.outcome);
`;

const BUNDLERS = {
  async esbuild(entry, output) {
    await build({ entryPoints: [entry], outfile: output, bundle: true, minify: true, format: "esm", logLevel: "error" });
  },
  async Vite(entry, output) {
    const { build: vite } = await import("vite");
    await vite({
      root: path.dirname(entry), configFile: false, logLevel: "error",
      build: { outDir: path.dirname(output), emptyOutDir: false, lib: { entry, formats: ["es"], fileName: () => path.basename(output) } },
    });
  },
  async Rollup(entry, output) {
    const [{ rollup }, { nodeResolve }] = await Promise.all([import("rollup"), import("@rollup/plugin-node-resolve")]);
    const bundle = await rollup({ input: entry, plugins: [nodeResolve()] });
    await bundle.write({ file: output, format: "es" });
  },
  async webpack(entry, output) {
    const { default: webpack } = await import("webpack");
    const compiler = webpack({
      mode: "production", entry, target: "web", devtool: false, experiments: { outputModule: true },
      output: { path: path.dirname(output), filename: path.basename(output), module: true, library: { type: "module" } },
    });
    const stats = await new Promise((resolve, reject) => compiler.run((error, done) => (error ? reject(error) : resolve(done))));
    assert.ok(!stats.hasErrors(), stats.toString());
  },
};

for (const [name, bundle] of Object.entries(BUNDLERS)) {
  test(`${name} bundles a program that then runs without any file`, async () => {
    const here = await mkdtemp(path.join(folder, "bundle-"));
    await writeFile(path.join(here, "entry.js"), PROGRAM);
    await writeFile(path.join(here, "package.json"), '{ "type": "module" }');
    await bundle(path.join(here, "entry.js"), path.join(here, "made.mjs"));
    const alone = await mkdtemp(path.join(folder, "alone-"));
    await cp(path.join(here, "made.mjs"), path.join(alone, "made.mjs"));
    assert.equal(execFileSync(process.execPath, [path.join(alone, "made.mjs")], { encoding: "utf8" }), "run_01 verifies\n");
  });
}

/** What a module's WebAssembly ends with, as it stands in a script. */
const end_of_wasm = (file) => readFileSync(path.join(INSTALLED, "esm/modules", file), "utf8").trimEnd().slice(-1000);

for (const name of ["esbuild", "webpack"]) {
  test(`${name} bundles for browsers what is required, too, with the small module`, async () => {
    const here = await mkdtemp(path.join(folder, "required-"));
    const imports = /^import (.*) from ("overten-webhook"|"overten-webhook\/diagnose");$/gm;
    await writeFile(path.join(here, "entry.cjs"), PROGRAM.replace(imports, "const $1 = require($2);"));
    await BUNDLERS[name](path.join(here, "entry.cjs"), path.join(here, "made.mjs"));
    assert.equal(execFileSync(process.execPath, [path.join(here, "made.mjs")], { encoding: "utf8" }), "run_01 verifies\n");
    const made = await readFile(path.join(here, "made.mjs"), "utf8");
    const [small, large] = ["core.browser.js", "core.js"].map(end_of_wasm).map((text) => text.match(/[\w+/=]+(?=";)/)[0]);
    assert.deepEqual([made.includes(small), made.includes(large)], [true, false]);
  });
}
