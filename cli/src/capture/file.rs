//! A file, or standard input.

use std::fmt;
use std::fs;
use std::io::{self, IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
#[cfg(not(unix))]
use crate::failure::Status;
use crate::output;

/// Where bytes come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    StandardInput,
    File(&'a Path),
}

impl<'a> Place<'a> {
    /// `-` is standard input.
    pub(crate) fn of(path: &'a Path) -> Self {
        match path.as_os_str().as_encoded_bytes() {
            b"-" => Self::StandardInput,
            _ => Self::File(path),
        }
    }

    /// All of its bytes.
    pub(crate) fn read(self) -> Result<Vec<u8>, Failure> {
        let read = match self {
            Self::File(path) => fs::read(path),
            Self::StandardInput => {
                if io::stdin().is_terminal() {
                    output::say_next(
                        "paste it here, then end it with Ctrl-D (on Windows Ctrl-Z and Enter)",
                    );
                }
                let mut bytes = Vec::new();
                let read = io::stdin().lock().read_to_end(&mut bytes);
                read.map(|_| bytes)
            }
        };
        read.map_err(|error| {
            let next = match self {
                Self::File(_) => "name a file that this user may read, or - for standard input",
                Self::StandardInput => "name the file instead",
            };
            Failure::new(format_args!("{self} cannot be read: {error}"), next)
        })
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardInput => f.write_str("standard input"),
            // Escaped, so that a name cannot move a terminal's cursor.
            Self::File(path) => write!(f, "{path:?}"),
        }
    }
}

/// The path that a `curl` command names.
pub(crate) fn path_of(name: &[u8]) -> Result<PathBuf, Failure> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        Ok(PathBuf::from(std::ffi::OsStr::from_bytes(name)))
    }
    #[cfg(not(unix))]
    {
        let name = std::str::from_utf8(name).map_err(|_| {
            Failure::new(
                "the name of the body's file is not UTF-8",
                "save the command as UTF-8",
            )
            .with_status(Status::Capture)
        })?;
        Ok(PathBuf::from(name))
    }
}
