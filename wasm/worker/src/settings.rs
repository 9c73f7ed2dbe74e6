//! The Worker's variables, read once and checked: a wrong one is refused by name, never replaced by a default.

use std::fmt;

use overten_webhook::{MismatchAnswer, Retention, Scope, Secrets, Tolerance, Verifier};

/// The path that is answered when `WEBHOOK_PATH` is not set.
pub const DEFAULT_PATH: &str = "/webhooks/overten";

/// The largest body that is taken in without a ledger, in bytes: its queue message fits whatever the body holds.
///
/// With a ledger a body that does not fit waits there; without one there is no other place for it. A message holds the
/// body as base64 at worst (4/3 of its length), its texts once more, and `message` twice.
pub const MAX_BODY_BYTES_WITHOUT_LEDGER: usize = 32 * 1024;

/// The largest `MAX_BODY_BYTES`, in bytes: an isolate has 128 MB for all its requests.
pub const LARGEST_MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// What the variables say.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) verifier: Verifier,
    pub(crate) scope: Scope,
    pub(crate) retention: Retention,
    pub(crate) mismatch: MismatchAnswer,
    pub(crate) log_raw: bool,
}

impl Settings {
    /// Reads every variable but the path.
    pub(crate) fn read(variables: &impl Variables, has_ledger: bool) -> Result<Self, SettingError> {
        let tolerance = tolerance(variables, has_ledger)?;
        let verifier = Verifier::new(secrets(variables)?)
            .with_tolerance(tolerance)
            .with_max_body_bytes(max_body_bytes(variables, has_ledger)?);
        Ok(Self {
            verifier,
            scope: word(variables, "KEY_SCOPE", "`run` or `task`")?.unwrap_or_default(),
            retention: retention(variables, has_ledger, tolerance)?,
            mismatch: word(variables, "MISMATCH_STATUS", "401 or 503")?.unwrap_or_default(),
            log_raw: log_raw(variables)?,
        })
    }
}

/// Reads the path that is answered: the one setting that is needed before any other is looked at.
pub(crate) fn path(variables: &impl Variables) -> Result<String, SettingError> {
    let name = "WEBHOOK_PATH";
    let path = variables
        .variable(name)?
        .unwrap_or_else(|| DEFAULT_PATH.to_owned());
    let well_formed = path.starts_with('/')
        && path
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#');
    if well_formed {
        Ok(path)
    } else {
        Err(SettingError::expected(
            name,
            "a path such as /webhooks/overten",
        ))
    }
}

/// Where variables come from: a Worker's environment, or a map in a test.
pub(crate) trait Variables {
    /// The value of `name`, or `None` where it is not set.
    fn variable(&self, name: &'static str) -> Result<Option<String>, SettingError>;
}

/// A variable or binding that cannot be used, by name, and what to do; it never shows a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SettingError {
    name: &'static str,
    problem: String,
}

impl SettingError {
    pub(crate) fn new(name: &'static str, problem: impl fmt::Display) -> Self {
        Self {
            name,
            problem: problem.to_string(),
        }
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
    let lines = variables.variable(name)?.unwrap_or_default();
    Secrets::from_lines(lines.as_bytes()).map_err(|error| {
        SettingError::new(name, format_args!("{}: {error}", error.code().as_str()))
    })
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

/// Without a ledger nothing is kept, so there is no window that a key could outlive.
fn retention(
    variables: &impl Variables,
    has_ledger: bool,
    tolerance: Tolerance,
) -> Result<Retention, SettingError> {
    let name = "RETENTION_SECONDS";
    let seconds = match variables.variable(name)? {
        Some(text) => whole_number(&text)
            .ok_or_else(|| SettingError::expected(name, "a whole number of seconds"))?,
        None => Retention::DEFAULT_SECONDS,
    };
    let window = if has_ledger {
        tolerance
    } else {
        Tolerance::off()
    };
    Retention::new(seconds, window).map_err(|error| SettingError::new(name, error))
}

fn log_raw(variables: &impl Variables) -> Result<bool, SettingError> {
    let name = "LOG_RAW";
    match variables.variable(name)?.as_deref() {
        None | Some("0") => Ok(false),
        Some("1") => Ok(true),
        Some(_) => Err(SettingError::expected(name, "1 for on, 0 for off")),
    }
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
