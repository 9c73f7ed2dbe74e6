//! What a built Worker may weigh: the bytes in a folder's `size.json`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::{name_of, npm};

/// A folder without the file has no budget.
pub(crate) fn check(folder: &Path) -> Result<()> {
    let Ok(budget) = fs::read(folder.join("size.json")) else {
        return Ok(());
    };
    let budget: Value = serde_json::from_slice(&budget).context("size.json is not JSON")?;
    let wasm = folder.join("build/index_bg.wasm");
    let sizes = [
        ("raw_bytes", fs::metadata(&wasm)?.len()),
        ("gzip_bytes", npm::gzipped(&wasm)?),
    ];
    let mut over = Vec::new();
    let mut shown = Vec::new();
    for (name, bytes) in sizes {
        let most = budget[name]
            .as_u64()
            .with_context(|| format!("size.json lacks a number `{name}`"))?;
        shown.push(format!("{bytes} of {most} {}", name.replace('_', " ")));
        if bytes > most {
            over.push(name);
        }
    }
    println!("bundle: {} weighs {}", name_of(folder), shown.join(", "));
    if !over.is_empty() {
        bail!(
            "over the budget of size.json in {}: shrink it, or raise it and say why",
            over.join(", ")
        );
    }
    Ok(())
}
