//! Why a delivery is not let in, in types and in words.

use core::fmt;

use crate::code::Code;

/// Why a delivery was not taken for Overten's, or not for a fresh one. It holds no header, body, MAC or secret.
///
/// Its text is for a log: it says what to look at next. A caller is told its code's word alone.
///
/// ```
/// use overten_webhook::{Code, Rejection, SignedHeaders, TimestampFault};
///
/// let signature = format!("sha256={}", "0".repeat(64));
/// let rejection = SignedHeaders::from_values(Some(signature.as_bytes()), Some(b"1760000000000")).unwrap_err();
/// assert_eq!(rejection, Rejection::MalformedTimestamp(TimestampFault::TooLong));
/// assert_eq!(rejection.code(), Code::MalformedTimestamp);
/// assert!(rejection.to_string().contains("milliseconds"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rejection {
    /// There is no signature header, or it is blank.
    MissingSignature,
    /// The signature header is not one well-formed signature.
    MalformedSignature(SignatureFault),
    /// There is no timestamp header, or it is blank.
    MissingTimestamp,
    /// The timestamp header is not one well-formed number.
    MalformedTimestamp(TimestampFault),
    /// The body is longer than the limit.
    BodyTooLarge {
        /// The limit.
        max_body_bytes: usize,
    },
    /// No configured secret made this signature.
    SignatureMismatch {
        /// The body's length and the one that `Content-Length` announced, where they differ.
        length: Option<LengthDifference>,
    },
    /// Authentic, and older than the tolerance.
    TimestampTooOld {
        /// The position, from 0, of the secret that made the signature.
        secret_index: usize,
        /// `now` less the timestamp.
        age_seconds: i64,
        /// The seconds allowed in the past.
        past_seconds: u64,
    },
    /// Authentic, and further ahead than the tolerance.
    TimestampInFuture {
        /// The position, from 0, of the secret that made the signature.
        secret_index: usize,
        /// `now` less the timestamp: negative.
        age_seconds: i64,
        /// The seconds allowed in the future.
        future_seconds: u64,
    },
}

/// A body that is not as long as `Content-Length` said: something on its way read, emptied, cut or changed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LengthDifference {
    /// The bytes that came here.
    pub body_bytes: u64,
    /// The bytes that were announced.
    pub content_length: u64,
}

impl LengthDifference {
    /// The difference, if there is one; nothing differs from a length that was not announced.
    pub(crate) fn between(body_bytes: usize, content_length: Option<u64>) -> Option<Self> {
        let (body_bytes, content_length) = (body_bytes as u64, content_length?);
        (body_bytes != content_length).then_some(Self {
            body_bytes,
            content_length,
        })
    }
}

impl fmt::Display for LengthDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the body has {} bytes where Content-Length says {}: something on its way read, emptied or cut it, so hand \
             over the request before anything else reads it",
            self.body_bytes, self.content_length
        )
    }
}

/// What is wrong with the signature header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureFault {
    /// It was sent twice, or holds a comma as joined headers do.
    Repeated,
    /// It does not begin with `sha256=`.
    Scheme,
    /// What follows is not exactly 64 hex digits.
    Digest,
}

impl SignatureFault {
    /// Every one, each at its number.
    #[cfg(feature = "alloc")]
    pub(crate) const ALL: [Self; 3] = [Self::Repeated, Self::Scheme, Self::Digest];
}

/// What is wrong with the timestamp header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampFault {
    /// It was sent twice, or holds a comma as joined headers do.
    Repeated,
    /// It holds something other than the digits 0 to 9.
    NotDigits,
    /// It has more than 12 digits.
    TooLong,
    /// It has a leading zero.
    LeadingZero,
}

impl TimestampFault {
    /// Every one, each at its number.
    #[cfg(feature = "alloc")]
    pub(crate) const ALL: [Self; 4] = [
        Self::Repeated,
        Self::NotDigits,
        Self::TooLong,
        Self::LeadingZero,
    ];
}

