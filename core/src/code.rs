//! The stable words, numbers and HTTP statuses.

use core::fmt;
use core::str::FromStr;

/// One outcome, by a word and a number that never change: every stack says the same.
///
/// ```
/// use overten_webhook::Code;
///
/// assert_eq!(Code::SignatureMismatch.as_str(), "signature_mismatch");
/// assert_eq!(Code::SignatureMismatch.number(), 205);
/// assert_eq!(Code::SignatureMismatch.http_status(), 401);
/// assert!(!Code::SignatureMismatch.is_retryable());
/// assert_eq!(Code::from_number(205), Some(Code::SignatureMismatch));
/// assert_eq!("in_flight".parse(), Ok(Code::InFlight));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Code {
    /// Nothing went wrong.
    Ok = 0,
    /// A pointer that must not be NULL was.
    NullArgument = 1,
    /// An argument has no meaning: a negative tolerance, a length out of range, a time that cannot be signed.
    InvalidArgument = 2,
    /// A fault of this library.
    Internal = 3,

    /// No secret was given.
    NoSecrets = 100,
    /// A secret is empty, or only white space.
    EmptySecret = 101,
    /// A secret holds what no issued secret holds: see `SecretFault`.
    MalformedSecret = 102,
    /// A secret has fewer than 16 bytes after its prefix.
    ShortSecret = 103,
    /// A secret has more than 256 bytes.
    LongSecret = 104,
    /// A secret was given twice.
    DuplicateSecret = 105,
    /// More than eight secrets were given.
    TooManySecrets = 106,
    /// A label is not of the form, or was used twice.
    MalformedLabel = 107,

    /// There is no signature header, or it is blank.
    MissingSignature = 200,
    /// The signature header is not one `sha256=` and 64 hex digits.
    MalformedSignature = 201,
    /// There is no timestamp header, or it is blank.
    MissingTimestamp = 202,
    /// The timestamp header is not one number of 1 to 12 digits.
    MalformedTimestamp = 203,
    /// The body is longer than the limit.
    BodyTooLarge = 204,
    /// No configured secret made this signature.
    SignatureMismatch = 205,
    /// Authentic, and older than the tolerance.
    TimestampTooOld = 206,
    /// Authentic, and further ahead than the tolerance.
    TimestampInFuture = 207,

    /// Authentic, and not an event that can be read.
    MalformedPayload = 300,

    /// Handed on durably.
    Accepted = 600,
    /// Handled before.
    Duplicate = 601,
    /// Authentic but unreadable: handed on as received, marked.
    Quarantined = 602,
    /// Another path.
    NotFound = 603,
    /// Not a POST.
    MethodNotAllowed = 604,
    /// The same delivery is being handled at this moment.
    InFlight = 605,
    /// There is no usable secret or binding, so nothing could be checked.
    Misconfigured = 606,
    /// The store or queue did not answer, or the body could not be read.
    Unavailable = 607,
}

impl Code {
    /// Every code, in the order of its number.
    pub const ALL: [Self; 29] = [
        Self::Ok,
        Self::NullArgument,
        Self::InvalidArgument,
        Self::Internal,
        Self::NoSecrets,
        Self::EmptySecret,
        Self::MalformedSecret,
        Self::ShortSecret,
        Self::LongSecret,
        Self::DuplicateSecret,
        Self::TooManySecrets,
        Self::MalformedLabel,
        Self::MissingSignature,
        Self::MalformedSignature,
        Self::MissingTimestamp,
        Self::MalformedTimestamp,
        Self::BodyTooLarge,
        Self::SignatureMismatch,
        Self::TimestampTooOld,
        Self::TimestampInFuture,
        Self::MalformedPayload,
        Self::Accepted,
        Self::Duplicate,
        Self::Quarantined,
        Self::NotFound,
        Self::MethodNotAllowed,
        Self::InFlight,
        Self::Misconfigured,
        Self::Unavailable,
    ];

    /// The word, the same in every stack.
    #[must_use]
    #[inline(never)] // a table of all words
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NullArgument => "null_argument",
            Self::InvalidArgument => "invalid_argument",
            Self::Internal => "internal",
            Self::NoSecrets => "no_secrets",
            Self::EmptySecret => "empty_secret",
            Self::MalformedSecret => "malformed_secret",
            Self::ShortSecret => "short_secret",
            Self::LongSecret => "long_secret",
            Self::DuplicateSecret => "duplicate_secret",
            Self::TooManySecrets => "too_many_secrets",
            Self::MalformedLabel => "malformed_label",
            Self::MissingSignature => "missing_signature",
            Self::MalformedSignature => "malformed_signature",
            Self::MissingTimestamp => "missing_timestamp",
            Self::MalformedTimestamp => "malformed_timestamp",
            Self::BodyTooLarge => "body_too_large",
            Self::SignatureMismatch => "signature_mismatch",
            Self::TimestampTooOld => "timestamp_too_old",
            Self::TimestampInFuture => "timestamp_in_future",
            Self::MalformedPayload => "malformed_payload",
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Quarantined => "quarantined",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::InFlight => "in_flight",
            Self::Misconfigured => "misconfigured",
            Self::Unavailable => "unavailable",
        }
    }

    /// The number, for C; never reused.
    #[must_use]
    pub const fn number(self) -> u32 {
        self as u32
    }

    /// The code with this number.
    #[must_use]
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.number() == number)
    }

    /// The HTTP status that this outcome is answered with.
    ///
    /// Overten never retries a 4xx, so everything that an operator can mend is 503. A faulty secret or argument means
    /// that a delivery could not be checked, which is not the same as false.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Ok
            | Self::Accepted
            | Self::Duplicate
            | Self::Quarantined
            | Self::MalformedPayload => 200,
            Self::MissingSignature
            | Self::MalformedSignature
            | Self::MissingTimestamp
            | Self::MalformedTimestamp => 400,
            Self::SignatureMismatch => 401,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::BodyTooLarge => 413,
            _ => 503,
        }
    }

    /// Whether it says that nothing could be checked, for a fault of the caller's or in the secrets: a receiver answers
    /// each of these as `misconfigured`.
    pub(crate) const fn says_unchecked(self) -> bool {
        matches!(self.number(), 1..=199) || matches!(self, Self::Misconfigured)
    }

    #[cfg(feature = "alloc")]
    pub(crate) const fn is_quarantined(self) -> bool {
        matches!(self, Self::Quarantined)
    }

    /// Whether Overten sends the delivery again after this answer.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        self.http_status() >= 500
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(word: &str) -> Result<Self, UnknownCode> {
        let found = Self::ALL.into_iter().find(|code| code.as_str() == word);
        found.ok_or(UnknownCode)
    }
}

/// The text is not the word of a [`Code`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCode;

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not one of the codes: see Code::ALL for the words")
    }
}

impl core::error::Error for UnknownCode {}
