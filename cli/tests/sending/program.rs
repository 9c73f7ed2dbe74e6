//! The built program.

use std::process::{Command, Output};

pub(crate) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const OTHER_SECRET: &str = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// The program with the secrets in its environment, and nothing else there: no home folder, no proxy.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_overten-webhook"));
    command.env_clear().env("OVERTEN_WEBHOOK_SECRETS", SECRET);
    command
}

/// What a run said, and its exit status.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
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
