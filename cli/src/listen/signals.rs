//! Ctrl-C and SIGTERM: the first ends gracefully, the second at once.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use crate::failure::{Failure, Status};
use crate::output;

/// Knows which signal came.
#[derive(Debug)]
pub(crate) struct Signals {
    ctrl_c: Arc<AtomicBool>,
    last_words: Arc<OnceLock<String>>,
}

impl Signals {
    /// What is left to do for who ends it at once.
    pub(crate) fn say_at_once(&self, what: String) {
        // There is one such thing.
        let _ = self.last_words.set(what);
    }

    /// What to exit with once all has ended.
    pub(crate) fn status(&self) -> Status {
        match self.ctrl_c.load(Ordering::Relaxed) {
            true => Status::Interrupted,
            false => Status::Done,
        }
    }
}

/// Tells `stop` of the first signal, and ends the process with the second.
pub(crate) fn watch(stop: watch::Sender<bool>) -> Result<Signals, Failure> {
    let ctrl_c = Arc::new(AtomicBool::new(false));
    let (seen, mut terminated) = (Arc::clone(&ctrl_c), terminations()?);
    let last_words: Arc<OnceLock<String>> = Arc::default();
    let words = Arc::clone(&last_words);
    outlive_full_files();
    tokio::spawn(async move {
        for is_second in [false, true] {
            tokio::select! {
                Ok(()) = tokio::signal::ctrl_c() => seen.store(true, Ordering::Relaxed),
                Some(()) = terminated.recv() => {}
            }
            if is_second {
                if let Some(what) = words.get() {
                    output::say_next(what);
                }
                process::exit(i32::from(Status::Interrupted as u8));
            }
            stop.send_replace(true);
        }
    });
    Ok(Signals { ctrl_c, last_words })
}

#[cfg(unix)]
fn terminations() -> Result<tokio::signal::unix::Signal, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::terminate())
        .map_err(|error| Failure::new(format_args!("SIGTERM cannot be watched: {error}"), ""))
}

/// A file that has reached its limit (`ulimit -f`) is a failed write, and not the end of the process.
#[cfg(unix)]
fn outlive_full_files() {
    /// SIGXFSZ, on every Unix but MIPS.
    const FILE_SIZE: i32 = 25;
    // To watch a signal is to survive it, whether or not anybody asks for it again.
    let _ = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::from_raw(FILE_SIZE));
}

#[cfg(not(unix))]
const fn outlive_full_files() {}

/// Elsewhere nothing but Ctrl-C comes.
#[cfg(not(unix))]
fn terminations() -> Result<Never, Failure> {
    Ok(Never)
}

#[cfg(not(unix))]
struct Never;

#[cfg(not(unix))]
impl Never {
    async fn recv(&mut self) -> Option<()> {
        std::future::pending().await
    }
}

/// Waits until `stop` is told.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Where nobody is left who could tell it, that is the end too.
    let _ = stop.wait_for(|stop| *stop).await;
}
