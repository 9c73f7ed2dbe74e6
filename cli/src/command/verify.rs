//! `verify`: whether a captured delivery is authentic, and what it says.

use overten_webhook::Verifier;

use crate::capture::{CaptureArguments, Judged};
use crate::failure::{Failure, Status};
use crate::output;
use crate::secrets::SecretArguments;

#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(crate) struct Arguments {
    #[command(flatten)]
    capture: CaptureArguments,

    #[command(flatten)]
    secrets: SecretArguments,
}

fn after_help() -> String {
    let statuses: String = Status::ALL
        .iter()
        .map(|(status, when)| format!("  {:>3}  {when}\n", *status as u8))
        .collect();
    format!(
        "Exit statuses, the same in every command; of several deliveries the first that is not well decides:\n{statuses}\n\
         Example:\n  overten-webhook verify request.http --secrets-file secrets.txt"
    )
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        let all = self.capture.read()?;
        let verifier = Verifier::new(self.secrets.secrets()?)
            .with_tolerance(self.capture.tolerance())
            .with_max_body_bytes(self.capture.max_body_bytes());
        let mut status = Status::Done;
        let mut is_explainable = false;
        for captured in &all {
            let judged = Judged::of(captured, &verifier, self.capture.now(captured));
            output::print_line(&match self.capture.json {
                true => judged.to_json(),
                false => judged.to_text(),
            })?;
            is_explainable |= judged.is_explainable();
            if status == Status::Done {
                status = judged.status();
            }
        }
        if !self.capture.json {
            self.say_next(is_explainable, status);
        }
        Ok(status)
    }
    fn say_next(&self, is_explainable: bool, status: Status) {
        if is_explainable {
            let explain = self.capture.how_to_explain();
            output::say_next(&format!("{explain} says why, with the same secrets"));
        } else if status == Status::Stale {
            output::say_next(
                "--now SECONDS judges by another clock, --tolerance off by none: a capture is often older than a delivery",
            );
        }
    }
}
