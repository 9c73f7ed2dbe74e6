//! `overten-webhook`: Overten's webhooks from a terminal.
#![forbid(unsafe_code)]

mod api;
mod capture;
mod clock;
mod command;
mod duration;
mod failure;
mod http;
mod keeping;
mod listen;
mod making;
mod output;
mod overten;
mod private_file;
mod retries;
mod secrets;
mod side;

use std::process::ExitCode;

use clap::Parser as _;

use command::Command;

/// Verify, explain, send, receive and simulate Overten webhooks.
#[derive(Debug, clap::Parser)]
#[command(
    name = "overten-webhook",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "Example: why does this delivery not verify?\n  overten-webhook explain request.http --secrets-file secrets.txt"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    match Arguments::parse().command.run() {
        Ok(status) => status.into(),
        Err(failure) => failure.report().into(),
    }
}
