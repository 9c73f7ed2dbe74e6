//! The built program.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::program_with;
pub(crate) use crate::common::{OTHER_SECRET, SECRET, Said};

pub(crate) fn program() -> Command {
    program_with(SECRET)
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Said {
    program().args(arguments).output().unwrap().into()
}

impl Said {
    /// The lines of JSON before the summary.
    pub(crate) fn attempts(&self) -> Vec<serde_json::Value> {
        let mut lines = self.lines();
        lines.pop();
        lines
    }

    pub(crate) fn summary(&self) -> serde_json::Value {
        self.lines().pop().unwrap()["summary"].clone()
    }

    fn lines(&self) -> Vec<serde_json::Value> {
        let parse = |line: &str| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{error}: {line}\n{}", self.err))
        };
        self.out.lines().map(parse).collect()
    }
}

/// How long anything may take on a machine that is busy with other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something to become true.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "never came: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The program in the background; killed when dropped.
pub(crate) struct Background {
    pub(crate) child: Child,
    out: Option<BufReader<ChildStdout>>,
}

impl Background {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = child.stdout.take().map(BufReader::new);
        Self { child, out }
    }

    /// Its next line, without the newline; empty at the end.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.as_mut().unwrap().read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Closes the other end of its standard output, as `head` does once it has seen enough.
    pub(crate) fn close(&mut self) {
        self.out = None;
    }

    /// Reads what it writes and lets it go.
    pub(crate) fn drain(&mut self) {
        let out = self.out.take();
        std::thread::spawn(move || out.into_iter().flat_map(BufReader::lines).count());
    }

    /// Sends a signal by the system's own program, since nothing here is unsafe.
    pub(crate) fn signal(&self, name: &str) {
        let done = Command::new("kill")
            .args([name, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(done.success());
    }

    /// Its status and what it still said, once it has ended by itself.
    pub(crate) fn end(mut self) -> Said {
        let (mut out, mut err) = (String::new(), String::new());
        if let Some(mut rest) = self.out.take() {
            rest.read_to_string(&mut out).unwrap();
        }
        self.child
            .stderr
            .as_mut()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        let status = self.child.wait().unwrap().code().unwrap_or(-1);
        Said { status, out, err }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // Ended already, in most cases.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
