//! What a terminal shows of it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use overten_webhook::diagnose::Outcome;
use overten_webhook::{Code, Level};
use serde::Deserialize;

use crate::output::{BAD, GOOD, visible};

use super::chosen::Saved;
use super::shown::{Attempted, Forwarded, Shown};

pub(crate) const HELD_UP: Style = AnsiColor::Yellow.on_default();
pub(crate) const NAME: Style = AnsiColor::Cyan.on_default();
pub(crate) const DIM: Style = Style::new().dimmed();
/// Below a request's line, under its answer.
const INDENT: &str = "           ";

/// What is shown of core's line.
#[derive(Deserialize)]
struct Line {
    code: String,
    event: Option<String>,
    run_id: Option<String>,
    secret: Option<String>,
    age_seconds: Option<i64>,
    body_bytes: Option<u64>,
    #[serde(default)]
    elapsed_ms: u64,
    detail: Option<String>,
}

pub(super) fn write(to: &mut impl Write, shown: &Shown) -> io::Result<()> {
    match shown {
        Shown::Started(_) => Ok(()),
        Shown::Listening {
            url,
            folder,
            forward_to,
        } => {
            writeln!(
                to,
                "Listening on {NAME}{url}{NAME:#}, keeping deliveries in {folder}"
            )?;
            if let Some(target) = forward_to {
                writeln!(to, "Forwarding to {NAME}{target}{NAME:#}")?;
            }
            writeln!(to, "{DIM}Ctrl-C ends it.{DIM:#}")
        }
        Shown::Ended {
            at,
            line,
            level,
            status,
            id,
        } => ended(to, *at, line, *level, *status, *id),
        Shown::Saved { id: Ok(_), .. } => Ok(()),
        Shown::Saved { id: Err(why), .. } => {
            writeln!(to, "{INDENT}{DIM}not saved: {}{DIM:#}", visible(why))
        }
        Shown::Explained { id, report, folder } => {
            match report.outcome() {
                Outcome::Verifies => {}
                Outcome::Explained => {
                    for cause in report.causes() {
                        why(to, cause.as_str(), cause.what(), cause.change())?;
                    }
                }
                Outcome::Unexplained => {
                    for suspicion in report.suspicions() {
                        why(to, suspicion.as_str(), suspicion.what(), suspicion.change())?;
                    }
                }
            }
            writeln!(
                to,
                "{INDENT}{DIM}all of it: overten-webhook listen --export {id}{folder} | overten-webhook explain -{DIM:#}"
            )
        }
        Shown::Forwarded(it) => forwarded(to, it),
        Shown::Waiting(deliveries) => writeln!(
            to,
            "{HELD_UP}{deliveries} deliveries still wait to be forwarded{HELD_UP:#}: start with --forward-to to send them"
        ),
        Shown::Said(text) => writeln!(to, "{text}"),
    }
}

fn why(to: &mut impl Write, word: &str, what: &str, change: &str) -> io::Result<()> {
    writeln!(to, "{INDENT}{BAD}why:{BAD:#}  {what} {DIM}({word}){DIM:#}")?;
    writeln!(to, "{INDENT}{NAME}next:{NAME:#} {change}")
}

fn ended(
    to: &mut impl Write,
    at: i64,
    line: &str,
    level: Level,
    status: Option<u16>,
    id: Option<i64>,
) -> io::Result<()> {
    let Ok(line) = serde_json::from_str::<Line>(line) else {
        return writeln!(to, "{line}");
    };
    let code = line.code.clone();
    let style = match status {
        Some(200..=299) => GOOD,
        Some(500..) | None => HELD_UP,
        Some(_) => BAD,
    };
    let status = status.map_or("---".to_owned(), |status| status.to_string());
    write!(
        to,
        "{DIM}{}{DIM:#}  {style}{status} {:<19}{style:#}",
        time(at),
        line.code
    )?;
    let or_dash = |text: Option<String>| text.map_or("-".to_owned(), |text| visible(&text));
    write!(
        to,
        " {:<14} {NAME}{:<16}{NAME:#} {:<12}",
        or_dash(line.event),
        or_dash(line.run_id),
        or_dash(line.secret)
    )?;
    let age = line.age_seconds.map_or("-".to_owned(), age);
    let size = line.body_bytes.map_or("-".to_owned(), size);
    write!(to, " {age:>9} {size:>8} {:>5} ms", line.elapsed_ms)?;
    match id {
        Some(id) => writeln!(to, "  {DIM}#{id}{DIM:#}")?,
        None => writeln!(to)?,
    }
    match line.detail {
        // What follows says more of a signature that is wrong.
        Some(detail) if code != Code::SignatureMismatch.as_str() => {
            let style = if level == Level::Error { BAD } else { DIM };
            writeln!(to, "{INDENT}{style}{}{style:#}", visible(&detail))
        }
        _ => Ok(()),
    }
}

