//! Where a secret goes that the API gave: into a file, or to standard output where that was asked for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use overten_webhook::{Code, Fingerprint, SecretInput, Secrets};
use zeroize::Zeroizing;

use crate::failure::{Failure, Status};
use crate::output::print_line;
use crate::private_file::{Draft, Lock};

/// Where it is to go; flattened into the arguments of each command that gets one.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct KeepArguments {
    /// Add the secret to this file, one a line as every receiver here reads it; a new file is this user's alone (mode 600)
    #[arg(long, value_name = "FILE")]
    secrets_file: Option<PathBuf>,

    /// Write the secret to standard output
    #[arg(long)]
    print_secret: bool,
}

/// A place that has been found fit before the secret is asked for: what comes back once must not be lost.
pub(crate) enum Place {
    File(SecretsFile),
    Output,
}

/// A file of secrets that one more can be added to.
pub(crate) struct SecretsFile {
    path: PathBuf,
    held: Zeroizing<Vec<u8>>,
}

impl KeepArguments {
    /// # Errors
    ///
    /// The file cannot be read or written, or holds what no receiver would take.
    pub(crate) fn place(&self) -> Result<Place, Failure> {
        match &self.secrets_file {
            Some(path) => SecretsFile::open(path).map(Place::File),
            None => Ok(Place::Output),
        }
    }
}

impl Place {
    /// Keeps it; gives what to say of where it is.
    ///
    /// # Errors
    ///
    /// It is not kept.
    pub(crate) fn keep(self, label: &str, secret: &str) -> Result<String, Failure> {
        match self {
            Self::File(file) => {
                let path = file.path.clone();
                file.add(label, secret)?;
                Ok(format!("in {}, labelled `{label}`", path.display()))
            }
            Self::Output => {
                print_line(secret)?;
                Ok("printed above".to_owned())
            }
        }
    }
}

impl SecretsFile {
    /// # Errors
    ///
    /// As [`KeepArguments::place`].
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let held = read(path).map_err(|error| unwritable(path, &error))?;
        if let Err(error) = Secrets::from_lines(&held)
            && error.code() != Code::NoSecrets
        {
            return Err(Failure::new(
                format_args!("{}: {error}", path.display()),
                "mend that line first",
            )
            .with_status(Status::Secrets));
        }
        // Shows that it can be written; it is not kept, lest it be left behind where this is broken off.
        drop(Draft::beside(path).map_err(|error| unwritable(path, &error))?);
        Ok(Self {
            path: path.to_owned(),
            held,
        })
    }

    /// Whether a secret of this label stands in it.
    pub(crate) fn holds(&self, label: &str) -> bool {
        Secrets::from_lines(&self.held).is_ok_and(|secrets| {
            secrets
                .iter()
                .any(|secret| secret.label().as_str() == label)
        })
    }

    /// How many stand in it.
    pub(crate) fn count(&self) -> usize {
        Secrets::from_lines(&self.held).map_or(0, |secrets| secrets.len())
    }

    /// Adds one, as the last line of what stands in it now: others may have added theirs since it was opened.
    ///
    /// # Errors
    ///
    /// The file would not be taken by a receiver, or cannot be written; it is as it was then.
    pub(crate) fn add(self, label: &str, secret: &str) -> Result<(), Failure> {
        let Self { path, .. } = self;
        let failed = |error| unwritable(&path, &error);
        let _lock = Lock::wait(&path).map_err(failed)?;
        let held = read(&path).map_err(failed)?;
        let mut text = Zeroizing::new(Vec::with_capacity(
            held.len() + label.len() + secret.len() + 3,
        ));
        text.extend_from_slice(&held);
        if text.last().is_some_and(|last| *last != b'\n') {
            text.push(b'\n');
        }
        for part in [label.as_bytes(), b":", secret.as_bytes(), b"\n"] {
            text.extend_from_slice(part);
        }
        Secrets::from_lines(&text).map_err(|error| {
            Failure::new(
                format_args!("{} cannot hold it: {error}", path.display()),
                "remove what is not used any more, or name another --label or --secrets-file",
            )
            .with_status(Status::Secrets)
        })?;
        let draft = Draft::beside(&path).map_err(failed)?;
        draft.put(&text).map_err(failed)
    }
}

/// What it holds; nothing where it is not there.
fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Zeroizing::default()),
        held => held.map(Zeroizing::new),
    }
}

/// The short hash by which two people can compare a secret.
pub(crate) fn fingerprint(secret: &str) -> Result<Fingerprint, Failure> {
    let secrets = Secrets::new([SecretInput::unlabelled(secret.as_bytes())]);
    let secrets = secrets.map_err(|error| Failure::new(error, "").with_status(Status::Secrets))?;
    let fingerprint = secrets
        .iter()
        .map(overten_webhook::Secret::fingerprint)
        .next();
    fingerprint.ok_or_else(|| Failure::new("there is no secret", ""))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        format_args!("{} cannot be read and written: {error}", path.display()),
        "name a file in a folder that this user may write",
    )
}
