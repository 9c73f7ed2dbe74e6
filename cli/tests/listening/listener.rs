//! The built program, listening.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use overten_webhook::{Secret, UnixSeconds, sign};
use serde_json::Value;

use crate::common::program_with;
pub(crate) use crate::common::{OTHER_SECRET, SECRET, Said};

/// A machine under load is slow: nothing here is about time.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) fn program() -> Command {
    program_with(SECRET)
}

pub(crate) fn run(command: &mut Command) -> Said {
    command.output().unwrap().into()
}

/// `listen` over a folder, with what else is given.
pub(crate) fn listen(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command
        .arg("listen")
        .arg("--folder")
        .arg(folder)
        .args(arguments);
    command
}

/// One that listens; killed when it is dropped.
pub(crate) struct Listener {
    child: Child,
    lines: Receiver<Value>,
    /// All that was read of its lines.
    pub(crate) read: Vec<Value>,
    pub(crate) port: u16,
}

impl Listener {
    /// Starts it on a free port, and waits until it listens.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Self {
        Self::spawn(&mut listen(folder, arguments))
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        Self::spawn_as_it_is(command.args(["--json", "--port", "0"]))
    }

    /// With `--json` and a port among its arguments.
    pub(crate) fn spawn_as_it_is(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (to, lines) = channel();
        thread::spawn(move || {
            for line in out.lines() {
                let line = line.unwrap();
                let line =
                    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
                if to.send(line).is_err() {
                    break;
                }
            }
        });
        let mut listener = Self {
            child,
            lines,
            read: Vec::new(),
            port: 0,
        };
        let line = listener.wait_for(|line| line["listen"] == "listening");
        let url: reqwest::Url = line["url"].as_str().unwrap().parse().unwrap();
        listener.port = url.port().unwrap();
        listener
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/webhooks/overten", self.port)
    }

    /// The first line that fits, of those that were not waited for yet.
    pub(crate) fn wait_for(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
                let mut err = String::new();
                self.kill();
                self.child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut err)
                    .unwrap();
                panic!("no such line; before: {:#?}\n{err}", self.read);
            };
            self.read.push(line.clone());
            if fits(&line) {
                return line;
            }
        }
    }

    pub(crate) fn wait_for_code(&mut self, code: &str) -> Value {
        self.wait_for(|line| line["code"] == code && line.get("listen").is_none())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// SIGKILL: nothing of the program runs any more.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end; gives its status, all its lines and what it said beside them.
    pub(crate) fn wait(mut self) -> (Option<i32>, Vec<Value>, String) {
        let mut err = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        let status = self.child.wait().unwrap().code();
        let mut read = std::mem::take(&mut self.read);
        read.extend(self.lines.iter());
        (status, read, err)
    }

    /// Ends it as an operator does.
    pub(crate) fn end(self) -> Vec<Value> {
        self.signal("TERM");
        let (status, read, err) = self.wait();
        assert_eq!((status, err.as_str()), (Some(0), ""));
        read
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(pid.to_string())
        .status()
        .unwrap();
    assert!(sent.success());
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap()
}

/// The headers of a delivery that is signed at that time.
pub(crate) fn signed_at(at: i64, secret: &str, body: &[u8]) -> Vec<(String, String)> {
    let signature = sign(
        &Secret::new(secret.as_bytes()).unwrap(),
        UnixSeconds::new(at),
        body,
    )
    .unwrap();
    vec![
        (
            "X-Overten-Signature".to_owned(),
            signature.signature_value().to_owned(),
        ),
        (
            "X-Overten-Timestamp".to_owned(),
            signature.timestamp_value().to_owned(),
        ),
    ]
}

pub(crate) fn signed(body: &[u8]) -> Vec<(String, String)> {
    signed_at(now(), SECRET, body)
}

pub(crate) fn body_of(run: &str) -> Vec<u8> {
    format!(r#"{{"event":"run.completed","run_id":"{run}"}}"#).into_bytes()
}
