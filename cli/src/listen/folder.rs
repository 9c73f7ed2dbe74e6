//! Where what is received is kept: a folder that nobody else on the machine can read.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

const DATABASE: &str = "deliveries.sqlite";
const FORWARDING: &str = "forwarding.lock";

/// The folder of one listener, or of several that share it.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The one given, else the platform's data folder; made where it is not there.
    pub(crate) fn open(given: Option<PathBuf>) -> Result<Self, Failure> {
        let path = match given {
            Some(path) => path,
            None => data_folder(|name| std::env::var_os(name))
                .ok_or_else(|| {
                    Failure::new(
                        "there is no home folder to keep deliveries in",
                        "name a folder with --folder, or set HOME",
                    )
                })?
                .join("overten-webhook"),
        };
        make(&path).map_err(|error| {
            Failure::new(
                format_args!("the folder {} cannot be made: {error}", path.display()),
                "name one that this user may write to with --folder",
            )
        })?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The database's file, for this user alone.
    pub(crate) fn database(&self) -> Result<PathBuf, Failure> {
        let path = self.0.join(DATABASE);
        // What SQLite makes beside it gets the same mode.
        private_file(&path).map_err(|error| {
            Failure::new(
                format_args!("{} cannot be written: {error}", path.display()),
                "give this user the right to write there, or name another folder with --folder",
            )
        })?;
        Ok(path)
    }

    /// The file whose lock the one listener holds that forwards.
    pub(crate) fn forwarding_lock(&self) -> io::Result<fs::File> {
        private_file(&self.0.join(FORWARDING))
    }

    /// Whether a listener forwards from here at this moment.
    pub(crate) fn is_forwarded_from(&self) -> bool {
        let lock = self.forwarding_lock();
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Where the platform's programs keep their data.
fn data_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let folder = |name| {
        let path = PathBuf::from(variable(name)?);
        path.is_absolute().then_some(path)
    };
    if cfg!(windows) {
        folder("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        folder("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        folder("XDG_DATA_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/share")))
    }
}
