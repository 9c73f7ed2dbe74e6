//! From the received headers to the two signed values, their forms checked before any body is read.

use crate::rejection::{Rejection, SignatureFault, TimestampFault};
use crate::scheme::{
    EVENT_HEADER, MAC_BYTES, MAX_TIMESTAMP_DIGITS, SIGNATURE_HEADER, SIGNATURE_PREFIX,
    TIMESTAMP_HEADER,
};
use crate::text::InlineText;
use crate::time::UnixSeconds;

/// The signature and the timestamp of one delivery, both well formed and neither yet believed.
///
/// It borrows nothing: the timestamp's bytes are kept as received, since the signature covers them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignedHeaders {
    pub(crate) signature: [u8; MAC_BYTES],
    pub(crate) timestamp_text: InlineText<MAX_TIMESTAMP_DIGITS>,
    timestamp: UnixSeconds,
    content_length: Option<u64>,
}

impl SignedHeaders {
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
    ///
    /// Most Rust servers hand over an `http::HeaderMap`, which gives each value of a repeated header:
    ///
    /// ```
    /// use overten_webhook::{Rejection, SignedHeaders};
    ///
    /// fn signed(headers: &http::HeaderMap) -> Result<SignedHeaders, Rejection> {
    ///     SignedHeaders::from_pairs(headers)
    /// }
    ///
    /// let mut headers = http::HeaderMap::new();
    /// headers.append("x-overten-signature", http::HeaderValue::from_static("sha256=00"));
    /// assert!(signed(&headers).is_err());
    /// ```
    pub fn from_pairs<'a, N, V>(
        pairs: impl IntoIterator<Item = (N, &'a V)>,
    ) -> Result<Self, Rejection>
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        ReceivedHeaders::from_pairs(pairs).signed()
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
        signature: Option<&[u8]>,
        timestamp: Option<&[u8]>,
    ) -> Result<Self, Rejection> {
        Self::from_values_with_length(signature, timestamp, None)
    }

    /// The same with what `Content-Length` says, for a shell that has looked these up.
    #[doc(hidden)]
    pub fn from_values_with_length(
        signature: Option<&[u8]>,
        timestamp: Option<&[u8]>,
        content_length: Option<&[u8]>,
    ) -> Result<Self, Rejection> {
        let received = ReceivedHeaders {
            signature: Received::from(signature),
            timestamp: Received::from(timestamp),
            content_length: Received::from(content_length),
            event: Received::Nothing,
        };
        received.signed()
    }

    /// The time that the delivery claims: nobody has vouched for it yet.
    #[must_use]
    pub const fn timestamp(&self) -> UnixSeconds {
        self.timestamp
    }

    /// What `Content-Length` says, where it is there and a plain number: only words about a mismatch are made of it.
    pub(crate) const fn content_length(&self) -> Option<u64> {
        self.content_length
    }

    /// Puts together what was taken apart to be kept; `None` where `timestamp` is not of the form.
    #[cfg(feature = "alloc")]
    pub(crate) fn from_parts(
        signature: [u8; MAC_BYTES],
        timestamp: &[u8],
        content_length: Option<u64>,
    ) -> Option<Self> {
        Some(Self {
            signature,
            timestamp_text: InlineText::of(timestamp),
            timestamp: timestamp_seconds(timestamp).ok()?,
            content_length,
        })
    }
}

impl core::fmt::Debug for SignedHeaders {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SignedHeaders")
            .field("timestamp", &self.timestamp)
            .finish_non_exhaustive()
    }
}

/// The headers of a request that a receiver looks at, none of them judged.
#[derive(Clone, Copy, Default)]
pub(crate) struct ReceivedHeaders<'a> {
    signature: Received<'a>,
    timestamp: Received<'a>,
    event: Received<'a>,
    content_length: Received<'a>,
}

