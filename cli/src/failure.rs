//! What a command ends with: an exit status, or what went wrong and what to do about it.

use std::fmt;
use std::process::ExitCode;

use overten_webhook::Code;

/// The exit statuses, the same in every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Status {
    /// All is well.
    Done = 0,
    /// It could not be done: a file, the network, a port, a database.
    Failed = 1,
    /// The arguments are wrong, or do not fit together.
    Usage = 2,
    /// Headers are missing or malformed.
    Headers = 3,
    /// No secret made the signature.
    Mismatch = 4,
    /// The body is longer than the limit.
    TooLarge = 5,
    /// Authentic, but too old or from the future.
    Stale = 6,
    /// Authentic, but no event can be read from it.
    Payload = 7,
    /// No usable secret.
    Secrets = 8,
    /// The capture cannot be read, or does not hold enough.
    Capture = 9,
    /// An answer was not what was expected.
    Unexpected = 10,
    /// Ended by Ctrl-C.
    Interrupted = 130,
}

impl Status {
    /// Every status, and when a command exits with it.
    pub(crate) const ALL: [(Self, &'static str); 12] = [
        (Self::Done, "all is well"),
        (
            Self::Failed,
            "it could not be done: a file, the network, a port, a database",
        ),
        (Self::Usage, "the arguments are wrong"),
        (Self::Headers, "headers are missing or malformed"),
        (Self::Mismatch, "no secret made the signature"),
        (Self::TooLarge, "the body is longer than the limit"),
        (Self::Stale, "authentic, but too old or from the future"),
        (Self::Payload, "authentic, but no event can be read from it"),
        (Self::Secrets, "no usable secret"),
        (
            Self::Capture,
            "the capture cannot be read, or does not hold enough",
        ),
        (
            Self::Unexpected,
            "`send`, `replay`: an answer was not what was expected",
        ),
        (Self::Interrupted, "ended by Ctrl-C"),
    ];

    /// The status for a verdict.
    pub(crate) const fn of(code: Code) -> Self {
        match code {
            Code::Ok => Self::Done,
            Code::MissingSignature
            | Code::MalformedSignature
            | Code::MissingTimestamp
            | Code::MalformedTimestamp => Self::Headers,
            Code::SignatureMismatch => Self::Mismatch,
            Code::BodyTooLarge => Self::TooLarge,
            Code::TimestampTooOld | Code::TimestampInFuture => Self::Stale,
            Code::MalformedPayload => Self::Payload,
            code if matches!(code.number(), 100..=199) => Self::Secrets,
            _ => Self::Failed,
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// What went wrong, and what to do next. It never holds a secret.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    next: String,
    status: Status,
}

impl Failure {
    pub(crate) fn new(what: impl fmt::Display, next: impl fmt::Display) -> Self {
        Self {
            what: what.to_string(),
            next: next.to_string(),
            status: Status::Failed,
        }
    }

    /// The same, with another exit status.
    pub(crate) fn with_status(self, status: Status) -> Self {
        Self { status, ..self }
    }

    /// The same, with one thing more to do.
    pub(crate) fn and_next(self, more: impl fmt::Display) -> Self {
        let next = match self.next.as_str() {
            "" => more.to_string(),
            next => format!("{next}; {more}"),
        };
        Self { next, ..self }
    }

    /// Writes it to standard error; gives the status to exit with.
    pub(crate) fn report(self) -> Status {
        crate::output::say_failure(&self.what, &self.next);
        self.status
    }
}
