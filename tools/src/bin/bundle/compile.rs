//! The crate as cargo compiles it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::saying::cargo_saying;
use crate::{ROOT, name_of};

/// How a crate is compiled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings<'a> {
    pub(crate) profile: &'a str,
    pub(crate) features: &'a str,
    /// What rustc is told besides.
    pub(crate) flags: &'a str,
}

/// Compiles the library of a folder's crate; cargo alone knows whether anything is to be done. Returns the wasm.
pub(crate) fn compile(folder: &Path, settings: Settings<'_>) -> Result<Vec<u8>> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["rustc", "--locked", "--lib"])
        .args(["--profile", settings.profile])
        .args(["--features", settings.features])
        .args(["--target", "wasm32-unknown-unknown"])
        // Not left to the crate: as a cdylib and a dependency of others it would be compiled anew for each in turn.
        .args(["--crate-type", "cdylib"])
        .args(["--message-format", "json-render-diagnostics"])
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            format!("{} {}", short_paths()?, settings.flags),
        )
        .current_dir(folder);
    let done = cargo_saying(&format!("compiling {}", name_of(folder)), &mut cargo)
        .context("cargo did not start")?;
    if !done.status.success() {
        bail!("cargo could not compile it; its output is above");
    }
    let path = std::str::from_utf8(&done.stdout)?
        .lines()
        .filter_map(wasm_of)
        .next_back()
        .context("cargo made no wasm")?;
    std::fs::read(&path).with_context(|| format!("{path} cannot be read"))
}

/// A panic says where it was: without this machine's folders, so that a Worker weighs the same wherever it is built.
fn short_paths() -> Result<String> {
    let root = Path::new(ROOT).canonicalize()?;
    let cargo_home = match env::var_os("CARGO_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => env::home_dir().unwrap_or_default().join(".cargo"),
    };
    Ok(format!(
        "--remap-path-prefix={}= --remap-path-prefix={}=cargo",
        root.display(),
        cargo_home.display()
    ))
}

/// The wasm file that one of cargo's messages names; the crate's own comes last.
fn wasm_of(message: &str) -> Option<String> {
    let message: Value = serde_json::from_str(message).ok()?;
    message["filenames"]
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .find(|name| name.ends_with(".wasm"))
        .map(ToString::to_string)
}
