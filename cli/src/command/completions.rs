//! `completions`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::failure::{Failure, Status};
use crate::output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  overten-webhook completions bash > overten-webhook.bash")]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        let mut script = Vec::new();
        let mut command = crate::Arguments::command();
        clap_complete::generate(self.shell, &mut command, "overten-webhook", &mut script);
        output::print_bytes(&script)?;
        Ok(Status::Done)
    }
}
