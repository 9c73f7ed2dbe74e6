//! What a user sees: a thread of its own writes it, so that a terminal that nobody reads holds up no answer.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use overten_webhook::Level;
use overten_webhook::diagnose::Report;
use serde::Serialize;
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
    Explained {
        id: i64,
        report: Box<Report>,
        /// The argument that names the folder, with a space in front, where it is not the default.
        folder: Arc<str>,
    },
    /// How many wait that an earlier listener was to forward, and this one does not.
    Waiting(i64),
    /// What came of an attempt to forward.
    Forwarded(Forwarded),
    /// In words, something to know.
    Said(String),
}

/// What came of an attempt to forward one delivery.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Forwarded {
    #[serde(skip)]
    pub(crate) at: i64,
    pub(crate) id: i64,
    pub(crate) key: String,
    /// What the target answered, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    pub(crate) elapsed_ms: u64,
    #[serde(flatten)]
    pub(crate) outcome: Attempted,
    /// Why that does not do; empty where it is done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) detail: String,
}

/// What is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Attempted {
    Forwarded,
    Again { again_in_seconds: i64 },
    GivenUp,
}

/// The way to the terminal. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    to: SyncSender<Shown>,
    dropped: Arc<AtomicU64>,
}

/// The thread that writes.
#[derive(Debug)]
pub(crate) struct Writer(thread::JoinHandle<io::Result<()>>);

impl Writer {
    /// Waits until all is written, unless nobody reads; every [`Screen`] must be dropped before. An error is why it could not be.
    pub(crate) fn join(self) -> io::Result<()> {
        // What is not read by then is not worth waiting for.
        let patience = std::time::Duration::from_secs(2);
        let give_up_at = std::time::Instant::now() + patience;
        while !self.0.is_finished() && std::time::Instant::now() < give_up_at {
            thread::sleep(std::time::Duration::from_millis(5));
        }
        match self.0.is_finished() {
            // A panic in it was told by its own message.
            true => self.0.join().unwrap_or(Ok(())),
            false => Ok(()),
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
            write_all(&from, json, &dropped).inspect_err(|_| {
                closed.send_replace(true);
            })
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
            write_own(&mut to, &Own::Dropped { lines: lost })?;
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
    let own = match shown {
        Shown::Started(line) => return writeln!(to, "{line}"),
        Shown::Ended { line, id, .. } => {
            writeln!(to, "{line}")?;
            match id {
                Some(id) => Own::Saved {
                    id: *id,
                    code: None,
                },
                None => return Ok(()),
            }
        }
        // Core's report is JSON already.
        Shown::Explained { id, report, .. } => {
            let report = report.to_json();
            return writeln!(
                to,
                r#"{{"listen":"explained","id":{id},"report":{report}}}"#
            );
        }
        Shown::Listening {
            url,
            folder,
            forward_to,
        } => Own::Listening {
            url,
            folder,
            forward_to,
        },
        Shown::Saved { code, id: Ok(id) } => Own::Saved {
            id: *id,
            code: Some(code),
        },
        Shown::Saved {
            code,
            id: Err(detail),
        } => Own::NotSaved { code, detail },
        Shown::Forwarded(it) => match it.outcome {
            Attempted::Forwarded => Own::Forwarded(it),
            Attempted::Again { .. } => Own::Retried(it),
            Attempted::GivenUp => Own::GivenUp(it),
        },
        Shown::Waiting(deliveries) => Own::Waiting {
            deliveries: *deliveries,
        },
        Shown::Said(detail) => Own::Said { detail },
    };
    write_own(to, &own)
}

fn write_own(to: &mut impl io::Write, own: &Own<'_>) -> io::Result<()> {
    serde_json::to_writer(&mut *to, own)?;
    writeln!(to)
}

/// A line that is not core's.
#[derive(Serialize)]
#[serde(tag = "listen", rename_all = "snake_case")]
enum Own<'a> {
    Listening {
        url: &'a str,
        folder: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        forward_to: &'a Option<String>,
    },
    Saved {
        id: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'a str>,
    },
    NotSaved {
        code: &'a str,
        detail: &'a str,
    },
    Forwarded(&'a Forwarded),
    Retried(&'a Forwarded),
    GivenUp(&'a Forwarded),
    Waiting {
        deliveries: i64,
    },
    Said {
        detail: &'a str,
    },
    Dropped {
        lines: u64,
    },
}
