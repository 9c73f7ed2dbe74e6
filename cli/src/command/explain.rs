//! `explain`: why a captured delivery does not verify, and what to change.

use std::fs;
use std::path::PathBuf;

use overten_webhook::SecretInput;
use overten_webhook::diagnose::{Capture, Captured, Outcome, Report};
use zeroize::Zeroizing;

use crate::capture::CaptureArguments;
use crate::failure::{Failure, Status};
use crate::output;
use crate::secrets::SecretArguments;

const AFTER_HELP: &str = "\
A cause is named only where it makes the received signature come out right. What the report holds can be sent to Overten's
support: no secret and no signature is in it.

Exit status: 0 the report was made, whatever it says; 9 the capture cannot be read.

Example:
  overten-webhook explain request.http --secrets-file secrets.txt";

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    #[command(flatten)]
    capture: CaptureArguments,

    #[command(flatten)]
    secrets: SecretArguments,

    /// File with secrets that the receiver does not have and that may have signed it all the same, in the same form: the
    /// organisation's, another subscription's, the previous one
    #[arg(long, value_name = "FILE")]
    other_secrets_file: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn run(self) -> Result<Status, Failure> {
        let all = self.capture.read()?;
        let secrets = self.secrets.text()?;
        let others = self.others()?;
        for (number, captured) in all.iter().enumerate() {
            let capture = Capture::of(captured, self.capture.now(captured))
                .with_tolerance(self.capture.tolerance())
                .with_max_body_bytes(self.capture.max_body_bytes())
                .with_other_secrets(SecretInput::from_lines(&others));
            let report = capture.diagnose(SecretInput::from_lines(&secrets));
            if self.capture.json {
                output::print_line(&as_json(captured, &report))?;
                continue;
            }
            let between = if number == 0 { "" } else { "\n" };
            output::print_line(&format!("{between}{}", as_text(captured, &report)))?;
        }
        Ok(Status::Done)
    }

    fn others(&self) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let Some(path) = &self.other_secrets_file else {
            return Ok(Zeroizing::default());
        };
        fs::read(path).map(Zeroizing::new).map_err(|error| {
            Failure::new(
                format_args!("the other secrets' file {path:?} cannot be read: {error}"),
                "name a file that this user may read, with one secret a line",
            )
            .with_status(Status::Secrets)
        })
    }
}

fn as_json(captured: &Captured, report: &Report) -> String {
    let lacks: Vec<&str> = captured.lacks().iter().map(|lack| lack.as_str()).collect();
    // Of this nothing needs an escape; the report is JSON already.
    format!(
        r#"{{"form":"{}","lacks":{lacks:?},"left_out_bytes":{},"report":{}}}"#,
        captured.form(),
        captured.left_out_bytes(),
        report.to_json()
    )
}

fn as_text(captured: &Captured, report: &Report) -> String {
    let words = report.to_string();
    let (first, rest) = words.split_once('\n').unwrap_or((&words, ""));
    let style = match report.outcome() {
        Outcome::Verifies => output::GOOD,
        Outcome::Explained | Outcome::Unexplained => output::BAD,
    };
    let mut text = format!("{style}{first}{style:#}\n");
    if captured.left_out_bytes() > 0 {
        text.push_str(&format!(
            "\nBehind the end of the body stood {} bytes that are no part of it.\n",
            captured.left_out_bytes()
        ));
    }
    text.push_str(rest.trim_end());
    text
}
