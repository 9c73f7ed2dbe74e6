//! A line now and then about what takes long.

use std::io::{self, BufReader, Read, Write as _};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

const SAY_EVERY: Duration = Duration::from_secs(10);

/// Does the work, with a line now and then that says what it is.
pub(crate) fn saying<R>(what: impl Fn() -> String + Send, work: impl FnOnce() -> R) -> R {
    let began = Instant::now();
    let (done, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while is_done.recv_timeout(SAY_EVERY) == Err(RecvTimeoutError::Timeout) {
                eprintln!("bundle: {} ({} s)", what(), began.elapsed().as_secs());
            }
        });
        let outcome = work();
        drop(done);
        outcome
    })
}

/// Runs cargo, with a line now and then about how far it is; its messages are shown as they come. Returns its output.
pub(crate) fn cargo_saying(what: &str, cargo: &mut Command) -> io::Result<Output> {
    let mut running = cargo
        // Its bar, which it draws into a pipe too if it is told to.
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "100")
        .env("CARGO_TERM_COLOR", "never")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let messages = running.stderr.take();
    let far = Mutex::new("cargo begins".to_owned());
    let locked = || far.lock().unwrap_or_else(PoisonError::into_inner);
    saying(
        || format!("{what}: {}", locked()),
        || {
            thread::scope(|scope| {
                scope.spawn(|| show(messages, |now_at| *locked() = now_at));
                running.wait_with_output()
            })
        },
    )
}

/// Hands cargo's messages through. What ends with a carriage return is a state of its bar.
fn show(messages: Option<impl Read>, is_at: impl Fn(String)) {
    let mut line = Vec::new();
    let messages = messages.map(BufReader::new).into_iter();
    for byte in messages.flat_map(Read::bytes).map_while(Result::ok) {
        line.push(byte);
        if byte == b'\r' {
            let bar = String::from_utf8_lossy(&line);
            is_at(
                bar.split_once(']')
                    .map_or(&*bar, |(_, behind)| behind)
                    .trim()
                    .to_owned(),
            );
        } else if byte == b'\n' {
            // Nobody may be reading; what is built is built all the same.
            let _ = io::stderr().write_all(&line);
        } else {
            continue;
        }
        line.clear();
    }
}
