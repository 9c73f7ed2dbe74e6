//! The crate as cargo compiles it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// Compiles the library of a folder's crate; cargo alone knows whether anything is to be done. Returns the wasm.
pub(crate) fn compile(folder: &Path, features: Option<&str>) -> Result<Vec<u8>> {
    let mut cargo = Command::new("cargo");
    cargo
        .args(["rustc", "--locked", "--lib", "--profile", "wasm"])
        .args(["--target", "wasm32-unknown-unknown"])
        // Not left to the crate: as a cdylib and a dependency of others it would be compiled anew for each in turn.
        .args(["--crate-type", "cdylib"])
        .args(["--message-format", "json-render-diagnostics"])
        .args(features.iter().flat_map(|list| ["--features", list]))
        .current_dir(folder)
        .stderr(Stdio::inherit());
    let done = cargo.output().context("cargo did not start")?;
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