impl Rejection {
    /// The stable word for it.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::MissingSignature => Code::MissingSignature,
            Self::MalformedSignature(_) => Code::MalformedSignature,
            Self::MissingTimestamp => Code::MissingTimestamp,
            Self::MalformedTimestamp(_) => Code::MalformedTimestamp,
            Self::BodyTooLarge { .. } => Code::BodyTooLarge,
            Self::SignatureMismatch { .. } => Code::SignatureMismatch,
            Self::TimestampTooOld { .. } => Code::TimestampTooOld,
            Self::TimestampInFuture { .. } => Code::TimestampInFuture,
        }
    }

    /// `now` less the timestamp, for a delivery that is authentic but not fresh; no other rejection tells.
    #[must_use]
    pub const fn age_seconds(self) -> Option<i64> {
        match self {
            Self::TimestampTooOld { age_seconds, .. }
            | Self::TimestampInFuture { age_seconds, .. } => Some(age_seconds),
            _ => None,
        }
    }

    /// The position, from 0, of the secret that made the signature of such a delivery.
    #[must_use]
    pub const fn secret_index(self) -> Option<usize> {
        match self {
            Self::TimestampTooOld { secret_index, .. }
            | Self::TimestampInFuture { secret_index, .. } => Some(secret_index),
            _ => None,
        }
    }

    /// The side of the tolerance that was exceeded, in seconds, for such a delivery.
    #[must_use]
    pub const fn tolerance_seconds(self) -> Option<u64> {
        match self {
            Self::TimestampTooOld { past_seconds, .. } => Some(past_seconds),
            Self::TimestampInFuture { future_seconds, .. } => Some(future_seconds),
            _ => None,
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingSignature => f.write_str(
                "there is no X-Overten-Signature header, or it is blank: this is not Overten, or a proxy drops the header",
            ),
            Self::MalformedSignature(fault) => fault.fmt(f),
            Self::MissingTimestamp => f.write_str(
                "there is no X-Overten-Timestamp header, or it is blank: this is not Overten, or a proxy drops the header",
            ),
            Self::MalformedTimestamp(fault) => fault.fmt(f),
            Self::BodyTooLarge { max_body_bytes } => write!(
                f,
                "the body is longer than the limit of {max_body_bytes} bytes: raise the limit \
                 (max_body_bytes, MAX_BODY_BYTES) if Overten sent it"
            ),
            Self::SignatureMismatch { length } => {
                f.write_str(
                    "no configured secret made this signature: compare the secret's fingerprint with the one that \
                     Overten signs with (subscription or organisation), and pass the body as sent: not parsed, and not \
                     in the base64 or Content-Encoding of a gateway",
                )?;
                length.map_or(Ok(()), |length| write!(f, "; {length}"))
            }
            Self::TimestampTooOld {
                age_seconds,
                past_seconds,
                ..
            } => write!(
                f,
                "authentic, but {age_seconds} s old where {past_seconds} s are allowed: check this machine's clock, or \
                 allow more in the past if deliveries are held up"
            ),
            Self::TimestampInFuture {
                age_seconds,
                future_seconds,
                ..
            } => write!(
                f,
                "authentic, but {} s in the future where {future_seconds} s are allowed: check this machine's clock",
                age_seconds.unsigned_abs()
            ),
        }
    }
}

impl core::error::Error for Rejection {}

impl fmt::Display for SignatureFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => {
                "X-Overten-Signature was sent more than once or holds a comma: Overten sends one signature; to rotate, \
                 configure several secrets"
            }
            Self::Scheme => "X-Overten-Signature does not begin with 'sha256=', the only scheme there is",
            Self::Digest => "X-Overten-Signature is not 'sha256=' and exactly 64 hex digits",
        })
    }
}

impl fmt::Display for TimestampFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => {
                "X-Overten-Timestamp was sent more than once or holds a comma: Overten sends one"
            }
            Self::NotDigits => "X-Overten-Timestamp is not a whole number of seconds in the digits 0 to 9",
            Self::TooLong => {
                "X-Overten-Timestamp has more than 12 digits: 13 look like milliseconds, and seconds are needed"
            }
            Self::LeadingZero => "X-Overten-Timestamp has a leading zero",
        })
    }
}
