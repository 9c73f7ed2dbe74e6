//! A receiver's settings, and the first step of every request.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use core::fmt;
use core::num::NonZeroU64;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::answer::MismatchAnswer;
use crate::claim::{Claim, Retention};
use crate::code::Code;
use crate::headers::ReceivedHeaders;
use crate::idempotency::Scope;
use crate::record::{Level, Line};
use crate::request::{PathError, check_path, check_request};
use crate::secret::{Label, MAX_SECRETS, Secret};
use crate::time::{Tolerance, UnixSeconds};
use crate::verify::Verifier;

use super::raw_line::{Budget, RawLog};
use super::receiver_error::ReceiverError;
use super::state::{Fault, Reason, State};
use super::{Ending, Outcome, Reading};

/// What a receiver judges by: a verifier and the settings around it. Made once, used from any number of threads.
///
/// Receiving is a loop over the steps that it asks for; what each platform does about a step is all that differs:
///
/// ```
/// use overten_webhook::{Claim, Receiver, Request, Retention, Secret, Secrets, Step, UnixSeconds, Verifier, sign};
///
/// let text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// let receiver = Receiver::new(Verifier::new(Secrets::new([text])?), Retention::default())?;
/// println!("{}", receiver.start_line());
///
/// let (body, now) = (br#"{"event":"run.completed","run_id":"run_01"}"#.as_slice(), UnixSeconds::new(1_760_000_000));
/// let signature = sign(&Secret::new(text.as_bytes())?, now, body)?;
/// let headers = [
///     ("X-Overten-Signature", signature.signature_value()),
///     ("X-Overten-Timestamp", signature.timestamp_value()),
/// ];
///
/// let request = Request { method: b"POST", target: b"/webhooks/overten" };
/// let clock_ms = || 0; // a monotonic clock
/// let reading = receiver.begin(request, headers, clock_ms()).unwrap();
/// // Read the body here, at most `reading.max_body_bytes()` and one more.
/// let received = reading.whole(&receiver, body, now).unwrap();
/// let mut step = Step::Claim(received.claiming);
/// let ending = loop {
///     step = match step {
///         Step::Claim(step) => {
///             let asked_at_ms = clock_ms();
///             assert_eq!(received.key.as_str(), "run.completed:run_01"); // claim it, for `step.lease_seconds()`
///             step.answered(Claim::New, asked_at_ms, clock_ms())
///         }
///         Step::HandOn(step) => step.done(clock_ms()), // or `failed`, or `failed_for_good`
///         Step::SetAside(step) => step.done(clock_ms()),
///         Step::Commit(step) => step.done(),
///         Step::Release(step) => step.done(),
///         Step::Answer(ending) => break ending,
///     }
/// };
/// assert_eq!(ending.answer(&receiver).unwrap().status(), 200);
/// let named = received.event.as_ref().ok().map(Into::into);
/// let record = ending.record(&receiver, named, &[], clock_ms());
/// assert!(record.to_string().starts_with(r#"{"code":"accepted","level":"info","event":"run.completed","#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Receiver {
    path: Option<String>,
    /// Where there is none, why.
    verifier: Result<Arc<Verifier>, String>,
    scope: Scope,
    lease_seconds: u64,
    retention: Retention,
    mismatch: MismatchAnswer,
    warning: Option<String>,
    raw_log: RawLog,
    raw_lines: Budget,
    /// Unix seconds by the position of the secret; 0 is never.
    last_matched: [AtomicU32; MAX_SECRETS],
}

/// The request line, as bytes received.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `POST`, if it is a delivery.
    pub method: &'a [u8],
    /// The path, with or without a query, or a whole URL.
    pub target: &'a [u8],
}

impl Receiver {
    /// With the defaults: any path, run scope, a lease of 60 s, 401 for a mismatch. The verifier can be shared: hand over an
    /// `Arc` of it.
    ///
    /// # Errors
    ///
    /// Those of [`Receiver::check`].
    pub fn new(
        verifier: impl Into<Arc<Verifier>>,
        retention: Retention,
    ) -> Result<Self, ReceiverError> {
        let verifier = verifier.into();
        Self::check(verifier.tolerance(), verifier.max_body_bytes(), retention)?;
        Ok(Self::with(Ok(verifier), retention))
    }

    /// Whether a receiver can work with these settings, whatever its secrets.
    ///
    /// # Errors
    ///
    /// [`ReceiverError`] where the retention is not longer than both sides of the tolerance together, or the limit is 0.
    pub fn check(
        tolerance: Tolerance,
        max_body_bytes: usize,
        retention: Retention,
    ) -> Result<(), ReceiverError> {
        retention.check(tolerance)?;
        match max_body_bytes {
            0 => Err(ReceiverError::NoBody),
            _ => Ok(()),
        }
    }

