//! The commands, one file each.

mod completions;
mod explain;
mod listen;
mod man;
mod organisation;
mod replay;
mod send;
mod sign;
mod simulate;
mod subscription;
mod verify;

use crate::failure::{Failure, Status};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Say whether a captured delivery is authentic, and what it says.
    Verify(verify::Arguments),
    /// Say why a captured delivery does not verify, and what to change.
    Explain(explain::Arguments),
    /// Sign a body.
    Sign(sign::Arguments),
    /// Post deliveries as Overten does.
    Send(send::Arguments),
    /// Receive deliveries on this machine, show them, keep them, forward them.
    Listen(listen::Arguments),
    /// Send again what `listen` kept, signed anew.
    Replay(replay::Arguments),
    /// Stand in for Overten on this machine.
    Simulate(simulate::Arguments),
    /// Make, list, delete and rotate subscriptions.
    Subscription(subscription::Arguments),
    /// The organisation that signs the webhooks of single calls.
    Organisation(organisation::Arguments),
    /// Print the completions of a shell.
    Completions(completions::Arguments),
    /// Write the manual pages.
    Man(man::Arguments),
}

impl Command {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        match self {
            Self::Verify(arguments) => arguments.run(),
            Self::Explain(arguments) => arguments.run(),
            Self::Sign(arguments) => arguments.run(),
            Self::Send(arguments) => arguments.run(),
            Self::Listen(arguments) => arguments.run(),
            Self::Replay(arguments) => arguments.run(),
            Self::Simulate(arguments) => arguments.run(),
            Self::Subscription(arguments) => arguments.run(),
            Self::Organisation(arguments) => arguments.run(),
            Self::Completions(arguments) => arguments.run(),
            Self::Man(arguments) => arguments.run(),
        }
    }
}