impl<'a> ReceivedHeaders<'a> {
    pub(crate) fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, &'a V)>) -> Self
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        let mut received = Self::default();
        for (name, value) in pairs {
            if let Some(slot) = received.slot(name.as_ref()) {
                slot.add(value.as_ref());
            }
        }
        received
    }

    /// Where the values of this name go.
    fn slot(&mut self, name: &[u8]) -> Option<&mut Received<'a>> {
        if is_name(name, SIGNATURE_HEADER) {
            Some(&mut self.signature)
        } else if is_name(name, TIMESTAMP_HEADER) {
            Some(&mut self.timestamp)
        } else if is_name(name, EVENT_HEADER) {
            Some(&mut self.event)
        } else if is_name(name, "Content-Length") {
            Some(&mut self.content_length)
        } else {
            None
        }
    }

    /// The two signed values, the signature looked at first.
    pub(crate) fn signed(&self) -> Result<SignedHeaders, Rejection> {
        let signature = self.signature.single(
            Rejection::MissingSignature,
            Rejection::MalformedSignature(SignatureFault::Repeated),
        )?;
        let timestamp = self.timestamp.single(
            Rejection::MissingTimestamp,
            Rejection::MalformedTimestamp(TimestampFault::Repeated),
        )?;
        Ok(SignedHeaders {
            signature: signature_digest(signature).map_err(Rejection::MalformedSignature)?,
            timestamp: timestamp_seconds(timestamp).map_err(Rejection::MalformedTimestamp)?,
            timestamp_text: InlineText::of(timestamp),
            content_length: self.content_length().ok().flatten(),
        })
    }

    /// The body's length as it was announced; `Err` where it was, but in no form that tells a length.
    pub(crate) fn content_length(&self) -> Result<Option<u64>, UnusableLength> {
        match self.content_length {
            Received::Nothing => Ok(None),
            Received::One(value) => {
                let value = trim_spaces_and_tabs(value);
                let is_plain = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
                let text = core::str::from_utf8(value).ok().filter(|_| is_plain);
                let length = text.and_then(|text| text.parse().ok());
                length.map(Some).ok_or(UnusableLength)
            }
            Received::Several => Err(UnusableLength),
        }
    }

    /// The event's name as an unsigned header hints at it, where it names one: hosts join repeated headers with a comma.
    #[cfg(feature = "alloc")]
    pub(crate) fn event(&self) -> Option<&'a [u8]> {
        match self.event {
            Received::One(value) => Some(trim_spaces_and_tabs(value))
                .filter(|name| !name.is_empty() && !name.contains(&b',')),
            Received::Nothing | Received::Several => None,
        }
    }
}

/// Whether a header of this name is looked at: a shell whose host shows headers slowly need not ask for the others.
#[doc(hidden)]
#[must_use]
pub fn is_looked_at(name: &[u8]) -> bool {
    ReceivedHeaders::default().slot(name).is_some()
}

/// Compares without ASCII case; where the length is the same without an early end: so the compiler takes many bytes at once.
fn is_name(name: &[u8], wanted: &str) -> bool {
    let pairs = name.iter().zip(wanted.as_bytes());
    let differ = |(a, b): (&u8, &u8)| a.to_ascii_lowercase() ^ b.to_ascii_lowercase();
    name.len() == wanted.len() && pairs.map(differ).fold(0, |all, differ| all | differ) == 0
}

/// `Content-Length` is repeated, or not a plain number.
#[derive(Debug)]
pub(crate) struct UnusableLength;

/// The values received under one name.
#[derive(Clone, Copy, Default)]
enum Received<'a> {
    #[default]
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
        } else if has_comma(value) {
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

/// Looks at every byte: without an early end, the compiler takes many at once.
fn has_comma(value: &[u8]) -> bool {
    value
        .iter()
        .fold(false, |seen, byte| seen | (*byte == b','))
}

pub(crate) fn trim_spaces_and_tabs(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

fn signature_digest(value: &[u8]) -> Result<[u8; MAC_BYTES], SignatureFault> {
    let digits = value
        .strip_prefix(SIGNATURE_PREFIX.as_bytes())
        .ok_or(SignatureFault::Scheme)?;
    let digits: &[u8; 2 * MAC_BYTES] = digits.try_into().map_err(|_| SignatureFault::Digest)?;
    let mut digest = [0; MAC_BYTES];
    let mut all = 0;
    // No branch and no early end: so the compiler takes many digits at once.
    for (byte, pair) in digest.iter_mut().zip(digits.as_chunks().0) {
        let [high, low] = *pair;
        let (high, low) = (nibble(high), nibble(low));
        all |= high | low;
        *byte = (high << 4) | low;
    }
    if all > 0x0f {
        return Err(SignatureFault::Digest);
    }
    Ok(digest)
}

/// What a hex digit stands for; 255 for another byte.
const fn nibble(digit: u8) -> u8 {
    let decimal = digit.wrapping_sub(b'0');
    let letter = (digit | 0x20).wrapping_sub(b'a');
    if decimal < 10 {
        decimal
    } else if letter < 6 {
        letter.wrapping_add(10)
    } else {
        0xff
    }
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
    let digits = value.iter().map(|digit| i64::from(digit & 0x0f));
    // Twelve digits never wrap.
    let seconds = digits.fold(0_i64, |seconds, digit| {
        seconds.wrapping_mul(10).wrapping_add(digit)
    });
    Ok(UnixSeconds::new(seconds))
}
