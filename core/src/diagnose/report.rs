//! What a diagnosis came to, as a structure, in words, and as JSON.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

use super::captured::Lack;
use super::cause::{Cause, Causes};
use super::facts::{Facts, SecretFacts};
use super::suspicion::Suspicion;
use crate::code::Code;
use crate::record::write_escaped;
use crate::secret::{Fingerprint, Label};
use crate::secret_error::SecretError;

/// Why a delivery does not verify. `Display` writes it in words over several lines, [`Report::to_json`] as JSON.
///
/// It holds no secret, no right MAC and no signature, so it can be shown to whoever may see the delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub(super) code: Code,
    pub(super) detail: String,
    pub(super) outcome: Outcome,
    pub(super) secret: Option<Label>,
    pub(super) causes: Causes,
    pub(super) lacks: Vec<Lack>,
    pub(super) begins_as_signed_with: Option<Label>,
    pub(super) suspicions: Vec<Suspicion>,
    pub(super) answer: Code,
    pub(super) answer_detail: String,
    pub(super) tried: Causes,
    pub(super) macs: u64,
    pub(super) hashed_bytes: u64,
    pub(super) is_complete: bool,
    pub(super) facts: Facts,
}

/// What a diagnosis came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing is wrong: the receiver takes the delivery.
    Verifies,
    /// It does not verify, and the causes say why: under them the MAC came out right.
    Explained,
    /// It does not verify, and nothing that was tried makes its MAC.
    Unexplained,
}

impl Outcome {
    /// `verifies`, `explained` or `unexplained`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verifies => "verifies",
            Self::Explained => "explained",
            Self::Unexplained => "unexplained",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Report {
    /// What it came to.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// What the receiver says: [`Code::Ok`], the code of its rejection, or why it refuses its secrets.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The same in words; empty where nothing is wrong.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What is proven to be wrong, several of them together; none unless the outcome is [`Outcome::Explained`].
    pub fn causes(&self) -> impl Iterator<Item = Cause> {
        self.causes.iter()
    }

    /// The secret that the signature is of, where one is known.
    #[must_use]
    pub const fn secret(&self) -> Option<Label> {
        self.secret
    }

    /// What the capture does not hold, so that nothing can be proven with it; empty where a MAC came out right, which
    /// proves that nothing is missing.
    #[must_use]
    pub fn lacks(&self) -> &[Lack] {
        &self.lacks
    }

    /// The secret whose signature over this timestamp and body begins as the one received, which a log shortened.
    ///
    /// No proof, since a log shows 8 of 64 digits; but a beginning that is right says that secret, timestamp and body very
    /// likely are, and one that is not says that one of them is not what was signed.
    ///
    /// `None` where none begins so, or where it cannot be told: the signature is not a shortened one, the timestamp is
    /// malformed, or the body is not whole.
    #[must_use]
    pub const fn begins_as_signed_with(&self) -> Option<Label> {
        self.begins_as_signed_with
    }

    /// What a shortened signature tells, in words; `None` where the signature is whole, or nothing can be told.
    #[must_use]
    pub fn beginning(&self) -> Option<String> {
        let is_body_whole = !self.lacks.iter().any(|lack| lack.is_of_the_body());
        let is_shortened = self.lacks.contains(&Lack::SignatureShortened);
        let can_tell = is_shortened && is_body_whole && !self.facts.secrets.is_empty();
        can_tell.then(|| match self.begins_as_signed_with {
            Some(label) => format!(
                "What is left of the signature is how the right one of the secret '{label}' begins: secret, timestamp and body \
                 are very likely as Overten signed them."
            ),
            None => "What is left of the signature is not how a right one of the secrets given begins over this timestamp and \
                     body: another secret signed it, or one of the two is not what was signed."
                .into(),
        })
    }

    /// What a receiver answers: also one that verifies may be refused, by its method or its length, or be no event.
    #[must_use]
    pub const fn answer(&self) -> Code {
        self.answer
    }

    /// Why, in words; empty where it is accepted.
    #[must_use]
    pub fn answer_detail(&self) -> &str {
        &self.answer_detail
    }

    /// What looks wrong, without a proof; only looked for where nothing explains the delivery.
    #[must_use]
    pub fn suspicions(&self) -> &[Suspicion] {
        &self.suspicions
    }

    /// Every cause under which a MAC was computed and compared, whether or not it was right.
    pub fn tried(&self) -> impl Iterator<Item = Cause> {
        self.tried.iter()
    }

    /// How many MACs were computed.
    #[must_use]
    pub const fn macs(&self) -> u64 {
        self.macs
    }

    /// How many bytes were hashed for them.
    #[must_use]
    pub const fn hashed_bytes(&self) -> u64 {
        self.hashed_bytes
    }

    /// Whether every hypothesis was tried; `false` where the bound on the bytes hashed ended the search.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Lengths, digests, ids, fingerprints: what Overten's support needs.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The whole report as one JSON object on one line; what is absent is null.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = Json(String::new());
        json.open("{");
        json.text("outcome", Some(self.outcome.as_str()));
        json.text("code", Some(self.code.as_str()));
        json.text("detail", Some(&self.detail));
        json.text("secret", self.secret.as_ref().map(Label::as_str));
        json.list("causes", self.causes(), |json, cause| {
            json.text("cause", Some(cause.as_str()));
            json.text("what", Some(cause.what()));
            json.text("change", Some(cause.change()));
        });
        json.list("lacks", self.lacks.iter(), |json, lack| {
            json.text("lack", Some(lack.as_str()));
            json.text("what", Some(lack.what()));
            json.text("change", Some(lack.change()));
        });
        let beginning = self.begins_as_signed_with.as_ref();
        json.text("begins_as_signed_with", beginning.map(Label::as_str));
        json.text("beginning", self.beginning().as_deref());
        json.list(
            "suspicions",
            self.suspicions.iter().copied(),
            |json, suspicion| {
                json.text("suspicion", Some(suspicion.as_str()));
                json.text("what", Some(suspicion.what()));
                json.text("change", Some(suspicion.change()));
            },
        );
        json.text("answer", Some(self.answer.as_str()));
        json.text("answer_detail", Some(&self.answer_detail));
        json.name("tried");
        json.open("[");
        for cause in self.tried() {
            json.value(cause.as_str());
        }
        json.close("]");
        json.number("macs", Some(self.macs));
        json.number("hashed_bytes", Some(self.hashed_bytes));
        json.number("complete", Some(self.is_complete));
        json.name("facts");
        json.facts(&self.facts);
        json.close("}");
        json.0
    }
}

