//! What may be shown of a delivery and of secrets: ids, lengths, digests.

use alloc::string::String;
use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::coding::to_hex;
use super::frame;
use super::headers::Values;
use crate::json;
use crate::secret::{Fingerprint, Label, Secret, SecretInput};
use crate::secret_error::SecretFault;
use crate::text::is_plain;
use crate::time::UnixSeconds;

/// What is known of a delivery, whether it is authentic or not: nothing here is secret, and nothing is proven.
///
/// These are the facts to give to Overten's support.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facts {
    /// The body's length in bytes.
    pub body_bytes: u64,
    /// SHA-256 of the body, 64 hex digits.
    pub body_sha256: String,
    /// What `Content-Length` said, where it is there and a plain number.
    pub content_length: Option<u64>,
    /// How many bytes the signature header's value has; `None` where there is none.
    pub signature_bytes: Option<u64>,
    /// The time that the timestamp header stands for in seconds, also where its form is wrong.
    pub timestamp: Option<i64>,
    /// The clock that the diagnosis was given, less that time.
    pub skew_seconds: Option<i64>,
    /// `event` of the body; this and the ids only where they have the form of a name.
    pub event: Option<String>,
    /// `run_id` of the body.
    pub run_id: Option<String>,
    /// `task_id` of the body.
    pub task_id: Option<String>,
    /// Each secret, the configured ones first.
    pub secrets: Vec<SecretFacts>,
}

/// What may be shown of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecretFacts {
    /// Its label; the one of its position, counted over all secrets, where it has none that can be shown.
    pub label: Label,
    /// Whether the receiver has it; else it was only given to be tried.
    pub is_configured: bool,
    /// Whether white space around it was removed.
    pub is_trimmed: bool,
    /// Eight hex digits by which two people can compare it; `None` where it is refused.
    pub fingerprint: Option<Fingerprint>,
    /// Why it is refused, by itself.
    pub fault: Option<SecretFault>,
}

impl SecretFacts {
    pub(super) fn of(input: &SecretInput<'_>, position: usize, is_configured: bool) -> Self {
        let secret = Secret::new(input.secret());
        let trimmed = crate::secret::trimmed(input.secret());
        Self {
            label: input.shown_label(position),
            is_configured,
            is_trimmed: trimmed.is_some_and(|text| text.len() < input.secret().len()),
            fingerprint: secret.as_ref().ok().map(Secret::fingerprint),
            fault: secret.err().map(crate::secret_error::SecretError::fault),
        }
    }
}

impl Facts {
    pub(super) fn of(
        body: &[u8],
        content_length: Option<u64>,
        signature: &Values<'_>,
        timestamp: &Values<'_>,
        now: UnixSeconds,
        secrets: Vec<SecretFacts>,
    ) -> Self {
        let digest = to_hex(&Sha256::digest(body));
        let time = frame::time_of(timestamp);
        let [event, run_id, task_id] = ["event", "run_id", "task_id"].map(|name| named(body, name));
        Self {
            body_bytes: body.len() as u64,
            body_sha256: String::from_utf8_lossy(&digest).into_owned(),
            content_length,
            signature_bytes: signature.values.first().map(|value| value.len() as u64),
            timestamp: time,
            skew_seconds: time.map(|time| now.seconds_since(UnixSeconds::new(time))),
            event,
            run_id,
            task_id,
            secrets,
        }
    }
}

/// A text of the body that is a plain name: what is more than that could hold anything.
fn named(body: &[u8], name: &str) -> Option<String> {
    const LONGEST: usize = 128;
    let (whole, members) = json::members(body).ok()?;
    let member = members
        .iter()
        .rev()
        .find(|member| member.name.is(body, name))?;
    let text = member.text(whole)?;
    let is_shown = (1..=LONGEST).contains(&text.len())
        && is_plain(text.as_bytes())
        && !crate::secret::holds_a_prefix(text.as_bytes());
    is_shown.then(|| text.into_owned())
}
