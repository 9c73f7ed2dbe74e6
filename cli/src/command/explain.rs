//! `explain`: why a captured delivery does not verify, and what to change.

use std::fs;
use std::path::PathBuf;

use overten_webhook::diagnose::{Capture, Captured, Lack, Outcome, Report};
use overten_webhook::{Label, SecretInput, Secrets};
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
            let capture = Capture::new(
                captured.headers(),
                captured.body(),
                self.capture.now(captured),
            )
            .with_tolerance(self.capture.tolerance())
            .with_max_body_bytes(self.capture.max_body_bytes())
            .with_other_secrets(SecretInput::from_lines(&others));
            let report = capture.diagnose(SecretInput::from_lines(&secrets));
            let beginning = beginning_of(captured, &secrets);
            if self.capture.json {
                output::print_line(&as_json(captured, &report, beginning))?;
                continue;
            }
            let between = if number == 0 { "" } else { "\n" };
            output::print_line(&format!(
                "{between}{}",
                as_text(captured, &report, beginning)
            ))?;
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

/// The label of the secret by which a shortened signature begins, where one does.
fn beginning_of(captured: &Captured, secrets: &[u8]) -> Option<Label> {
    let secrets = Secrets::from_lines(secrets).ok()?;
    captured.begins_as_signed_with(&secrets)
}

fn as_json(captured: &Captured, report: &Report, beginning: Option<Label>) -> String {
    let lacks: Vec<&str> = captured.lacks().iter().map(|lack| lack.as_str()).collect();
    let beginning = beginning.map_or("null".to_owned(), |label| format!(r#""{label}""#));
    // Of this nothing needs an escape; the report is JSON already.
    format!(
        r#"{{"form":"{}","lacks":{lacks:?},"left_out_bytes":{},"begins_as_signed_with":{beginning},"report":{}}}"#,
        captured.form(),
        captured.left_out_bytes(),
        report.to_json()
    )
}

fn as_text(captured: &Captured, report: &Report, beginning: Option<Label>) -> String {
    let words = report.to_string();
    let (first, rest) = words.split_once('\n').unwrap_or((&words, ""));
    let style = match report.outcome() {
        Outcome::Verifies => output::GOOD,
        Outcome::Explained | Outcome::Unexplained => output::BAD,
    };
    let mut text = format!("{style}{first}{style:#}\n");
    if !captured.lacks().is_empty() {
        text.push_str("\nWhat the capture does not hold, so that nothing can be proven with it:\n");
        text.extend(captured.lacks().iter().map(entry));
    }
    if captured.lacks().contains(&Lack::SignatureShortened) {
        text.push_str(&match beginning {
            Some(label) => format!(
                "\nWhat is left of the signature is how the right one of the secret '{label}' begins: secret, timestamp and \
                 body are very likely as Overten signed them.\n"
            ),
            None => "\nWhat is left of the signature is not how a right one of the configured secrets begins over what the \
                     line holds: another secret signed it, or the body or timestamp is not what was signed.\n"
                .to_owned(),
        });
    }
    if captured.left_out_bytes() > 0 {
        text.push_str(&format!(
            "\nBehind the end of the body stood {} bytes that are no part of it.\n",
            captured.left_out_bytes()
        ));
    }
    text.push_str(rest.trim_end());
    text
}

fn entry(lack: &Lack) -> String {
    format!("- {lack}: {}\n  {}\n", lack.what(), lack.change())
}
