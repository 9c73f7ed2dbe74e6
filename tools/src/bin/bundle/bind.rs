//! The compiled crate bound to JavaScript, as a function that makes an instance of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;

/// The events that a Worker may handle, under the names that their functions are exported by.
const EVENTS: [&str; 3] = ["fetch", "queue", "scheduled"];
/// For worker-build's entry alone.
const UNUSED: &str = "__worker_init_state";

/// What a Worker exports.
#[derive(Debug)]
pub(crate) struct Exports {
    pub(crate) events: Vec<&'static str>,
    /// Its Durable Object classes, each with its methods.
    pub(crate) objects: BTreeMap<String, Vec<String>>,
}

/// Writes `index_bg.wasm` and `bound.js`, whose `instantiate` makes an instance and returns what it exports.
pub(crate) fn bind(wasm: &[u8], folder: &Path) -> Result<Exports> {
    let mut module = Module::from_buffer(wasm)?;
    drop_unused(&mut module);
    let names: Vec<String> = module
        .exports
        .iter()
        .map(|export| unhashed(&export.name).to_owned())
        .collect();
    let mut output = Bindgen::new()
        .input_module("index", module)
        .module(true)?
        .generate_output()?;
    let js = output.js().to_owned();
    keep_exports_of(&js, output.wasm_mut());
    output.emit(folder)?;
    let glue = folder.join("index.js");
    let bound = as_function(&fs::read_to_string(&glue)?)?;
    fs::remove_file(glue)?;
    fs::write(folder.join("bound.js"), bound.text)?;
    let methods_of = |class: String| {
        let prefix = format!("{}_", class.to_lowercase());
        let mut methods: Vec<_> = names
            .iter()
            .filter_map(|name| name.strip_prefix(&prefix))
            .collect();
        let new = methods.iter().position(|method| *method == "new")?;
        methods.remove(new);
        Some((class, methods.into_iter().map(str::to_owned).collect()))
    };
    Ok(Exports {
        events: EVENTS
            .into_iter()
            .filter(|event| names.iter().any(|name| name == event))
            .collect(),
        objects: bound.classes.into_iter().filter_map(methods_of).collect(),
    })
}

/// Takes away the classes that crates export and nobody can have an object of: JavaScript has no constructor, and the
/// module makes none. What they alone call goes with them when the module is shrunk.
fn drop_unused(module: &mut Module) {
    let mut exports: Vec<String> = module
        .exports
        .iter()
        .map(|export| export.name.clone())
        .collect();
    exports.sort_unstable();
    let made_by_module: Vec<&str> = module
        .imports
        .iter()
        .map(|import| unhashed(&import.name))
        .collect();
    let unused = exports
        .iter()
        .filter_map(|name| unhashed(name).strip_prefix("__wbg_")?.strip_suffix("_free"))
        .filter(|class| !made_by_module.contains(&format!("__wbg_{class}_new").as_str()))
        .filter(|class| {
            !exports
                .iter()
                .any(|name| unhashed(name) == format!("{class}_new"))
        })
        .flat_map(|class| {
            ["", "__wbg_", "__wbg_get_", "__wbg_set_"].map(|start| format!("{start}{class}_"))
        })
        .collect::<Vec<_>>();
    for name in &exports {
        let base = unhashed(name);
        if base == UNUSED || unused.iter().any(|start| base.starts_with(start)) {
            // wasm-bindgen passes over an export that nothing describes.
            let _ = module.exports.remove(name);
            let _ = module.exports.remove(format!("__wbindgen_describe_{name}"));
        }
    }
}

/// Takes away the exports that JavaScript does not name.
fn keep_exports_of(js: &str, wasm: &mut Module) {
    let unnamed = wasm
        .exports
        .iter()
        .filter(|export| !js.contains(&format!("wasm.{}", export.name)))
        .map(walrus::Export::id)
        .collect::<Vec<_>>();
    for export in unnamed {
        wasm.exports.delete(export);
    }
}

/// A name without the hash of its crate that wasm-bindgen puts behind it.
fn unhashed(name: &str) -> &str {
    match name.rsplit_once('_') {
        Some((base, hash))
            if hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()) =>
        {
            base
        }
        _ => name,
    }
}

struct Bound {
    text: String,
    classes: Vec<String>,
}

/// wasm-bindgen's module as a function: each call has state of its own around an instance of its own.
fn as_function(module: &str) -> Result<Bound> {
    let mut imports = String::new();
    let mut body = String::new();
    let mut names = Vec::new();
    let mut classes = Vec::new();
    let mut snippets = Vec::new();
    for line in module.lines() {
        // A snippet is named as often as it is imported in another way: each time it is the same module.
        if let Some((snippet, _)) = line.split_once("\": import")
            && snippet.trim_start().starts_with("\"./snippets/")
        {
            if snippets.contains(&snippet) {
                continue;
            }
            snippets.push(snippet);
        }
        if line.starts_with("import ") {
            imports += &line.replace("import source ", "import ");
            imports += "\n";
            continue;
        }
        let Some(exported) = line.strip_prefix("export ") else {
            body += line;
            body += "\n";
            continue;
        };
        let (kind, rest) = exported.split_once(' ').unwrap_or_default();
        let name: String = rest
            .chars()
            .take_while(|&c| c.is_alphanumeric() || c == '_')
            .collect();
        match kind {
            "class" => classes.push(name.clone()),
            "function" => {}
            _ => bail!("wasm-bindgen exports in a form that is not known here: {line}"),
        }
        names.push(name);
        body += exported;
        body += "\n";
    }
    let (before, after) = body
        .split_once("let wasm = wasmInstance.exports;")
        .context("wasm-bindgen keeps its instance in a form that is not known here")?;
    let text = format!(
        "{imports}export function instantiate(queueMicrotask) {{\n{before}let wasm = wasmInstance.exports;{after}\n\
         return {{ {}, replace(exports) {{ wasm = exports; }} }};\n}}\n",
        names.join(", ")
    );
    Ok(Bound { text, classes })
}
