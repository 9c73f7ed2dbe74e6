//! Secrets from a file, the environment or a prompt: never from an argument, which other people on the machine can see.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use overten_webhook::{SecretError, Secrets};
use zeroize::Zeroizing;

use crate::failure::{Failure, Status};

const VARIABLE: &str = "OVERTEN_WEBHOOK_SECRETS";

/// Where the secrets come from; flattened into the arguments of each command that needs them.
#[derive(Debug, clap::Args)]
pub(crate) struct SecretArguments {
    /// File with one secret a line, each optionally `label:secret` [default: the variable `OVERTEN_WEBHOOK_SECRETS`, in the
    /// same form, else a prompt]
    #[arg(long, value_name = "FILE", global = true)]
    secrets_file: Option<PathBuf>,
}

impl SecretArguments {
    /// The text that holds the secrets, one a line; wiped when dropped.
    pub(crate) fn text(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        if let Some(path) = &self.secrets_file {
            let text = fs::read(path).map_err(|error| {
                Failure::new(
                    format_args!(
                        "the secrets' file {} cannot be read: {error}",
                        path.display()
                    ),
                    "name a file that this user may read, with one secret a line",
                )
                .with_status(Status::Secrets)
            })?;
            return Ok(Zeroizing::new(text));
        }
        if let Some(text) = std::env::var_os(VARIABLE) {
            return Ok(Zeroizing::new(text.into_encoded_bytes()));
        }
        // The prompt is the terminal's own, so that standard input is free for a capture or a body.
        if !io::stdin().is_terminal() && !io::stderr().is_terminal() {
            return Err(Failure::new(
                "no secret was given",
                format_args!("set {VARIABLE}, or name a file with --secrets-file"),
            )
            .with_status(Status::Secrets));
        }
        let typed = rpassword::prompt_password("Secret, as Overten issued it: ");
        match typed {
            Ok(text) => Ok(Zeroizing::new(text.into_bytes())),
            Err(error) => Err(Failure::new(
                format_args!("no secret could be read from the terminal: {error}"),
                format_args!("set {VARIABLE}, or name a file with --secrets-file"),
            )
            .with_status(Status::Secrets)),
        }
    }

    /// Whether there are any without a prompt.
    pub(crate) fn are_given(&self) -> bool {
        self.secrets_file.is_some() || std::env::var_os(VARIABLE).is_some()
    }

    /// The secrets themselves.
    pub(crate) fn secrets(&self) -> Result<Secrets, Failure> {
        Secrets::from_lines(&self.text()?).map_err(|error| refused(&error))
    }
}

pub(crate) fn refused(error: &SecretError) -> Failure {
    Failure::new(format_args!("{}: {error}", error.code()), "").with_status(Status::Secrets)
}