    /// One that could not be made: it answers every delivery as `misconfigured`, so that Overten sends it again, and
    /// each log line says why: the error's code (`Code::Misconfigured` adds nothing), and `why`, which must show no
    /// secret, as no error of this crate does.
    #[must_use]
    pub fn misconfigured(code: Code, why: &impl fmt::Display) -> Self {
        let problem = match code {
            Code::Misconfigured => why.to_string(),
            code => format!("{code}: {why}"),
        };
        Self::with(Err(problem), Retention::default())
    }

    fn with(verifier: Result<Arc<Verifier>, String>, retention: Retention) -> Self {
        Self {
            path: None,
            verifier,
            scope: Scope::default(),
            lease_seconds: Claim::DEFAULT_LEASE_SECONDS,
            retention,
            mismatch: MismatchAnswer::default(),
            warning: None,
            raw_log: RawLog::default(),
            raw_lines: Budget::default(),
            last_matched: [const { AtomicU32::new(0) }; MAX_SECRETS],
        }
    }

    /// The same, for this path alone; see [`check_request`]. Without one, the host has routed already.
    ///
    /// # Errors
    ///
    /// Those of [`check_path`].
    pub fn with_path(self, path: &str) -> Result<Self, PathError> {
        check_path(path)?;
        let path = Some(path.to_string());
        Ok(Self { path, ..self })
    }

    /// The same, with another choice of what makes two deliveries one.
    #[must_use]
    pub fn with_scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The same, with another lease, in seconds: how long a claim lasts whose holder dies.
    #[must_use]
    pub fn with_lease_seconds(self, lease_seconds: NonZeroU64) -> Self {
        Self {
            lease_seconds: lease_seconds.get(),
            ..self
        }
    }

    /// The same, with another answer where no secret made the signature.
    #[must_use]
    pub fn with_mismatch(self, mismatch: MismatchAnswer) -> Self {
        Self { mismatch, ..self }
    }

    /// The same, with what an operator should know of how it runs: the start line says it, as a warning.
    #[must_use]
    pub fn with_warning(self, warning: &impl fmt::Display) -> Self {
        let warning = Some(warning.to_string());
        Self { warning, ..self }
    }

    /// The same, with a second line of some requests, for debugging; see [`Ending::raw_line`]. A misconfigured receiver writes
    /// none: whatever was sent, its log says what is wrong here.
    #[must_use]
    pub fn with_raw_log(self, raw_log: RawLog) -> Self {
        Self { raw_log, ..self }
    }

    /// The verifier; `None` where the receiver is misconfigured.
    #[must_use]
    pub fn verifier(&self) -> Option<&Verifier> {
        self.verifier.as_deref().ok()
    }

