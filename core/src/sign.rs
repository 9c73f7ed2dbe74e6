//! The sending side: for tests, simulators and the command line.

use core::fmt;

use crate::code::Code;
use crate::scheme::{MAC_BYTES, MAX_TIMESTAMP, MAX_TIMESTAMP_DIGITS, SIGNATURE_PREFIX};
use crate::secret::Secret;
use crate::text::InlineText;
use crate::time::UnixSeconds;

const SIGNATURE_VALUE_BYTES: usize = SIGNATURE_PREFIX.len() + 2 * MAC_BYTES;

/// Signs a body as Overten does, with the time given.
///
/// `body` is the exact bytes that will be sent. Verifying the result succeeds at that time, within the body limit.
///
/// # Errors
///
/// [`SignError`], where the time is before 1970 or past the twelve digits that a timestamp may have.
///
/// ```
/// use overten_webhook::{Secret, UnixSeconds, sign};
///
/// let secret = Secret::new(b"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
/// let body = br#"{"event":"run.completed","run_id":"run_01","data":{"ok":true}}"#;
/// let signature = sign(&secret, UnixSeconds::new(1_760_000_000), body)?;
/// assert_eq!(
///     signature.signature_value(),
///     "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9",
/// );
/// assert_eq!(signature.timestamp_value(), "1760000000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sign(secret: &Secret, timestamp: UnixSeconds, body: &[u8]) -> Result<Signature, SignError> {
    if timestamp.get() > MAX_TIMESTAMP {
        return Err(SignError);
    }
    let seconds = u64::try_from(timestamp.get()).map_err(|_| SignError)?;
    let mut timestamp_value = InlineText::new();
    timestamp_value.push_decimal(seconds);

    let mac = secret.mac_of(timestamp_value.as_bytes(), body);
    let mut signature_value = InlineText::new();
    signature_value.push(SIGNATURE_PREFIX.as_bytes());
    signature_value.push_hex(&mac.into_bytes());
    Ok(Signature {
        signature_value,
        timestamp_value,
    })
}

/// The values of the two signed headers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    signature_value: InlineText<SIGNATURE_VALUE_BYTES>,
    timestamp_value: InlineText<MAX_TIMESTAMP_DIGITS>,
}

impl Signature {
    /// The value of `X-Overten-Signature`.
    #[must_use]
    pub fn signature_value(&self) -> &str {
        self.signature_value.as_str()
    }

    /// The value of `X-Overten-Timestamp`.
    #[must_use]
    pub fn timestamp_value(&self) -> &str {
        self.timestamp_value.as_str()
    }
}

impl fmt::Debug for Signature {
    /// Without the signature: whoever reads a log could send it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signature")
            .field("timestamp_value", &self.timestamp_value)
            .finish_non_exhaustive()
    }
}

/// The time cannot be signed: it lies outside 0 to 999,999,999,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignError;

impl SignError {
    /// The stable word for it: `invalid_argument`.
    #[must_use]
    pub const fn code(self) -> Code {
        Code::InvalidArgument
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a timestamp lies in 0 to {MAX_TIMESTAMP} seconds: pass Unix seconds, not milliseconds"
        )
    }
}

impl core::error::Error for SignError {}
