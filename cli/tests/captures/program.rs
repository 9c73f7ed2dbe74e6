//! The built program in a folder of its own, and the delivery that most tests capture.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::common::program_with;
pub(crate) use crate::common::{OTHER_SECRET, PROGRAM, SECRET, Said};

pub(crate) const BODY: &str = r#"{"event":"run.completed","run_id":"run_01","data":{"ok":true}}"#;
pub(crate) const SIGNATURE: &str =
    "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9";
pub(crate) const NOW: &str = "1760000004";

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The words of the causes in an explanation.
    pub(crate) fn causes(&self) -> Vec<String> {
        self.words("causes", "cause")
    }

    pub(crate) fn suspicions(&self) -> Vec<String> {
        self.words("suspicions", "suspicion")
    }

    fn words(&self, list: &str, name: &str) -> Vec<String> {
        let json = self.json();
        let entries = json["report"][list].as_array().unwrap().iter();
        entries
            .map(|entry| entry[name].as_str().unwrap().to_owned())
            .collect()
    }
}

/// A folder in which the program runs, with the secret in its environment and nothing else there: no home folder.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    pub(crate) secrets: String,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            secrets: SECRET.to_owned(),
        }
    }

    pub(crate) fn with_secrets(secrets: &str) -> Self {
        Self {
            secrets: secrets.to_owned(),
            ..Self::new()
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = program_with(&self.secrets);
        command.current_dir(self.path()).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Said {
        self.command().args(arguments).output().unwrap().into()
    }

    /// Runs it with this on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Said {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut to = child.stdin.take().unwrap();
        let input = input.as_ref().to_vec();
        // It may end before it has read all of it.
        let writer = std::thread::spawn(move || {
            let _ = to.write_all(&input);
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output.into()
    }

    /// Judges a capture at the time of the delivery.
    pub(crate) fn verify(&self, capture: impl AsRef<[u8]>) -> Said {
        self.run_with(&["verify", "--now", NOW, "--json"], capture)
    }

    pub(crate) fn explain(&self, capture: impl AsRef<[u8]>) -> Said {
        self.run_with(&["explain", "--now", NOW, "--json"], capture)
    }
}

/// A raw request with these values and this body.
pub(crate) fn request(signature: &str, timestamp: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!(
        "POST /webhooks/overten HTTP/1.1\r\nX-Overten-Signature: {signature}\r\n\
         X-Overten-Timestamp: {timestamp}\r\nX-Overten-Event: run.completed\r\n\r\n"
    );
    [head.as_bytes(), body.as_ref()].concat()
}

/// The delivery that verifies.
pub(crate) fn delivery() -> Vec<u8> {
    request(SIGNATURE, "1760000000", BODY)
}
