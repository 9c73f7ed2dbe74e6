//! What a user sees: a thread of its own writes it, so that a terminal that nobody reads holds up no answer.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use overten_webhook::Level;
use overten_webhook::diagnose::Report;
use serde_json::json;
use tokio::sync::watch;

use super::human;

/// How many lines may wait for a slow reader; what comes then is dropped, and counted.
const WAITING: usize = 1024;

/// One thing to show.
#[derive(Debug)]
pub(crate) enum Shown {
    /// Core's line about the receiver's start.
    Started(String),
    /// Where it listens.
    Listening {
        url: String,
        folder: String,
        forward_to: Option<String>,
    },
    /// Core's line about a request.
    Ended {
        at: i64,
        line: String,
        level: Level,
        status: Option<u16>,
        id: Option<i64>,
    },
    /// What a request is kept under that was neither handed on nor set aside; or why it is not kept.
    Saved {
        code: &'static str,
        id: Result<i64, String>,
    },
    /// Why it does not verify.
    Explained { id: i64, report: Box<Report> },
    /// What came of an attempt to forward.
    Forwarded(Forwarded),
    /// In words, something to know.
    Said(String),
}

/// What came of an attempt to forward one delivery.
#[derive(Debug, Clone)]
pub(crate) struct Forwarded {
    pub(crate) at: i64,
    pub(crate) id: i64,
    pub(crate) key: String,
    pub(crate) event: Option<String>,
    /// What the target answered, if it did.
    pub(crate) status: Option<u16>,
    /// Why that does not do; None where it is done.
    pub(crate) detail: Option<String>,
    /// When it is tried again; None where it is done or given up.
    pub(crate) again_in_seconds: Option<i64>,
    pub(crate) elapsed_ms: u64,
}

impl Forwarded {
    const fn word(&self) -> &'static str {
        match (&self.detail, self.again_in_seconds) {
            (None, _) => "forwarded",
            (Some(_), Some(_)) => "retried",
            (Some(_), None) => "given_up",
        }
    }
}

/// The way to the terminal. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    to: SyncSender<Shown>,
    dropped: Arc<AtomicU64>,
}

/// The thread that writes.
#[derive(Debug)]
pub(crate) struct Writer(thread::JoinHandle<()>);

impl Writer {
    /// Waits until all is written, unless nobody reads; every [`Screen`] must be dropped before.
    pub(crate) fn join(self) {
        // What is not read by then is not worth waiting for.
        let patience = std::time::Duration::from_secs(2);
        let give_up_at = std::time::Instant::now() + patience;
        while !self.0.is_finished() && std::time::Instant::now() < give_up_at {
            thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

impl Screen {
    /// `closed` is told when nobody can read any more.
    pub(crate) fn start(json: bool, closed: watch::Sender<bool>) -> (Self, Writer) {
        let (to, from) = sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let screen = Self {
            to,
            dropped: Arc::clone(&dropped),
        };
        let writer = thread::spawn(move || {
            if write_all(&from, json, &dropped).is_err() {
                closed.send_replace(true);
            }
        });
        (screen, Writer(writer))
    }

    /// Shows it, unless the reader is too slow.
    pub(crate) fn show(&self, shown: Shown) {
        if self.to.try_send(shown).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write_all(from: &Receiver<Shown>, json: bool, dropped: &AtomicU64) -> io::Result<()> {
    let mut to = anstream::stdout().lock();
    for shown in from {
        if json {
            write_json(&mut to, &shown)?;
        } else {
            human::write(&mut to, &shown)?;
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 && json {
            writeln!(to, "{}", json!({ "listen": "dropped", "lines": lost }))?;
        } else if lost > 0 {
            writeln!(
                to,
                "{lost} lines were not shown: they came faster than they were read"
            )?;
        }
        to.flush()?;
    }
    Ok(())
}

/// Core's lines as they are, and ours told apart by their first member.
fn write_json(to: &mut impl io::Write, shown: &Shown) -> io::Result<()> {
    match shown {
        Shown::Started(line) => writeln!(to, "{line}"),
        Shown::Ended { line, id, .. } => {
            writeln!(to, "{line}")?;
            match id {
                Some(id) => writeln!(to, "{}", json!({ "listen": "saved", "id": id })),
                None => Ok(()),
            }
        }
        Shown::Listening {
            url,
            folder,
            forward_to,
        } => {
            let line = json!({
                "listen": "listening", "url": url, "folder": folder, "forward_to": forward_to,
            });
            writeln!(to, "{line}")
        }
        Shown::Saved { code, id: Ok(id) } => {
            writeln!(
                to,
                "{}",
                json!({ "listen": "saved", "id": id, "code": code })
            )
        }
        Shown::Saved { code, id: Err(why) } => {
            writeln!(
                to,
                "{}",
                json!({ "listen": "not_saved", "code": code, "detail": why })
            )
        }
        Shown::Explained { id, report } => {
            // Core's report is JSON already.
            writeln!(
                to,
                r#"{{"listen":"explained","id":{id},"report":{}}}"#,
                report.to_json()
            )
        }
        Shown::Forwarded(it) => {
            let line = json!({
                "listen": it.word(), "id": it.id, "key": it.key, "event": it.event, "status": it.status,
                "elapsed_ms": it.elapsed_ms, "again_in_seconds": it.again_in_seconds, "detail": it.detail,
            });
            writeln!(to, "{line}")
        }
        Shown::Said(text) => writeln!(to, "{}", json!({ "listen": "said", "detail": text })),
    }
}
