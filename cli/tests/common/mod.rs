//! The built program, and what a run of it said.

use std::process::{Command, Output};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_overten-webhook");
pub(crate) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const OTHER_SECRET: &str = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

/// The program with these secrets in its environment, and nothing else there: no home folder, no proxy.
pub(crate) fn program_with(secrets: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env_clear().env("OVERTEN_WEBHOOK_SECRETS", secrets);
    command
}

/// What a run said, and its exit status: -1 where a signal ended it.
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
