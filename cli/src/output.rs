//! What is written where: results to standard output, all else to standard error, in colour where a terminal takes it.

use std::io::Write as _;

use anstyle::{AnsiColor, Style};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const NEXT: Style = AnsiColor::Cyan.on_default();

/// Says what went wrong and what to do next, on standard error.
pub(crate) fn say_failure(what: &str, next: &str) {
    let mut to = anstream::stderr().lock();
    // Nobody is left to be told where standard error is closed.
    let _ = writeln!(to, "{ERROR}error:{ERROR:#} {what}");
    if !next.is_empty() {
        let _ = writeln!(to, "{NEXT}next:{NEXT:#}  {next}");
    }
}
