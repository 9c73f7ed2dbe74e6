//! How far a rotation has come: a file that outlives whatever breaks it off.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::overten::Subscription;
use crate::private_file::{Draft, Lock};

const FORMAT: &str = "overten-webhook-rotation/1";

/// What is known of it. The new secret stands in it only until the secrets' file has it.
#[derive(Serialize, Deserialize)]
pub(super) struct Rotation {
    format: String,
    pub(super) api: String,
    pub(super) old: Subscription,
    #[serde(flatten)]
    pub(super) step: Step,
}

/// The last step that is done.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(super) enum Step {
    /// The new subscription is about to be made; these were there before.
    Creating { known: Vec<String> },
    /// It is made.
    Created { new: Subscription, secret: String },
    /// Its secret stands in the secrets' file.
    Kept { new: Subscription, label: String },
    /// The receiver has accepted what it signs.
    Proven { new: Subscription, label: String },
}

/// Where the state is kept: beside the secrets' file, unless another place is named.
pub(super) struct StateFile(PathBuf);

impl StateFile {
    pub(super) fn new(named: Option<&Path>, secrets_file: &Path) -> Self {
        Self(named.map_or_else(
            || {
                let mut beside = secrets_file.as_os_str().to_owned();
                beside.push(".rotation");
                beside.into()
            },
            Path::to_path_buf,
        ))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Keeps other rotations away from it.
    ///
    /// # Errors
    ///
    /// One is under way, or the system's.
    pub(super) fn lock(&self) -> Result<Lock, Failure> {
        let lock = Lock::attempt(&self.0).map_err(|error| self.failed(&error))?;
        lock.ok_or_else(|| {
            Failure::new(
                format_args!("another rotation is under way, with {}", self.0.display()),
                "wait for it to end, or end it with Ctrl-C and do this again",
            )
        })
    }

    /// What an earlier start left; `None` where none did.
    pub(super) fn read(&self) -> Result<Option<Rotation>, Failure> {
        let bytes = match fs::read(&self.0) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.failed(&error)),
        };
        match serde_json::from_slice::<Rotation>(&bytes) {
            Ok(rotation) if rotation.format == FORMAT => Ok(Some(rotation)),
            _ => Err(Failure::new(
                format_args!("{} holds no rotation's state", self.0.display()),
                "name another file with --state; or, where it is of no use any more, remove it",
            )),
        }
    }

    pub(super) fn write(&self, api: &str, old: &Subscription, step: &Step) -> Result<(), Failure> {
        let rotation = Rotation {
            format: FORMAT.to_owned(),
            api: api.to_owned(),
            old: old.clone(),
            step: step.clone(),
        };
        let bytes = serde_json::to_vec(&rotation)
            .map(Zeroizing::new)
            .map_err(|error| Failure::new(error, ""))?;
        Draft::beside(&self.0)
            .and_then(|draft| draft.put(&bytes))
            .map_err(|error| self.failed(&error))
    }

    pub(super) fn remove(&self) -> Result<(), Failure> {
        fs::remove_file(&self.0).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        Failure::new(
            format_args!(
                "the rotation's state {} cannot be kept: {error}",
                self.0.display()
            ),
            "name a file that this user may write with --state; the same command goes on from where it was",
        )
    }
}