fn forwarded(to: &mut impl Write, it: &Forwarded) -> io::Result<()> {
    let (style, word) = match it.outcome {
        Attempted::Forwarded => (GOOD, "forwarded"),
        Attempted::Again { .. } => (HELD_UP, "not forwarded"),
        Attempted::GivenUp => (BAD, "given up"),
    };
    let status = it
        .status
        .map_or("---".to_owned(), |status| status.to_string());
    let (time, key) = (time(it.at), visible(&it.key));
    write!(
        to,
        "{DIM}{time}{DIM:#}  {style}{status} {word:<19}{style:#} {key:<46}"
    )?;
    writeln!(to, "{:>22} ms  {DIM}#{}{DIM:#}", it.elapsed_ms, it.id)?;
    let detail = visible(&it.detail);
    match it.outcome {
        Attempted::Forwarded => Ok(()),
        Attempted::Again { again_in_seconds } => {
            writeln!(
                to,
                "{INDENT}{DIM}{detail}; again in {again_in_seconds} s{DIM:#}"
            )
        }
        Attempted::GivenUp => {
            writeln!(to, "{INDENT}{BAD}{detail}{BAD:#}")?;
            writeln!(
                to,
                "{INDENT}{NAME}next:{NAME:#} mend the target, then send it again with `overten-webhook replay`"
            )
        }
    }
}

/// A saved delivery, on one line.
pub(crate) fn saved(saved: &Saved) -> String {
    let or_dash = |text: &Option<String>| text.as_deref().map_or("-".to_owned(), visible);
    let (event, run_id, secret) = (
        or_dash(&saved.event),
        or_dash(&saved.run_id),
        or_dash(&saved.secret),
    );
    let size = size(saved.body_bytes.unsigned_abs());
    let forward = match (saved.forward.as_deref(), &saved.detail) {
        (None, _) => String::new(),
        (Some("forwarded"), _) => format!("  {GOOD}forwarded{GOOD:#}"),
        (Some(_), None) => format!("  {HELD_UP}waits to be forwarded{HELD_UP:#}"),
        (Some("waiting"), Some(why)) => format!("  {HELD_UP}waits: {}{HELD_UP:#}", visible(why)),
        (Some(_), Some(why)) => format!("  {BAD}given up: {}{BAD:#}", visible(why)),
    };
    let (number, when, code) = (format!("#{}", saved.id), &saved.when, &saved.code);
    format!(
        "{number:<6} {DIM}{when}{DIM:#}  {code:<20} {event:<14} {NAME}{run_id:<16}{NAME:#} {secret:<12} {size:>8}{forward}"
    )
}

/// The time of day, in UTC as logs have it.
pub(crate) fn time(unix_seconds: i64) -> String {
    let second = unix_seconds.rem_euclid(86_400);
    let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}Z")
}

pub(crate) fn age(seconds: i64) -> String {
    match seconds {
        0.. if seconds < 600 => format!("{seconds} s"),
        0.. if seconds < 2 * 3600 => format!("{} min", seconds / 60),
        0.. if seconds < 2 * 86_400 => format!("{} h", seconds / 3600),
        0.. => format!("{} days", seconds / 86_400),
        _ => format!("{seconds} s"),
    }
}

pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
