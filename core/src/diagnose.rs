//! Why a captured delivery does not verify, in words: by trying what really goes wrong.

mod answer;
mod calendar;
mod captured;
mod cause;
mod coding;
mod edge;
mod facts;
mod finding;
mod frame;
mod headers;
mod json;
mod key;
mod mac;
mod report;
mod search;
mod serializer;
mod shortened;
mod suspicion;
mod target;
mod wrapping;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

pub use captured::{CaptureError, CaptureFault, Captured, Form, Lack};
pub use cause::Cause;
pub use facts::{Facts, SecretFacts};
pub use report::{Outcome, Report};
pub use suspicion::Suspicion;

use crate::code::Code;
use crate::headers::{ReceivedHeaders, SignedHeaders};
use crate::rejection::{LengthDifference, Rejection};
use crate::scheme::{EVENT_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::secret::{Label, MAX_SECRETS, Secret, SecretInput, Secrets};
use crate::secret_error::SecretError;
use crate::time::{Tolerance, UnixSeconds};
use crate::verify::{DEFAULT_MAX_BODY_BYTES, Verifier};
use cause::Causes;
use headers::Values;
use mac::Algorithm;
use search::{Found, Search};
use shortened::Shortened;

/// A delivery as it was captured, to find out why it does not verify.
///
/// This is for the receiver's own desk: never answer a request with it, since it tells what makes a signature right.
///
/// ```
/// use overten_webhook::UnixSeconds;
/// use overten_webhook::diagnose::{Capture, Cause, Outcome};
///
/// let headers = [
///     ("X-Overten-Signature", "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"),
///     ("X-Overten-Timestamp", "1760000000"),
/// ];
/// let body = br#"{"event": "run.completed", "run_id": "run_01", "data": {"ok": true}}"#;
/// let capture = Capture::new(headers, body, UnixSeconds::new(1_760_000_004));
///
/// let report = capture.diagnose(["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]);
/// assert_eq!(report.outcome(), Outcome::Explained);
/// assert_eq!(report.causes().collect::<Vec<_>>(), [Cause::JsonSpacing]);
/// println!("{report}");
/// ```
pub struct Capture<'a> {
    headers: Vec<(Vec<u8>, &'a [u8])>,
    body: &'a [u8],
    now: UnixSeconds,
    tolerance: Tolerance,
    max_body_bytes: usize,
    others: Vec<SecretInput<'a>>,
    method: Option<&'a [u8]>,
    lacks: Vec<Lack>,
}

impl<'a> Capture<'a> {
    /// Takes every header as [`SignedHeaders::from_pairs`] does, the body as it reached the verifier, and the clock.
    ///
    /// The settings are the verifier's defaults.
    #[must_use]
    pub fn new<N, V>(
        headers: impl IntoIterator<Item = (N, &'a V)>,
        body: &'a [u8],
        now: UnixSeconds,
    ) -> Self
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        let headers = headers.into_iter();
        Self {
            headers: headers
                .map(|(name, value)| (name.as_ref().to_vec(), value.as_ref()))
                .collect(),
            body,
            now,
            tolerance: Tolerance::default(),
            max_body_bytes: DEFAULT_MAX_BODY_BYTES,
            others: Vec::new(),
            method: None,
            lacks: Vec::new(),
        }
    }

    /// A delivery that was read, with its method and with what it lacks.
    #[must_use]
    pub fn of(captured: &'a Captured, now: UnixSeconds) -> Self {
        Self {
            method: captured.method(),
            ..Self::new(captured.headers(), captured.body(), now)
        }
        .with_lacks(captured.lacks().iter().copied())
    }

    /// The same, with the request's method; a POST where none is named.
    #[must_use]
    pub fn with_method(self, method: &'a [u8]) -> Self {
        let method = Some(method);
        Self { method, ..self }
    }

    /// The same, with what is known to be missing of it.
    #[must_use]
    pub fn with_lacks(self, lacks: impl IntoIterator<Item = Lack>) -> Self {
        let lacks = lacks.into_iter().collect();
        Self { lacks, ..self }
    }

    /// The same, with the receiver's tolerance.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Tolerance) -> Self {
        Self { tolerance, ..self }
    }

    /// The same, with the receiver's body limit, in bytes.
    #[must_use]
    pub fn with_max_body_bytes(self, max_body_bytes: usize) -> Self {
        Self {
            max_body_bytes,
            ..self
        }
    }

    /// The same, with up to eight secrets that the receiver does not have and that may have signed it all the same: the
    /// organisation's, another subscription's, the previous one.
    #[must_use]
    pub fn with_other_secrets<I>(self, others: I) -> Self
    where
        I: IntoIterator<Item: Into<SecretInput<'a>>>,
    {
        let others = others.into_iter().map(Into::into).take(MAX_SECRETS);
        Self {
            others: others.collect(),
            ..self
        }
    }

    /// Says why the delivery does not verify with the secrets as they are configured.
    ///
    /// They may be such as a verifier refuses: that is one of the things that go wrong. Of more than eight, the first
    /// eight are tried. A cause is named only where it makes the received MAC come out right; several where it takes
    /// several. What was lost on the way (a body cut off) cannot be proven so, and is a [`Suspicion`].
    ///
    /// At most 64 MiB are hashed and, for each secret given, 256 times the body's length; the likeliest is tried first.
    /// As JSON, bodies are printed again until 64 MiB and 256 times the body's length are printed, each value counted
    /// as 64 bytes more than it has. So a body of 1 MiB takes about a second, whoever wrote it.
    /// Whatever was made of a secret is wiped afterwards.
    #[must_use]
    pub fn diagnose<'s, I>(&self, secrets: I) -> Report
    where
        I: IntoIterator<Item: Into<SecretInput<'s>>>,
    {
        // One more than may be: so many are refused.
        let configured: Vec<SecretInput<'s>> = secrets
            .into_iter()
            .map(Into::into)
            .take(MAX_SECRETS.saturating_add(1))
            .collect();
        let (code, detail) = self.verdict(&configured);
        let signature = Values::of(&self.headers, SIGNATURE_HEADER);
        let timestamp = Values::of(&self.headers, TIMESTAMP_HEADER);
        let facts = self.facts(&configured, &signature, &timestamp);

        let targets = target::targets(&signature);
        let event = Values::of(&self.headers, EVENT_HEADER)
            .values
            .first()
            .map(|value| value.trim_ascii());
        let frames = frame::frames(&timestamp, event, self.now);
        let keys = self.keys(&configured, &targets);
        let longest = self
            .body
            .len()
            .saturating_mul(4)
            .saturating_add(4096)
            .max(DEFAULT_MAX_BODY_BYTES);
        let most_hashed = search::most_hashed(self.body.len() as u64, facts.secrets.len() as u64);
        // To print takes no secret.
        let most_printed = search::most_hashed(self.body.len() as u64, 1);
        let mut search = Search::new(&targets, &frames, &keys, longest, most_hashed, most_printed);
        search.run(self.body);

        let causes = match &search.found {
            Some(found) if code != Code::Ok => self.all_causes(found, code, &facts),
            _ => Causes::NONE,
        };
        let outcome = match (code, &search.found) {
            (Code::Ok, _) => Outcome::Verifies,
            (_, Some(_)) => Outcome::Explained,
            (_, None) => Outcome::Unexplained,
        };
        let (lacks, mut suspicions) = match outcome {
            Outcome::Unexplained => (
                self.lacks(&signature),
                self.suspicions(code, &signature, &timestamp, &targets, &facts),
            ),
            // A right MAC proves that all of it is there.
            Outcome::Verifies | Outcome::Explained => (Vec::new(), Vec::new()),
        };
        suspicions.retain(|suspicion| !lacks.iter().any(|lack| lack.explains(*suspicion)));
        let begins_as_signed_with = match lacks.iter().any(|lack| lack.is_of_the_body()) {
            true => None,
            false => self.beginning(&configured, &signature, &timestamp, &facts),
        };
        let (answer, answer_detail) = answer::answer(self, code, &detail);
        let secret = search
            .found
            .as_ref()
            .and_then(|found| facts.secrets.get(found.secret?));
        Report {
            code,
            detail,
            outcome,
            secret: secret.map(|secret| secret.label),
            causes,
            lacks,
            begins_as_signed_with,
            suspicions,
            answer,
            answer_detail,
            tried: search.tried,
            macs: search.macs,
            hashed_bytes: search.hashed_bytes,
            is_complete: search.is_complete,
            facts,
        }
    }

    /// What a receiver says, in its code and words.
    fn verdict(&self, configured: &[SecretInput<'_>]) -> (Code, String) {
        let secrets = match Secrets::new(configured.iter().copied()) {
            Ok(secrets) => secrets,
            Err(error) => return (error.code(), error.to_string()),
        };
        let verifier = Verifier::new(secrets)
            .with_tolerance(self.tolerance)
            .with_max_body_bytes(self.max_body_bytes);
        let pairs = self.headers.iter().map(|(name, value)| (name, *value));
        let verified = SignedHeaders::from_pairs(pairs)
            .and_then(|headers| verifier.verify(&headers, self.body, self.now).map(|_| ()));
        match verified {
            Ok(()) => (Code::Ok, String::new()),
            Err(rejection) => (Rejection::code(rejection), rejection.to_string()),
        }
    }

    /// What is missing of a delivery that nothing proves. A body that is JSON to its end was not cut, whatever announced a
    /// greater length: rather it was changed on its way.
    fn lacks(&self, signature: &Values<'_>) -> Vec<Lack> {
        let is_shortened = signature.the_one().is_some_and(shortened::is_shortened);
        let is_known = |lack: &Lack| self.lacks.contains(lack);
        Lack::ALL
            .into_iter()
            .filter(|lack| match lack {
                Lack::SignatureShortened => is_shortened || is_known(lack),
                Lack::BodyCut => is_known(lack) && json::Node::read(self.body).is_none(),
                _ => is_known(lack),
            })
            .collect()
    }

    /// The secret whose signature over this timestamp and body begins as a shortened one does.
    fn beginning(
        &self,
        configured: &[SecretInput<'_>],
        signature: &Values<'_>,
        timestamp: &Values<'_>,
        facts: &Facts,
    ) -> Option<Label> {
        let shortened = Shortened::of(signature, timestamp, self.body)?;
        let begins_so = |(input, _): (&SecretInput<'_>, bool)| {
            Secret::new(input.secret()).is_ok_and(|secret| shortened.may_be_of(&secret))
        };
        let position = self.inputs(configured).position(begins_so);
        crate::secret::overwrite_the_stack_below();
        let position = position?;
        facts.secrets.get(position).map(|secret| secret.label)
    }

    fn content_length(&self) -> Option<u64> {
        let pairs = self.headers.iter().map(|(name, value)| (name, *value));
        ReceivedHeaders::from_pairs(pairs)
            .content_length()
            .ok()
            .flatten()
    }

    fn facts(
        &self,
        configured: &[SecretInput<'_>],
        signature: &Values<'_>,
        timestamp: &Values<'_>,
    ) -> Facts {
        let inputs = self.inputs(configured).enumerate();
        let secrets = inputs.map(|(position, (input, is_configured))| {
            SecretFacts::of(input, position, is_configured)
        });
        Facts::of(
            self.body,
            self.content_length(),
            signature,
            timestamp,
            self.now,
            secrets.collect(),
        )
    }

    /// The secrets that are tried, and whether the receiver has each.
    fn inputs<'s>(
        &'s self,
        configured: &'s [SecretInput<'s>],
    ) -> impl Iterator<Item = (&'s SecretInput<'s>, bool)> {
        let configured = configured
            .iter()
            .take(MAX_SECRETS)
            .map(|input| (input, true));
        configured.chain(self.others.iter().map(|input| (input, false)))
    }

    fn keys(&self, configured: &[SecretInput<'_>], targets: &[target::Target]) -> Vec<key::Key> {
        let mut algorithms = Algorithm::ALL.to_vec();
        algorithms.retain(|algorithm| targets.iter().any(|target| target.algorithm == *algorithm));
        let mut keys = Vec::new();
        for (position, (input, is_configured)) in self.inputs(configured).enumerate() {
            let known = match is_configured {
                true => Causes::NONE,
                false => Causes::of(Cause::OtherSecret),
            };
            keys.extend(key::keys_of(input.secret(), position, known, &algorithms));
        }
        keys.extend(key::empty_key(&algorithms));
        crate::secret::overwrite_the_stack_below();
        keys
    }

    /// What was found, and what the receiver would trip over next.
    fn all_causes(&self, found: &Found, code: Code, facts: &Facts) -> Causes {
        let signed = found.seconds.map(UnixSeconds::new);
        let age = signed
            .map(|signed| self.now.seconds_since(signed))
            .or(facts.skew_seconds)
            .unwrap_or_default();
        let (past, future) = (self.tolerance.past(), self.tolerance.future());
        let ahead = age.saturating_neg();
        let form = Cause::SecretQuoted as u32..=Cause::SecretPrefixMissing as u32;
        let names_the_secret = found
            .causes
            .iter()
            .any(|cause| form.contains(&(cause as u32)));
        let more = [
            (
                Cause::TimestampTooOld,
                past.is_some_and(|past| age.cast_unsigned() > past && age > 0),
            ),
            (
                Cause::TimestampInFuture,
                future.is_some_and(|future| ahead > 0 && ahead.cast_unsigned() > future),
            ),
            (Cause::BodyTooLarge, self.body.len() > self.max_body_bytes),
            (
                Cause::SecretRefused,
                code.says_unchecked()
                    && !(names_the_secret && is_the_refused_one(found, code, facts)),
            ),
        ];
        more.into_iter()
            .fold(found.causes, |causes, (cause, applies)| match applies {
                true => causes.with(cause),
                false => causes,
            })
    }

    fn suspicions(
        &self,
        code: Code,
        signature: &Values<'_>,
        timestamp: &Values<'_>,
        targets: &[target::Target],
        facts: &Facts,
    ) -> Vec<Suspicion> {
        let length = LengthDifference::between(self.body.len(), facts.content_length);
        let is_encoded = Values::of(&self.headers, "Content-Encoding")
            .values
            .iter()
            .any(|value| !value.eq_ignore_ascii_case(b"identity"));
        let is_fresh = |age: i64| match age {
            0.. => self
                .tolerance
                .past()
                .is_none_or(|past| age.cast_unsigned() <= past),
            _ => self
                .tolerance
                .future()
                .is_none_or(|future| age.unsigned_abs() <= future),
        };
        let no_secret = facts.secrets.is_empty();
        let seen = [
            (Suspicion::NoSecret, no_secret),
            (
                Suspicion::SecretRefused,
                code.says_unchecked() && !no_secret,
            ),
            (Suspicion::SignatureMissing, signature.values.is_empty()),
            (
                Suspicion::SignatureUnreadable,
                !signature.values.is_empty() && targets.is_empty(),
            ),
        ];
        // What is no time at all leaves nothing to judge the secrets by.
        let is_timed = timestamp.values.is_empty() || facts.timestamp.is_some();
        let last = [
            (
                Suspicion::Clock,
                facts.skew_seconds.is_some_and(|age| !is_fresh(age)),
            ),
            (
                Suspicion::UnknownSecret,
                !no_secret && !targets.is_empty() && is_timed,
            ),
        ];
        let chosen = |(suspicion, applies)| if applies { Some(suspicion) } else { None };
        seen.into_iter()
            .filter_map(chosen)
            .chain(frame::suspicion(timestamp))
            .chain(suspicion::about_body(self.body, length, is_encoded))
            .chain(last.into_iter().filter_map(chosen))
            .collect()
    }
}

/// Whether the secret that was found is configured and refused, and no other one is: mended, nothing is.
fn is_the_refused_one(found: &Found, code: Code, facts: &Facts) -> bool {
    let configured = facts.secrets.iter().enumerate();
    let mut refused = configured.filter_map(|(position, secret)| {
        let fault = secret.fault.filter(|_| secret.is_configured)?;
        Some((position, SecretError::new(fault, None).code()))
    });
    let first = refused.next();
    first.is_some_and(|first| found.secret == Some(first.0) && first.1 == code)
        && refused.next().is_none()
}

impl fmt::Debug for Capture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}