/// JSON being written. Writing to a string fails for nothing.
struct Json(String);

impl Json {
    fn open(&mut self, bracket: &str) {
        self.comma();
        self.0.push_str(bracket);
    }

    fn close(&mut self, bracket: &str) {
        self.0.push_str(bracket);
    }

    fn comma(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with(['{', '[', ':']) {
            self.0.push(',');
        }
    }

    fn value(&mut self, text: &str) {
        self.comma();
        self.0.push('"');
        let _ = write_escaped(&mut self.0, text);
        self.0.push('"');
    }

    fn name(&mut self, name: &str) {
        self.value(name);
        self.0.push(':');
    }

    fn text(&mut self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => {
                self.name(name);
                self.value(text);
            }
            None => self.number::<bool>(name, None),
        }
    }

    fn number<N: fmt::Display>(&mut self, name: &str, number: Option<N>) {
        self.name(name);
        let _ = match number {
            Some(number) => write!(self.0, "{number}"),
            None => self.0.write_str("null"),
        };
    }

    fn list<T>(
        &mut self,
        name: &str,
        items: impl Iterator<Item = T>,
        write: impl Fn(&mut Self, T),
    ) {
        self.name(name);
        self.open("[");
        for item in items {
            self.open("{");
            write(self, item);
            self.close("}");
        }
        self.close("]");
    }

    fn facts(&mut self, facts: &Facts) {
        self.open("{");
        self.number("body_bytes", Some(facts.body_bytes));
        self.text("body_sha256", Some(&facts.body_sha256));
        self.number("content_length", facts.content_length);
        self.number("signature_bytes", facts.signature_bytes);
        self.number("timestamp", facts.timestamp);
        self.number("skew_seconds", facts.skew_seconds);
        self.text("event", facts.event.as_deref());
        self.text("run_id", facts.run_id.as_deref());
        self.text("task_id", facts.task_id.as_deref());
        self.list("secrets", facts.secrets.iter(), |json, secret| {
            json.text("label", Some(secret.label.as_str()));
            json.number("configured", Some(secret.is_configured));
            json.number("trimmed", Some(secret.is_trimmed));
            json.text(
                "fingerprint",
                secret.fingerprint.as_ref().map(Fingerprint::as_str),
            );
            let code = secret
                .fault
                .map(|fault| SecretError::new(fault, None).code());
            json.text("code", code.map(Code::as_str));
        });
        self.close("}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.outcome {
            Outcome::Verifies if self.answer == Code::Accepted => {
                f.write_str("The delivery verifies")?;
            }
            Outcome::Verifies => {
                let (answer, why) = (self.answer, &self.answer_detail);
                write!(
                    f,
                    "The delivery verifies, and a receiver answers {answer}: {why}"
                )?;
            }
            Outcome::Explained | Outcome::Unexplained => {
                write!(
                    f,
                    "The delivery does not verify ({}): {}",
                    self.code, self.detail
                )?;
            }
        }
        if let Some(label) = self.secret {
            write!(f, "\nThe signature is of the secret '{label}'")?;
        }
        f.write_str("\n")?;
        if self.outcome == Outcome::Explained {
            f.write_str("\nWhat is wrong; with this undone, the signature is right:\n")?;
            for cause in self.causes() {
                entry(f, cause.as_str(), cause.what(), cause.change())?;
            }
        }
        if self.outcome == Outcome::Unexplained {
            self.write_unexplained(f)?;
        }
        write!(f, "\n{}", self.facts)
    }
}

