//! The modules of a JavaScript package: the crate compiled once for each name in `modules.json`, with the profile and the
//! features that stand there, to `build/NAME.wasm` and `build/NAME.js`, whose `instantiate(module)` makes an instance.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::compile::{self, Settings};
use crate::{bind, name_of, npm, place};

const MODULES: &str = "modules.json";

pub(crate) fn is_one(folder: &Path) -> bool {
    folder.join(MODULES).exists()
}

pub(crate) fn bundle(folder: &Path) -> Result<()> {
    let modules = fs::read(folder.join(MODULES))?;
    let modules: BTreeMap<String, Value> =
        serde_json::from_slice(&modules).context("modules.json is no object")?;
    let mut compiled = BTreeMap::new();
    let mut inputs = DefaultHasher::new();
    for (name, module) in &modules {
        let wasm = compile::compile(
            folder,
            Settings {
                profile: module["profile"]
                    .as_str()
                    .context("a module has no profile")?,
                features: module["features"].as_str().unwrap_or_default(),
                flags: "-Ctarget-feature=+simd128",
            },
        )?;
        (name, place::fingerprint(&wasm)?).hash(&mut inputs);
        compiled.insert(name, wasm);
    }
    let inputs = inputs.finish();
    if place::is_fresh(folder, inputs) {
        return Ok(());
    }
    eprintln!("bundle: packaging {}", name_of(folder));
    place::replace(folder, inputs, |fresh| {
        for (name, wasm) in compiled {
            bind::bind(&wasm, fresh)?;
            let bound = fs::read_to_string(fresh.join("bound.js"))?;
            fs::remove_file(fresh.join("bound.js"))?;
            fs::write(fresh.join(format!("{name}.js")), of_a_module(&bound)?)?;
            let made = fresh.join(format!("{name}.wasm"));
            fs::rename(fresh.join("index_bg.wasm"), &made)?;
            npm::shrink(&made, &npm::FOR_SPEED)?;
        }
        Ok(())
    })
}

/// The function that makes an instance, of the module that it is given: each host comes to a module in its own way. With
/// what the module exports comes its memory, to be wiped after a trap.
fn of_a_module(bound: &str) -> Result<String> {
    let (import, text) = bound
        .split_once('\n')
        .context("wasm-bindgen made no JavaScript")?;
    let module = import
        .strip_prefix("import ")
        .and_then(|import| import.split_once(' '))
        .context("wasm-bindgen imports its module in a form that is not known here")?
        .0;
    Ok(text
        .replacen("(queueMicrotask)", &format!("({module})"), 1)
        .replacen(
            "replace(exports)",
            "memory: wasm.memory, replace(exports)",
            1,
        ))
}
