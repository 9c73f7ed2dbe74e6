//! What a receiver answers.

use core::fmt;
use core::str::FromStr;

use crate::code::Code;

/// How an HTTP receiver answers one request: status, headers and body.
///
/// A caller learns the code's word and nothing else: no secret, no clock, no internals.
///
/// ```
/// use overten_webhook::{Answer, Code, MismatchAnswer};
///
/// let answer = Answer::to(Code::InFlight);
/// assert_eq!(answer.status(), 503);
/// assert_eq!(answer.body(), r#"{"error":"in_flight"}"#);
/// assert!(answer.headers().any(|header| header == ("Retry-After", "10")));
///
/// // Until the first delivery has verified, a wrong secret is likelier than a forger.
/// assert_eq!(Answer::to_mismatch(MismatchAnswer::Retry).status(), 503);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    code: Code,
    status: u16,
    is_to_head: bool,
}

impl Answer {
    /// The answer to an outcome.
    ///
    /// What says that nothing could be checked (a faulty secret or argument) is answered as `misconfigured`, an
    /// unreadable body as `quarantined`, and `ok` as `accepted`.
    #[must_use]
    pub const fn to(code: Code) -> Self {
        let code = match code {
            Code::Ok => Code::Accepted,
            Code::MalformedPayload => Code::Quarantined,
            code if code.says_unchecked() => Code::Misconfigured,
            code => code,
        };
        Self {
            code,
            status: code.http_status(),
            is_to_head: false,
        }
    }

    /// The same, to a HEAD: its headers, and no body.
    #[must_use]
    pub const fn to_head(self) -> Self {
        Self {
            is_to_head: true,
            ..self
        }
    }

    /// The answer where no secret made the signature.
    #[must_use]
    pub const fn to_mismatch(mismatch: MismatchAnswer) -> Self {
        let answer = Self::to(Code::SignatureMismatch);
        match mismatch {
            MismatchAnswer::Unauthorized => answer,
            MismatchAnswer::Retry => Self {
                status: 503,
                ..answer
            },
        }
    }

    /// The code that the body names.
    #[must_use]
    pub const fn code(self) -> Code {
        self.code
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        self.status
    }

    /// The headers, by name and value: `Content-Type` always, `Retry-After` on 503, `Allow` on 405.
    pub fn headers(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let retry_after = (self.status == 503).then_some(("Retry-After", "10"));
        let allow = (self.status == 405).then_some(("Allow", "POST"));
        [
            Some(("Content-Type", "application/json")),
            retry_after,
            allow,
        ]
        .into_iter()
        .flatten()
    }

    /// The body: `{"status":"<code>"}` with a 2xx, `{"error":"<code>"}` otherwise; nothing to a HEAD, since some servers
    /// would send it, and it would stand in front of the next answer on the connection.
    #[must_use]
    pub const fn body(self) -> &'static str {
        if self.is_to_head {
            return "";
        }
        match self.code {
            Code::Accepted | Code::Ok => r#"{"status":"accepted"}"#,
            Code::Duplicate => r#"{"status":"duplicate"}"#,
            Code::Quarantined | Code::MalformedPayload => r#"{"status":"quarantined"}"#,
            Code::MissingSignature => r#"{"error":"missing_signature"}"#,
            Code::MalformedSignature => r#"{"error":"malformed_signature"}"#,
            Code::MissingTimestamp => r#"{"error":"missing_timestamp"}"#,
            Code::MalformedTimestamp => r#"{"error":"malformed_timestamp"}"#,
            Code::SignatureMismatch => r#"{"error":"signature_mismatch"}"#,
            Code::NotFound => r#"{"error":"not_found"}"#,
            Code::MethodNotAllowed => r#"{"error":"method_not_allowed"}"#,
            Code::BodyTooLarge => r#"{"error":"body_too_large"}"#,
            Code::TimestampTooOld => r#"{"error":"timestamp_too_old"}"#,
            Code::TimestampInFuture => r#"{"error":"timestamp_in_future"}"#,
            Code::InFlight => r#"{"error":"in_flight"}"#,
            Code::Unavailable => r#"{"error":"unavailable"}"#,
            _ => r#"{"error":"misconfigured"}"#,
        }
    }
}

/// What a receiver answers where no secret made the signature.
///
/// Overten never sends a delivery again after a 4xx. Start with [`MismatchAnswer::Retry`] and go to
/// [`MismatchAnswer::Unauthorized`] once a delivery has verified; go back while secrets are being changed.
///
/// ```
/// use overten_webhook::MismatchAnswer;
///
/// assert_eq!("503".parse(), Ok(MismatchAnswer::Retry));
/// assert!("500".parse::<MismatchAnswer>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MismatchAnswer {
    /// 401: forged, never send it again.
    #[default]
    Unauthorized,
    /// 503: perhaps our secret is wrong, so send it again.
    Retry,
}

impl MismatchAnswer {
    /// 401 or 503.
    #[must_use]
    pub const fn status(self) -> u16 {
        Answer::to_mismatch(self).status
    }
}

impl FromStr for MismatchAnswer {
    type Err = UnknownMismatchAnswer;

    fn from_str(status: &str) -> Result<Self, UnknownMismatchAnswer> {
        match status {
            "401" => Ok(Self::Unauthorized),
            "503" => Ok(Self::Retry),
            _ => Err(UnknownMismatchAnswer),
        }
    }
}

/// The text is not the status of a [`MismatchAnswer`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownMismatchAnswer;

impl fmt::Display for UnknownMismatchAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer to a mismatch is neither '401' nor '503'")
    }
}

impl core::error::Error for UnknownMismatchAnswer {}
