//! Captures from files and standard input, and what they are judged by.

mod event;
mod file;
mod judged;
mod tolerance;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use overten_webhook::diagnose::{CaptureError, Captured};
use overten_webhook::{DEFAULT_MAX_BODY_BYTES, Tolerance, UnixSeconds};

use crate::failure::{Failure, Status};
pub(crate) use file::{Place, path_of};
pub(crate) use judged::Judged;
use tolerance::ToleranceArguments;

/// The capture and the receiver's settings; flattened into `verify` and `explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct CaptureArguments {
    /// The capture, `-` for standard input: a raw HTTP request; a `curl` command (the file it names is read too); a HAR file
    /// or entry; an event of Lambda or any JSON with `headers` and a raw `body`; what `listen` saves; lines logged under
    /// `LOG_RAW`; a queue message. Several deliveries are taken in turn
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,

    /// The clock to judge by, in Unix seconds [default: when the delivery was received, where the capture says so, else
    /// this machine's clock]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    now: Option<i64>,

    #[command(flatten)]
    tolerance: ToleranceArguments,

    /// The receiver's limit for a body, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = const { NonZeroUsize::new(DEFAULT_MAX_BODY_BYTES).unwrap() })]
    max_body_bytes: NonZeroUsize,

    /// One JSON object a line, one for each delivery
    #[arg(long)]
    pub(crate) json: bool,
}

impl CaptureArguments {
    /// The deliveries, each with its body, also where that stands in a file of its own.
    pub(crate) fn read(&self) -> Result<Vec<Captured>, Failure> {
        let place = Place::of(&self.file);
        let all = Captured::read(&place.read()?).map_err(|error| unreadable(&place, error))?;
        all.into_iter()
            .map(|captured| with_file(captured, &place))
            .collect()
    }

    pub(crate) fn now(&self, captured: &Captured) -> UnixSeconds {
        let given = self.now.map(UnixSeconds::new);
        given
            .or(captured.received_at())
            .unwrap_or_else(this_machines_clock)
    }

    pub(crate) fn tolerance(&self) -> Tolerance {
        self.tolerance.tolerance()
    }

    pub(crate) const fn max_body_bytes(&self) -> usize {
        self.max_body_bytes.get()
    }
}

/// The seconds since 1970, floored; a clock that stands before that is taken for 1970.
pub(crate) fn this_machines_clock() -> UnixSeconds {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = since.unwrap_or_default().as_secs();
    UnixSeconds::new(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn with_file(captured: Captured, place: &Place<'_>) -> Result<Captured, Failure> {
    let Some(name) = captured.body_file() else {
        return Ok(captured);
    };
    let path = path_of(name)?;
    let body = match (Place::of(&path), place) {
        (Place::StandardInput, Place::StandardInput) => {
            return Err(Failure::new(
                "the `curl` command takes its body from standard input, where the command itself came from",
                "save the body in a file, and name it with --data-binary @FILE",
            )
            .with_status(Status::Capture));
        }
        (body, _) => body.read()?,
    };
    Ok(captured.with_file(body))
}

fn unreadable(place: &Place<'_>, error: CaptureError) -> Failure {
    let at = match (error.line(), error.offset()) {
        (Some(line), _) => format!(", line {line}"),
        (None, Some(offset)) => format!(", at byte {offset}"),
        (None, None) => String::new(),
    };
    let fault = error.fault();
    Failure::new(
        format_args!("{place}{at}: {fault}: {}", fault.what()),
        fault.change(),
    )
    .with_status(Status::Capture)
}

/// The path as a word of a command line, for a hint.
pub(crate) fn as_argument(path: &Path) -> String {
    let text = path.to_string_lossy();
    match text
        .chars()
        .all(|char| char.is_ascii_alphanumeric() || "-_./".contains(char))
    {
        true => text.into_owned(),
        false => "FILE".to_owned(),
    }
}

impl CaptureArguments {
    /// How to have the same capture explained.
    pub(crate) fn how_to_explain(&self) -> String {
        format!("overten-webhook explain {}", as_argument(&self.file))
    }
}
