//! What is written where: results to standard output, all else to standard error, in colour where a terminal takes it.

use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};

use crate::failure::Failure;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const NEXT: Style = AnsiColor::Cyan.on_default();

/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What is not.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();

/// Says what went wrong and what to do next, on standard error.
pub(crate) fn say_failure(what: &str, next: &str) {
    let mut to = anstream::stderr().lock();
    // Nobody is left to be told where standard error is closed.
    let _ = writeln!(to, "{ERROR}error:{ERROR:#} {what}");
    if !next.is_empty() {
        let _ = writeln!(to, "{NEXT}next:{NEXT:#}  {next}");
    }
}

/// Says what a user should know of, on standard error.
pub(crate) fn say_warning(what: &str) {
    let _ = writeln!(
        anstream::stderr().lock(),
        "{WARNING}warning:{WARNING:#} {what}"
    );
}

/// Says what can be done next, on standard error.
pub(crate) fn say_next(next: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{NEXT}next:{NEXT:#}  {next}");
}

/// Writes a result and a final newline to standard output, its colours only where that takes them.
pub(crate) fn print_line(text: &str) -> Result<(), Failure> {
    let mut to = anstream::stdout().lock();
    finish(writeln!(to, "{text}").and_then(|()| to.flush()))
}

/// Writes bytes to standard output as they are.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut to = io::stdout().lock();
    finish(to.write_all(bytes).and_then(|()| to.flush()))
}

/// A reader that has seen enough (`head`) is no failure.
fn finish(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
            format_args!("the result cannot be written to standard output: {error}"),
            "free space where it goes, or write it elsewhere",
        )),
        _ => Ok(()),
    }
}

/// The text with what cannot be seen escaped, so that nothing in it moves a cursor or hides a part.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '"' | '\'' | '\\' => shown.push(char),
            other => shown.extend(other.escape_debug()),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn escapes_what_cannot_be_seen_and_nothing_else() {
        assert_eq!(
            visible("it's \"Zoë\" 日本 – ok \\"),
            "it's \"Zoë\" 日本 – ok \\"
        );
        assert_eq!(visible("a\n\x1b[2J\u{202e}b"), "a\\n\\u{1b}[2J\\u{202e}b");
    }
}
