//! `man`.

use std::fs;
use std::path::PathBuf;

use clap::CommandFactory as _;

use crate::failure::{Failure, Status};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  overten-webhook man man1")]
pub(crate) struct Arguments {
    /// The folder to write them to, one page for each command; it is made where it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        fs::create_dir_all(&self.folder)
            .and_then(|()| clap_mangen::generate_to(crate::Arguments::command(), &self.folder))
            .map_err(|error| {
                Failure::new(
                    format_args!("the pages cannot be written to {:?}: {error}", self.folder),
                    "name a folder that this user may write to",
                )
            })?;
        Ok(Status::Done)
    }
}
