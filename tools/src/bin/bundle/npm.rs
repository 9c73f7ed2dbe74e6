//! The programs of npm packages that a build goes through.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::ROOT;

/// rustc's defaults for wasm32-unknown-unknown and what wasm-bindgen adds. Named one by one, so that wasm-opt never
/// writes an encoding that workerd does not know yet.
const WASM_FEATURES: [&str; 7] = [
    "mutable-globals",
    "sign-ext",
    "nontrapping-float-to-int",
    "bulk-memory",
    "multivalue",
    "reference-types",
    "simd",
];

/// A function that is called once stays one: merged into its caller it saves raw bytes, but compresses worse.
pub(crate) const FOR_SIZE: [&str; 2] = ["-Oz", "--one-caller-inline-max-function-size=0"];
/// Where a body is hashed at the speed that rustc compiled for.
pub(crate) const FOR_SPEED: [&str; 1] = ["-O3"];

/// Optimises. Without `--debuginfo` wasm-opt drops the function names, a fifth of what is sent; nobody reads there either
/// which programs made it.
pub(crate) fn shrink(wasm: &Path, how: &[&str]) -> Result<()> {
    let features = WASM_FEATURES.map(|feature| format!("--enable-{feature}"));
    let mut wasm_opt = program("wasm-opt");
    wasm_opt
        .args(how)
        .args([
            "--strip-debug",
            "--strip-producers",
            "--strip-target-features",
        ])
        .args(features)
        .args([wasm.as_os_str(), "-o".as_ref(), wasm.as_os_str()]);
    run(wasm_opt)?;
    Ok(())
}

/// Joins the modules of a folder behind `main.js` to one, `index.js`.
pub(crate) fn join(folder: &Path) -> Result<()> {
    let mut esbuild = program("esbuild");
    esbuild
        .args([
            "main.js",
            "--bundle",
            "--minify",
            "--format=esm",
            "--outfile=index.js",
        ])
        .args([
            "--external:./index_bg.wasm",
            "--external:cloudflare:*",
            "--log-level=warning",
        ])
        .current_dir(folder);
    run(esbuild)?;
    for made in ["main.js", "entry.js", "bound.js"] {
        fs::remove_file(folder.join(made))?;
    }
    let snippets = folder.join("snippets");
    if snippets.exists() {
        fs::remove_dir_all(snippets)?;
    }
    Ok(())
}

/// How many bytes a file is when it is compressed, as wrangler counts them.
pub(crate) fn gzipped(file: &Path) -> Result<u64> {
    const COUNT: &str =
        "const { gzipSync } = require('node:zlib'), { readFileSync } = require('node:fs');
        console.log(gzipSync(readFileSync(process.argv[1]), { level: 9 }).length)";
    let mut node = program("node");
    node.args(["--eval", COUNT]).arg(file);
    run(node)?.trim().parse().context("node counted nothing")
}

fn program(name: &str) -> Command {
    let bin = Path::new(ROOT).join("node_modules/.bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(bin).chain(std::env::split_paths(&path));
    let mut command = Command::new(name);
    command.env("PATH", std::env::join_paths(paths).unwrap_or(path.clone()));
    command
}

/// Returns what a program says; where it fails, the error does.
fn run(mut command: Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command
        .output()
        .with_context(|| format!("{name} did not start; run python3 tools/setup.py node"))?;
    if !done.status.success() {
        let said = [done.stdout, done.stderr].concat();
        bail!("{name} failed:\n{}", String::from_utf8_lossy(&said));
    }
    Ok(String::from_utf8(done.stdout)?)
}
