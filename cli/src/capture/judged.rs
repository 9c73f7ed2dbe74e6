//! What a receiver says of a captured delivery.

use std::fmt::Write as _;

use overten_webhook::diagnose::{Captured, Lack};
use overten_webhook::{Code, Rejection, Scope, SignedHeaders, UnixSeconds, Verifier};
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::Value;

use super::event;
use crate::failure::Status;
use crate::output;

/// The verdict on one delivery, in the order of its JSON.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Judged {
    form: &'static str,
    code: &'static str,
    /// Absent where all is well.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    #[serde(serialize_with = "words", skip_serializing_if = "Vec::is_empty")]
    lacks: Vec<Lack>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<i64>,
    body_bytes: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(serialize_with = "object", skip_serializing_if = "Vec::is_empty")]
    event: Vec<(&'static str, Value)>,
    #[serde(skip)]
    status: Status,
}

impl Judged {
    pub(crate) fn of(captured: &Captured, verifier: &Verifier, now: UnixSeconds) -> Self {
        let headers = SignedHeaders::from_pairs(captured.headers());
        let mut judged = Self {
            form: captured.form().as_str(),
            code: Code::Ok.as_str(),
            detail: String::new(),
            lacks: captured.lacks().to_vec(),
            secret: None,
            fingerprint: None,
            timestamp: None,
            age_seconds: None,
            body_bytes: captured.body().len(),
            key: None,
            event: Vec::new(),
            status: Status::Done,
        };
        let verified = headers.and_then(|headers| verifier.verify(&headers, captured.body(), now));
        match verified {
            Ok(delivery) => {
                // A right MAC proves that all of it is there, whatever length was announced.
                judged.lacks.clear();
                let verdict = delivery.verdict();
                judged.signed_by(verifier, verdict.secret_index());
                judged.timestamp = Some(verdict.timestamp().get());
                judged.age_seconds = Some(verdict.age_seconds());
                match delivery.event() {
                    Ok(event) => {
                        judged.key = Some(event.idempotency_key(Scope::Run).to_string());
                        judged.event = event::fields(&event);
                    }
                    Err(error) => judged.fails(error.code(), error.to_string()),
                }
            }
            Err(rejection) => judged.rejected(rejection, verifier),
        }
        judged
    }

    fn signed_by(&mut self, verifier: &Verifier, index: usize) {
        if let Some(secret) = verifier.secrets().iter().nth(index) {
            self.secret = Some(secret.label().to_string());
            self.fingerprint = Some(secret.fingerprint().to_string());
        }
    }

    fn rejected(&mut self, rejection: Rejection, verifier: &Verifier) {
        self.fails(Rejection::code(rejection), rejection.to_string());
        self.age_seconds = rejection.age_seconds();
        if let Some(index) = rejection.secret_index() {
            self.signed_by(verifier, index);
        } else if rejection.age_seconds().is_none() && !self.lacks.is_empty() {
            // It may be what is missing that makes it fail.
            self.status = Status::Capture;
        }
    }

    fn fails(&mut self, code: Code, detail: String) {
        self.code = code.as_str();
        self.detail = detail;
        self.status = Status::of(code);
    }

    pub(crate) const fn status(&self) -> Status {
        self.status
    }

    /// Whether `explain` may have more to say.
    pub(crate) const fn is_explainable(&self) -> bool {
        matches!(
            self.status,
            Status::Headers | Status::Mismatch | Status::Capture
        )
    }

    /// The verdict as one JSON object on one line.
    pub(crate) fn to_json(&self) -> String {
        // Texts and numbers alone: nothing of it can fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The verdict for a person, over several lines.
    pub(crate) fn to_text(&self) -> String {
        let (good, bad) = (output::GOOD, output::BAD);
        let mut text = match self.status {
            Status::Done => format!("{good}authentic{good:#}"),
            Status::Payload | Status::Stale => format!("{bad}{}{bad:#}", self.code),
            Status::Capture => format!("{bad}cannot be proven{bad:#} ({})", self.code),
            _ => format!("{bad}not authentic{bad:#} ({})", self.code),
        };
        // Writing to a string fails for nothing.
        if self.status != Status::Capture && !self.detail.is_empty() {
            let _ = write!(text, ": {}", self.detail);
        }
        if let (Some(secret), Some(fingerprint)) = (&self.secret, &self.fingerprint) {
            let _ = write!(
                text,
                "\nsigned with the secret '{secret}' (fingerprint {fingerprint})"
            );
        }
        if let (Status::Done, Some(age)) = (self.status, self.age_seconds) {
            let _ = write!(text, ", {age} s old");
        }
        for lack in &self.lacks {
            let _ = write!(text, "\n{lack}: {} {}", lack.what(), lack.change());
        }
        for (name, value) in &self.event {
            let value = match value {
                Value::String(text) => output::visible(text),
                other => output::visible(&other.to_string()),
            };
            let _ = write!(text, "\n  {name}: {value}");
        }
        if let Some(key) = &self.key {
            let _ = write!(text, "\n  key: {key}");
        }
        text
    }
}

fn words<S: Serializer>(lacks: &[Lack], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(lacks.iter().map(|lack| lack.as_str()))
}

fn object<S: Serializer>(fields: &[(&'static str, Value)], to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(fields.len()))?;
    for (name, value) in fields {
        map.serialize_entry(name, value)?;
    }
    map.end()
}
