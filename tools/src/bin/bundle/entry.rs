//! The module that a Worker begins with.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::bind::Exports;

/// Writes `main.js`, which exports what the crate exports, and `entry.js` beside it.
pub(crate) fn write(exports: &Exports, folder: &Path) -> Result<()> {
    let mut main = String::from("import { durable_object, event } from \"./entry.js\";\n");
    let events = exports
        .events
        .iter()
        .map(|event| format!("{event}: event(\"{event}\")"));
    let events = events.collect::<Vec<_>>().join(", ");
    writeln!(main, "export default {{ {events} }};")?;
    for (class, methods) in &exports.objects {
        writeln!(
            main,
            "export const {class} = durable_object({class:?}, {methods:?});"
        )?;
    }
    fs::write(folder.join("main.js"), main)?;
    fs::write(folder.join("entry.js"), include_str!("entry.js"))?;
    Ok(())
}
