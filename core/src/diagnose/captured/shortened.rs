//! What the beginning of a signature tells, where a log shows no more of it.

use super::{Captured, Lack};
use crate::diagnose::headers::Values;
use crate::headers::trim_spaces_and_tabs;
use crate::scheme::{SIGNATURE_HEADER, SIGNATURE_PREFIX, TIMESTAMP_HEADER};
use crate::secret::{Label, Secrets};
use crate::sign::sign;
use crate::time::UnixSeconds;

/// What stands behind a text that was shortened.
const MARKS: [&str; 2] = ["\u{2026}", "..."];

/// Fewer digits tell nothing: one delivery in 65,536 has the same by chance.
const FEWEST_DIGITS: usize = 4;

/// What a shortened text shows; `None` where it is not marked as one.
fn less_mark(text: &str) -> Option<&str> {
    MARKS.iter().find_map(|mark| text.strip_suffix(mark))
}

impl Captured {
    /// Says so where the signature is a shortened one.
    pub(super) fn note_shortened(&mut self) {
        let is_shortened = self.headers().any(|(name, value)| {
            name.eq_ignore_ascii_case(SIGNATURE_HEADER.as_bytes())
                && core::str::from_utf8(value).is_ok_and(|value| less_mark(value.trim()).is_some())
        });
        if is_shortened && !self.lacks.contains(&Lack::SignatureShortened) {
            self.lacks.insert(0, Lack::SignatureShortened);
        }
    }

    /// The secret whose signature over this timestamp and body begins as the shortened one does.
    ///
    /// No proof, since a log shows 8 of 64 digits; but a beginning that is right says that secret, timestamp and body very
    /// likely are, and one that is not says that one of them is not what was signed.
    ///
    /// `None` where none begins so, or where it cannot be told: the signature is not a shortened one, the timestamp is
    /// malformed, or the body is not whole.
    #[must_use]
    pub fn begins_as_signed_with(&self, secrets: &Secrets) -> Option<Label> {
        if !self.lacks.contains(&Lack::SignatureShortened) || self.is_cut() {
            return None;
        }
        let headers: alloc::vec::Vec<_> = self
            .headers()
            .map(|(name, value)| (name.to_vec(), value))
            .collect();
        let [shown, timestamp] = [SIGNATURE_HEADER, TIMESTAMP_HEADER].map(|name| {
            let values = Values::of(&headers, name);
            let value = values.values.first().filter(|_| !values.several);
            value
                .copied()
                .and_then(|value| core::str::from_utf8(value).ok())
        });
        let shown = trim_spaces_and_tabs(shown?.as_bytes());
        let shown = less_mark(core::str::from_utf8(shown).ok()?)?;
        let digits = shown.strip_prefix(SIGNATURE_PREFIX)?;
        let timestamp = core::str::from_utf8(trim_spaces_and_tabs(timestamp?.as_bytes())).ok()?;
        let seconds = UnixSeconds::new(timestamp.parse().ok()?);
        let begins_so = |secret: &&crate::secret::Secret| {
            sign(secret, seconds, &self.body).is_ok_and(|signature| {
                signature.timestamp_value() == timestamp
                    && signature.signature_value().starts_with(shown)
            })
        };
        let secret = secrets.iter().find(begins_so)?;
        (digits.len() >= FEWEST_DIGITS).then(|| secret.label())
    }
}
