//! `replay`.

use crate::failure::{Failure, Status};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        Err(Failure::new("`replay` is being built", "wait for it"))
    }
}
