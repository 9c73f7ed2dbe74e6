//! What the beginning of a signature tells, where a log shows no more of it.

use super::headers::Values;
use crate::headers::trim_spaces_and_tabs;
use crate::scheme::SIGNATURE_PREFIX;
use crate::secret::Secret;
use crate::sign::sign;
use crate::time::UnixSeconds;

/// What stands behind a text that was shortened.
const MARKS: [&str; 2] = ["\u{2026}", "..."];

/// Fewer digits tell nothing: one delivery in 65,536 has the same by chance.
const FEWEST_DIGITS: usize = 4;

/// Whether a signature's value is marked as the beginning of one.
pub(super) fn is_shortened(value: &[u8]) -> bool {
    beginning(value).is_some()
}

/// What a shortened value shows; `None` where it is not marked as one.
fn beginning(value: &[u8]) -> Option<&str> {
    let value = core::str::from_utf8(value).ok()?.trim();
    MARKS.iter().find_map(|mark| value.strip_suffix(mark))
}

/// A shortened signature, and what it is of.
pub(super) struct Shortened<'a> {
    shown: &'a str,
    timestamp: &'a str,
    seconds: UnixSeconds,
    body: &'a [u8],
}

impl<'a> Shortened<'a> {
    /// `None` where it cannot be told whose it is.
    pub(super) fn of(
        signature: &Values<'a>,
        timestamp: &Values<'a>,
        body: &'a [u8],
    ) -> Option<Self> {
        let shown = beginning(signature.the_one()?)?;
        let digits = shown.strip_prefix(SIGNATURE_PREFIX)?;
        let timestamp = core::str::from_utf8(trim_spaces_and_tabs(timestamp.the_one()?)).ok()?;
        let seconds = UnixSeconds::new(timestamp.parse().ok()?);
        (digits.len() >= FEWEST_DIGITS).then_some(Self {
            shown,
            timestamp,
            seconds,
            body,
        })
    }

    /// Whether the secret's own signature begins so.
    pub(super) fn may_be_of(&self, secret: &Secret) -> bool {
        sign(secret, self.seconds, self.body).is_ok_and(|signature| {
            signature.timestamp_value() == self.timestamp
                && signature.signature_value().starts_with(self.shown)
        })
    }
}
