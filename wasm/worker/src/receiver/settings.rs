//! The Worker's variables, read once and checked: a wrong one is refused by name, never replaced by a default.

use std::fmt;

use overten_webhook::{Code, Receiver, Retention, Secrets, Tolerance, Verifier};
use zeroize::Zeroizing;

const RETENTION_SECONDS: &str = "RETENTION_SECONDS";

/// The path that is answered when `WEBHOOK_PATH` is not set.
pub const DEFAULT_PATH: &str = "/webhooks/overten";

/// The largest body that is taken in without a ledger, in bytes: its queue message fits whatever the body holds.
///
/// With a ledger a body that does not fit waits there; without one there is no other place for it. A message holds the
/// body as base64 at worst (4/3 of its length), its texts once more, and `message` twice.
pub const MAX_BODY_BYTES_WITHOUT_LEDGER: usize = 32 * 1024;

/// The largest `MAX_BODY_BYTES`, in bytes: an isolate has 128 MB for all its requests, and three of the largest at once take
/// less than half of it.
pub const LARGEST_MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// A receiver as the variables say, for any path.
pub(crate) fn receiver(
    variables: &impl Variables,
    has_ledger: bool,
) -> Result<Receiver, SettingError> {
    let tolerance = tolerance(variables, has_ledger)?;
    let verifier = Verifier::new(secrets(variables)?)
        .with_tolerance(tolerance)
        .with_max_body_bytes(max_body_bytes(variables, has_ledger)?);
    let retention = retention(variables)?;
    let receiver = Receiver::new(verifier, retention)
        .map_err(|error| SettingError::new(RETENTION_SECONDS, error).with_code(error.code()))?;
    Ok(receiver
        .with_scope(word(variables, "KEY_SCOPE", "`run` or `task`")?.unwrap_or_default())
        .with_mismatch(word(variables, "MISMATCH_STATUS", "401 or 503")?.unwrap_or_default())
        .with_raw_log(
            word(
                variables,
                "LOG_RAW",
                "1 for failures, `all`, or 0 for neither",
            )?
            .unwrap_or_default(),
        ))
}

/// The receiver, for the one path that is answered.
pub(crate) fn at_path(
    receiver: Receiver,
    variables: &impl Variables,
) -> Result<Receiver, SettingError> {
    let name = "WEBHOOK_PATH";
    let path = variables.variable(name)?;
    receiver
        .with_path(path.as_deref().unwrap_or(DEFAULT_PATH))
        .map_err(|error| SettingError::new(name, error).with_code(error.code()))
}

/// How long a key is kept.
pub(crate) fn retention(variables: &impl Variables) -> Result<Retention, SettingError> {
    let Some(text) = variables.variable(RETENTION_SECONDS)? else {
        return Ok(Retention::default());
    };
    whole_number(&text)
        .map(Retention::from_seconds)
        .ok_or_else(|| SettingError::expected(RETENTION_SECONDS, "a whole number of seconds"))
}

/// Where variables come from: a Worker's environment, or a map in a test.
pub(crate) trait Variables {
    /// The value of `name`, or `None` where it is not set.
    fn variable(&self, name: &'static str) -> Result<Option<String>, SettingError>;
}

/// A variable or binding that cannot be used, by name, and what to do; it never shows a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettingError {
    code: Code,
    name: &'static str,
    problem: String,
}

impl SettingError {
    pub(crate) fn new(name: &'static str, problem: impl fmt::Display) -> Self {
        Self {
            code: Code::Misconfigured,
            name,
            problem: problem.to_string(),
        }
    }

    /// The same, where the core has a word for what is wrong.
    fn with_code(self, code: Code) -> Self {
        Self { code, ..self }
    }

    /// What is wrong, in one word.
    pub(crate) const fn code(&self) -> Code {
        self.code
    }

    fn expected(name: &'static str, what: &str) -> Self {
        Self::new(name, format_args!("must be {what}"))
    }
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.problem)
    }
}

fn secrets(variables: &impl Variables) -> Result<Secrets, SettingError> {
    let name = "OVERTEN_WEBHOOK_SECRETS";
    // The core keeps no copy of the text, and neither is one left here.
    let lines = Zeroizing::new(variables.variable(name)?.unwrap_or_default());
    Secrets::from_lines(lines.as_bytes())
        .map_err(|error| SettingError::new(name, error).with_code(error.code()))
}

fn tolerance(variables: &impl Variables, has_ledger: bool) -> Result<Tolerance, SettingError> {
    let mut tolerance = Tolerance::for_receiver(has_ledger);
    if let Some(past) = seconds_or_off(variables, "TOLERANCE_PAST_SECONDS")? {
        tolerance = past.map_or_else(
            || tolerance.without_past(),
            |seconds| tolerance.with_past(seconds),
        );
    }
    if let Some(future) = seconds_or_off(variables, "TOLERANCE_FUTURE_SECONDS")? {
        tolerance = future.map_or_else(
            || tolerance.without_future(),
            |seconds| tolerance.with_future(seconds),
        );
    }
    Ok(tolerance)
}

fn max_body_bytes(variables: &impl Variables, has_ledger: bool) -> Result<usize, SettingError> {
    let name = "MAX_BODY_BYTES";
    let (default, largest) = if has_ledger {
        (
            overten_webhook::DEFAULT_MAX_BODY_BYTES,
            LARGEST_MAX_BODY_BYTES,
        )
    } else {
        (MAX_BODY_BYTES_WITHOUT_LEDGER, MAX_BODY_BYTES_WITHOUT_LEDGER)
    };
    let Some(text) = variables.variable(name)? else {
        return Ok(default);
    };
    whole_number(&text)
        .and_then(|bytes| usize::try_from(bytes).ok())
        .filter(|bytes| (1..=largest).contains(bytes))
        .ok_or_else(|| {
            let unless = if has_ledger {
                ""
            } else {
                ", unless LEDGER is bound"
            };
            SettingError::new(
                name,
                format_args!("must be a whole number from 1 to {largest}{unless}"),
            )
        })
}

/// A value of the core that is chosen by a word.
fn word<T: std::str::FromStr>(
    variables: &impl Variables,
    name: &'static str,
    words: &str,
) -> Result<Option<T>, SettingError> {
    let Some(text) = variables.variable(name)? else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|_| SettingError::expected(name, words))
}

/// `None` is not set, `Some(None)` is off.
fn seconds_or_off(
    variables: &impl Variables,
    name: &'static str,
) -> Result<Option<Option<u64>>, SettingError> {
    let Some(text) = variables.variable(name)? else {
        return Ok(None);
    };
    if text == "off" {
        return Ok(Some(None));
    }
    whole_number(&text)
        .map(|seconds| Some(Some(seconds)))
        .ok_or_else(|| SettingError::expected(name, "a whole number of seconds, or `off`"))
}

/// ASCII digits only: `parse` alone would take a plus sign.
fn whole_number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}
