//! Packages Worker crates: each folder's crate becomes its `build/index.js` and `build/index_bg.wasm`.
//!
//! ```text
//! bundle FOLDER...
//! ```
//!
//! The crate is compiled for wasm with the `wasm` profile, bound to JavaScript, shrunk, and given the entry of
//! `entry.js`; a folder with a `size.json` is held to it. The crate of a JavaScript package, beside whose Cargo.toml stands
//! a `modules.json`, becomes several modules instead, which `package.rs` describes. Nothing is downloaded: wasm-opt and esbuild are those that
//! `tools/setup.py` installed. A folder whose inputs have not changed is left as it is.

mod bind;
mod budget;
mod compile;
mod entry;
mod npm;
mod package;
mod place;
mod saying;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

/// How a Worker's crate is compiled.
const WORKER: compile::Settings<'static> = compile::Settings {
    profile: "wasm",
    features: "",
    flags: "",
};

/// The repository's root.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bundle: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if folders.is_empty() {
        bail!("usage: bundle FOLDER...");
    }
    for folder in folders {
        bundle(&folder).with_context(|| format!("could not package {}", folder.display()))?;
    }
    Ok(())
}

fn bundle(folder: &Path) -> Result<()> {
    let folder = folder
        .canonicalize()
        .context("there is no such folder; name one that holds a Worker's Cargo.toml")?;
    let _lock = place::lock(&folder)?;
    if package::is_one(&folder) {
        return package::bundle(&folder);
    }
    let wasm = compile::compile(&folder, WORKER)?;
    let inputs = place::fingerprint(&wasm)?;
    if !place::is_fresh(&folder, inputs) {
        eprintln!("bundle: packaging {}", name_of(&folder));
        place::replace(&folder, inputs, |fresh| {
            let exports = bind::bind(&wasm, fresh)?;
            entry::write(&exports, fresh)?;
            npm::shrink(&fresh.join("index_bg.wasm"), &npm::FOR_SIZE)?;
            npm::join(fresh)
        })?;
    }
    budget::check(&folder)
}

/// The folder as a person names it, from the repository's root.
fn name_of(folder: &Path) -> String {
    let root = Path::new(ROOT).canonicalize().unwrap_or_default();
    folder
        .strip_prefix(root)
        .unwrap_or(folder)
        .display()
        .to_string()
}