impl Report {
    fn write_unexplained(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.lacks.is_empty() {
            f.write_str(
                "\nWhat the capture does not hold, so that nothing can be proven with it:\n",
            )?;
        }
        for lack in &self.lacks {
            entry(f, lack.as_str(), lack.what(), lack.change())?;
        }
        if let Some(beginning) = self.beginning() {
            writeln!(f, "\n{beginning}")?;
        }
        let (macs, kinds) = (self.macs, self.tried.len());
        match (macs, self.is_complete) {
            (0, _) => {}
            (_, true) => writeln!(
                f,
                "\nNothing that was tried makes this signature: {macs} MACs under {kinds} kinds of changes."
            )?,
            (_, false) => writeln!(
                f,
                "\nNothing that was tried makes this signature: {macs} MACs under {kinds} kinds of changes, where the search \
                 ended at its bound: try it with one secret, or a shorter delivery."
            )?,
        }
        if !self.suspicions.is_empty() {
            f.write_str("\nWhat looks wrong, without a proof:\n")?;
        }
        for suspicion in &self.suspicions {
            entry(f, suspicion.as_str(), suspicion.what(), suspicion.change())?;
        }
        f.write_str(
            "\nIf that does not help, send Overten's support the following, which holds no secret and no signature.\n",
        )
    }
}

fn entry(f: &mut fmt::Formatter<'_>, word: &str, what: &str, change: &str) -> fmt::Result {
    writeln!(f, "- {word}: {what}\n  {change}")
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "body: {} bytes, SHA-256 {}",
            self.body_bytes, self.body_sha256
        )?;
        let numbers = [
            ("Content-Length", self.content_length),
            ("X-Overten-Signature, bytes", self.signature_bytes),
        ];
        for (name, number) in numbers {
            if let Some(number) = number {
                writeln!(f, "{name}: {number}")?;
            }
        }
        if let (Some(timestamp), Some(skew)) = (self.timestamp, self.skew_seconds) {
            let side = if skew < 0 { "ahead of" } else { "behind" };
            writeln!(
                f,
                "X-Overten-Timestamp: {timestamp}, {} s {side} the clock",
                skew.unsigned_abs()
            )?;
        }
        let names = [
            ("event", &self.event),
            ("run_id", &self.run_id),
            ("task_id", &self.task_id),
        ];
        for (name, text) in names {
            if let Some(text) = text {
                writeln!(f, "{name}: {text}")?;
            }
        }
        self.secrets.iter().try_for_each(|secret| secret.fmt(f))
    }
}

impl fmt::Display for SecretFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let role = if self.is_configured {
            "configured"
        } else {
            "not configured"
        };
        write!(f, "secret '{}': {role}", self.label)?;
        if let Some(fingerprint) = self.fingerprint {
            write!(f, ", fingerprint {fingerprint}")?;
        }
        if self.is_trimmed {
            f.write_str(", white space around it removed")?;
        }
        if let Some(fault) = self.fault {
            write!(f, ", refused: {}", SecretError::new(fault, None))?;
        }
        f.write_str("\n")
    }
}