    /// Why it is misconfigured, for a health check; `None` where it is not.
    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        self.verifier.as_ref().err().map(String::as_str)
    }

    /// What makes two deliveries one.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// How long a claim lasts whose holder dies, in seconds.
    #[must_use]
    pub const fn lease_seconds(&self) -> u64 {
        self.lease_seconds
    }

    /// How long a committed key is to be kept.
    #[must_use]
    pub const fn retention(&self) -> Retention {
        self.retention
    }

    pub(super) fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// Of which requests a raw line is written: a shell need not keep headers and bodies for any other.
    #[must_use]
    pub const fn raw_log(&self) -> RawLog {
        self.raw_log
    }

    /// Whether a request that ended so leaves a raw line; it counts among those of this minute then.
    pub(super) fn takes_raw_line(&self, code: Code, at_ms: u64) -> bool {
        self.verifier.is_ok() && self.raw_log.wants(code) && self.raw_lines.take(at_ms)
    }

    pub(super) const fn mismatch(&self) -> MismatchAnswer {
        self.mismatch
    }

    /// When each secret last made the signature of an authentic delivery, stale ones included; `None` for never since the
    /// start. A secret that has not matched for as long as Overten may send again can be removed: a rotation is over.
    pub fn last_matched(&self) -> impl Iterator<Item = (Label, Option<UnixSeconds>)> {
        let secrets = self
            .verifier()
            .into_iter()
            .flat_map(|it| it.secrets().iter());
        let times = self
            .last_matched
            .iter()
            .map(|at| at.load(Ordering::Relaxed));
        secrets.zip(times).map(|(secret, at)| {
            let at = (at > 0).then(|| UnixSeconds::new(at.into()));
            (secret.label(), at)
        })
    }

    pub(super) fn note_match(&self, secret_index: usize, now: UnixSeconds) {
        if let Some(slot) = self.last_matched.get(secret_index) {
            // A clock before 1970 or after 2106 shows as the nearest of the two.
            let at = now.get().clamp(1, u32::MAX.into());
            slot.store(u32::try_from(at).unwrap_or(u32::MAX), Ordering::Relaxed);
        }
    }

    pub(super) fn label(&self, secret_index: u8) -> Option<Label> {
        let mut secrets = self.verifier()?.secrets().iter();
        secrets.nth(secret_index.into()).map(Secret::label)
    }

    /// Judges a request before any of its body is read.
    ///
    /// `headers` are all of its headers, in any order, with every value of a repeated one; from a host that hands over
    /// one text per header, at least the two signed ones, `X-Overten-Event` and `Content-Length`. `at_ms` is now, on any
    /// clock that counts milliseconds and does not go back.
    ///
    /// # Errors
    ///
    /// What to answer, in this order: `not_found`, `method_not_allowed`, `misconfigured`, `missing_signature` and the
    /// others of [`SignedHeaders`](crate::SignedHeaders), and `unavailable` for a `Content-Length` that is no plain number.
    pub fn begin<'a, N, V>(
        &self,
        request: Request<'_>,
        headers: impl IntoIterator<Item = (N, &'a V)>,
        at_ms: u64,
    ) -> Result<Reading, Ending>
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        let mut state = State::new(at_ms, self.lease_seconds);
        state.remarks.is_head = request.method == b"HEAD";
        // Where the host has routed, every target is this receiver's.
        let (path, target) = match &self.path {
            Some(path) => (path.as_str(), request.target),
            None => ("/", b"/".as_slice()),
        };
        check_request(path, request.method, target)
            .map_err(|code| Ending(state.refused(code, Reason::Nothing)))?;
        let Ok(verifier) = &self.verifier else {
            return Err(self.refuse(state));
        };
        let received = ReceivedHeaders::from_pairs(headers);
        let headers = received.signed().map_err(|rejection| {
            Ending(state.refused(rejection.code(), Reason::Rejection(rejection)))
        })?;
        if received.content_length().is_err() {
            return Err(Ending(
                state.refused(Code::Unavailable, Reason::UnusableLength),
            ));
        }
        Ok(Reading {
            state: state.follow(Outcome::WellFormed),
            headers,
            max_body_bytes: verifier.max_body_bytes() as u64,
            event_hint: received.event().map(hash_of),
        })
    }

    /// Refuses a request that cannot be judged for want of a verifier.
    pub(super) fn refuse(&self, mut state: State) -> Ending {
        state.note(Fault::Misconfigured);
        Ending(state.refused(Code::Misconfigured, Reason::Nothing))
    }

    /// The one log line of a start, as JSON without a newline: version, each secret's label and fingerprint, and the
    /// settings in force; or what is wrong.
    #[must_use]
    pub fn start_line(&self) -> String {
        let mut line = String::new();
        // Writing to a string does not fail.
        let _ = self.write_start_line(&mut line);
        line
    }

    fn write_start_line(&self, to: &mut String) -> fmt::Result {
        let version = env!("CARGO_PKG_VERSION");
        let verifier = match &self.verifier {
            Ok(verifier) => verifier,
            Err(why) => {
                let mut line = Line::begin(to, Code::Misconfigured, Level::Error)?;
                line.text("version", version)?;
                line.detail(why)?;
                return line.end();
            }
        };
        let tolerance = verifier.tolerance();
        let level = match &self.warning {
            Some(_) => Level::Warn,
            None => Level::Info,
        };
        let mut line = Line::begin(to, Code::Ok, level)?;
        line.text("version", version)?;
        line.secrets(verifier.secrets())?;
        if let Some(path) = &self.path {
            line.text("path", path)?;
        }
        line.text("scope", self.scope.as_str())?;
        line.seconds_or_off("past_seconds", tolerance.past())?;
        line.seconds_or_off("future_seconds", tolerance.future())?;
        line.number("max_body_bytes", &verifier.max_body_bytes())?;
        line.number("lease_seconds", &self.lease_seconds)?;
        line.number("retention_seconds", &self.retention.seconds())?;
        line.number("mismatch_status", &self.mismatch.status())?;
        line.detail(self.warning.as_deref().unwrap_or_default())?;
        line.end()
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("path", &self.path)
            .field("verifier", &self.verifier)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// FNV-1a: tells whether two names differ without keeping one. Nothing but a remark in the log depends on it.
pub(super) fn hash_of(name: &[u8]) -> u32 {
    name.iter().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}
