//! From the received headers to the two signed values, their forms checked before any body is read.

use crate::rejection::{Rejection, SignatureFault, TimestampFault};
use crate::scheme::{
    MAC_BYTES, MAX_TIMESTAMP_DIGITS, SIGNATURE_HEADER, SIGNATURE_PREFIX, TIMESTAMP_HEADER,
};
use crate::time::UnixSeconds;

/// The signature and the timestamp of one delivery, both well formed and neither yet believed.
///
/// Borrows the timestamp's bytes from the headers, since the signature covers them as received.
#[derive(Clone, Copy)]
pub struct SignedHeaders<'a> {
    pub(crate) signature: [u8; MAC_BYTES],
    pub(crate) timestamp_bytes: &'a [u8],
    timestamp: UnixSeconds,
}

impl<'a> SignedHeaders<'a> {
    /// Takes every header of a request, in any order, as name and value.
    ///
    /// Names compare without ASCII case. Values are bytes as received, less the spaces and tabs around them. Hand over
    /// all values of a repeated header: two signatures are refused, not chosen from.
    ///
    /// # Errors
    ///
    /// In this order: `missing_signature` or `malformed_signature` (none or a blank one; more than one, or one that
    /// holds a comma), `missing_timestamp` or `malformed_timestamp` likewise, then `malformed_signature` (not `sha256=`
    /// and 64 hex digits), then `malformed_timestamp` (not 1 to 12 digits without a leading zero).
    ///
    /// ```
    /// use overten_webhook::{Code, SignedHeaders};
    ///
    /// let headers = SignedHeaders::from_pairs([
    ///     ("content-type", "application/json"),
    ///     ("x-overten-signature", "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"),
    ///     ("X-Overten-Timestamp", "1760000000"),
    /// ])?;
    /// assert_eq!(headers.timestamp().get(), 1_760_000_000);
    ///
    /// let none: [(&str, &str); 0] = [];
    /// assert_eq!(SignedHeaders::from_pairs(none).unwrap_err().code(), Code::MissingSignature);
    /// # Ok::<(), overten_webhook::Rejection>(())
    /// ```
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, &'a V)>) -> Result<Self, Rejection>
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        let mut signature = Received::Nothing;
        let mut timestamp = Received::Nothing;
        for (name, value) in pairs {
            let name = name.as_ref();
            if name.eq_ignore_ascii_case(SIGNATURE_HEADER.as_bytes()) {
                signature.add(value.as_ref());
            } else if name.eq_ignore_ascii_case(TIMESTAMP_HEADER.as_bytes()) {
                timestamp.add(value.as_ref());
            }
        }
        Self::from_received(signature, timestamp)
    }

    /// Takes the two values from a host that hands over one text per header, repeats joined by commas.
    ///
    /// # Errors
    ///
    /// Those of [`SignedHeaders::from_pairs`]; `None` is a header that was not sent.
    ///
    /// ```
    /// use overten_webhook::{Code, SignedHeaders};
    ///
    /// let refused = |signature| SignedHeaders::from_values(signature, Some(b"1760000000")).unwrap_err().code();
    /// assert_eq!(refused(None), Code::MissingSignature);
    /// assert_eq!(refused(Some(b"sha256=00, sha256=00")), Code::MalformedSignature);
    /// ```
    pub fn from_values(
        signature: Option<&'a [u8]>,
        timestamp: Option<&'a [u8]>,
    ) -> Result<Self, Rejection> {
        Self::from_received(Received::from(signature), Received::from(timestamp))
    }

    /// The time that the delivery claims: nobody has vouched for it yet.
    #[must_use]
    pub const fn timestamp(&self) -> UnixSeconds {
        self.timestamp
    }

    fn from_received(signature: Received<'a>, timestamp: Received<'a>) -> Result<Self, Rejection> {
        let signature = signature.single(
            Rejection::MissingSignature,
            Rejection::MalformedSignature(SignatureFault::Repeated),
        )?;
        let timestamp_bytes = timestamp.single(
            Rejection::MissingTimestamp,
            Rejection::MalformedTimestamp(TimestampFault::Repeated),
        )?;
        Ok(Self {
            signature: signature_digest(signature).map_err(Rejection::MalformedSignature)?,
            timestamp: timestamp_seconds(timestamp_bytes).map_err(Rejection::MalformedTimestamp)?,
            timestamp_bytes,
        })
    }
}

impl core::fmt::Debug for SignedHeaders<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SignedHeaders")
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

/// The values received under one name.
#[derive(Clone, Copy)]
enum Received<'a> {
    Nothing,
    One(&'a [u8]),
    Several,
}

impl<'a> Received<'a> {
    fn add(&mut self, value: &'a [u8]) {
        *self = match self {
            Self::Nothing => Self::One(value),
            Self::One(_) | Self::Several => Self::Several,
        };
    }

    fn single(self, missing: Rejection, repeated: Rejection) -> Result<&'a [u8], Rejection> {
        let Self::One(value) = self else {
            return Err(match self {
                Self::Several => repeated,
                _ => missing,
            });
        };
        let value = trim_spaces_and_tabs(value);
        if value.is_empty() {
            Err(missing)
        } else if value.contains(&b',') {
            // Hosts join repeated headers with a comma; the verdict must not depend on the host.
            Err(repeated)
        } else {
            Ok(value)
        }
    }
}

impl<'a> From<Option<&'a [u8]>> for Received<'a> {
    fn from(value: Option<&'a [u8]>) -> Self {
        value.map_or(Self::Nothing, Self::One)
    }
}

fn trim_spaces_and_tabs(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn signature_digest(value: &[u8]) -> Result<[u8; MAC_BYTES], SignatureFault> {
    let digits = value.strip_prefix(SIGNATURE_PREFIX.as_bytes());
    let digits = digits.ok_or(SignatureFault::Scheme)?;
    let mut digest = [0; MAC_BYTES];
    hex::decode_to_slice(digits, &mut digest).map_err(|_| SignatureFault::Digest)?;
    Ok(digest)
}

fn timestamp_seconds(value: &[u8]) -> Result<UnixSeconds, TimestampFault> {
    if !value.iter().all(u8::is_ascii_digit) {
        return Err(TimestampFault::NotDigits);
    }
    if value.len() > MAX_TIMESTAMP_DIGITS {
        return Err(TimestampFault::TooLong);
    }
    if value.len() > 1 && value.starts_with(b"0") {
        return Err(TimestampFault::LeadingZero);
    }
    let text = core::str::from_utf8(value).map_err(|_| TimestampFault::NotDigits)?;
    let seconds: i64 = text.parse().map_err(|_| TimestampFault::NotDigits)?;
    Ok(UnixSeconds::new(seconds))
}
