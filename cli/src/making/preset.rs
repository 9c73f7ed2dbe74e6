//! What goes wrong with deliveries, by name.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, header};
use hyper::body::Bytes;
use overten_webhook::scheme::{EVENT_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use overten_webhook::{Code, UnixSeconds};

use super::{Content, Expected, Signer, random_hex};
use crate::failure::Failure;
use crate::http::{Pace, USER_AGENT};

const DAY: i64 = 86_400;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One way in which a delivery goes right or wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Preset {
    /// As Overten sends it. Expected: 200 accepted
    Authentic,
    /// A signature of the right form that no secret made. Expected: 401 `signature_mismatch`
    Forged,
    /// One character of the body changed after signing. Expected: 401 `signature_mismatch`
    ChangedBody,
    /// Signed with a secret made just now. Expected: 401 `signature_mismatch`
    WrongSecret,
    /// Signed four days ago: longer than any receiver here waits. Expected: 503 `timestamp_too_old`
    Stale,
    /// Signed in an hour. Expected: 503 `timestamp_in_future`
    Future,
    /// Posted, and once it is settled posted again. Expected: 200 accepted, then 200 duplicate
    Duplicate,
    /// Posted twice at the same moment. Expected: 200 accepted or duplicate; an `in_flight` between is retried
    ConcurrentDuplicate,
    /// The signature header twice. Expected: 400 `malformed_signature`
    RepeatedHeader,
    /// No signature header. Expected: 400 `missing_signature`
    MissingSignature,
    /// The signature in base64's letters instead of hex. Expected: 400 `malformed_signature`
    MalformedSignature,
    /// No timestamp header. Expected: 400 `missing_timestamp`
    MissingTimestamp,
    /// The timestamp in milliseconds. Expected: 400 `malformed_timestamp`
    MalformedTimestamp,
    /// A byte order mark put in front after signing. Expected: 401 `signature_mismatch`
    Bom,
    /// Each line feed made CR LF after signing. Expected: 401 `signature_mismatch`
    Crlf,
    /// Authentic, and no JSON: its last character is missing. Expected: 200 quarantined
    Malformed,
    /// Authentic, and longer than a receiver takes: spaces follow the body. Expected: 413 `body_too_large`
    TooLarge,
    /// The body goes out in ten pieces (--slow-body-time). Expected: 200 accepted, from 10 s on 503 unavailable
    SlowBody,
    /// The first attempt breaks off in the middle of the body, the next are whole. Expected: 200 accepted
    CutBody,
}

/// What the presets need to know besides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    pub(crate) slow_body_time: Duration,
    pub(crate) too_large_bytes: usize,
    /// How many seconds ago a delivery was signed.
    pub(crate) age_seconds: i64,
}

impl Preset {
    pub(crate) fn name(self) -> String {
        let value = clap::ValueEnum::to_possible_value(&self);
        value
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }

    /// With which secret it is signed, where `usual` is the user's own.
    pub(crate) fn signed_with(self, usual: &str) -> &str {
        match self {
            Self::Forged
            | Self::MalformedTimestamp
            | Self::MalformedSignature
            | Self::MissingSignature => "no secret",
            Self::WrongSecret => "a secret made just now",
            _ => usual,
        }
    }

    /// Whether a receiver can prove that it is Overten's: what is not must never be handed on.
    pub(crate) const fn is_authentic(self) -> bool {
        !matches!(
            self,
            Self::Forged
                | Self::ChangedBody
                | Self::WrongSecret
                | Self::RepeatedHeader
                | Self::MissingSignature
                | Self::MalformedSignature
                | Self::MissingTimestamp
                | Self::MalformedTimestamp
                | Self::Bom
                | Self::Crlf
        )
    }

    /// The answers that would be right; `is_first` says that the receiver cannot have seen this delivery before.
    pub(crate) fn expected(
        self,
        content: &Content,
        is_first: bool,
        circumstances: &Circumstances,
    ) -> Vec<Expected> {
        let code = match self {
            Self::Forged | Self::ChangedBody | Self::WrongSecret | Self::Bom | Self::Crlf => {
                Code::SignatureMismatch
            }
            Self::Stale => Code::TimestampTooOld,
            Self::Future => Code::TimestampInFuture,
            Self::RepeatedHeader | Self::MalformedSignature => Code::MalformedSignature,
            Self::MissingSignature => Code::MissingSignature,
            Self::MissingTimestamp => Code::MissingTimestamp,
            Self::MalformedTimestamp => Code::MalformedTimestamp,
            Self::TooLarge => Code::BodyTooLarge,
            Self::SlowBody if circumstances.slow_body_time >= Duration::from_secs(10) => {
                Code::Unavailable
            }
            _ if content.event.is_none() => Code::Quarantined,
            _ => Code::Accepted,
        };
        let mut expected = vec![Expected::Code(code)];
        if !is_first && matches!(code, Code::Accepted | Code::Quarantined) {
            expected.push(Expected::Code(Code::Duplicate));
        }
        expected
    }

    /// The body that is signed.
    pub(crate) fn signed_body(self, body: Bytes, circumstances: &Circumstances) -> Bytes {
        match self {
            Self::Malformed => body.slice(..body.len().saturating_sub(1)),
            Self::TooLarge => {
                let mut body = body.to_vec();
                body.resize(circumstances.too_large_bytes.max(body.len()), b' ');
                body.into()
            }
            Self::Crlf if !body.contains(&b'\n') => [&body[..], b"\n"].concat().into(),
            _ => body,
        }
    }

    /// The body that is sent.
    pub(crate) fn sent_body(self, signed: &Bytes) -> Bytes {
        match self {
            Self::ChangedBody => changed(signed),
            Self::Bom => [BYTE_ORDER_MARK, signed].concat().into(),
            Self::Crlf => signed
                .iter()
                .flat_map(|byte| match byte {
                    b'\n' => &b"\r\n"[..],
                    other => std::slice::from_ref(other),
                })
                .copied()
                .collect(),
            _ => signed.clone(),
        }
    }

    pub(crate) fn pace(self, attempt: u32, circumstances: &Circumstances) -> Pace {
        match self {
            Self::SlowBody => Pace::Over(circumstances.slow_body_time),
            Self::CutBody if attempt == 1 => Pace::Cut,
            _ => Pace::AtOnce,
        }
    }

    /// When it says that it was signed.
    pub(crate) fn signed_at(self, now: UnixSeconds, circumstances: &Circumstances) -> UnixSeconds {
        let seconds_ago = match self {
            Self::Stale => 4 * DAY,
            Self::Future => -3600,
            _ => circumstances.age_seconds,
        };
        UnixSeconds::new(now.get().saturating_sub(seconds_ago))
    }

    /// The headers of one attempt.
    ///
    /// # Errors
    ///
    /// The time cannot be signed.
    pub(crate) fn headers(
        self,
        signer: &Signer,
        at: UnixSeconds,
        event: &HeaderValue,
        signed: &[u8],
    ) -> Result<HeaderMap, Failure> {
        let at = match self {
            Self::MalformedTimestamp => UnixSeconds::new(at.get().saturating_mul(1000)),
            _ => at,
        };
        let (signature, timestamp) = match self {
            // Core signs no milliseconds; their form is refused before any signature is looked at.
            Self::Forged | Self::MalformedTimestamp => (
                format!("sha256={}", random_hex::<32>()),
                at.get().to_string(),
            ),
            _ => {
                let stranger = (self == Self::WrongSecret)
                    .then(Signer::thrown_away)
                    .transpose()?;
                let signature = stranger.as_ref().unwrap_or(signer).sign(at, signed)?;
                (
                    signature.signature_value().to_owned(),
                    signature.timestamp_value().to_owned(),
                )
            }
        };
        let signature = match self {
            Self::MalformedSignature => {
                "sha256=8oiKCK14Eoz6qkeO1pm7xKkVWSnA6Lng4XtnHVke0uRsSQ==".to_owned()
            }
            _ => signature,
        };
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
        headers.insert(name(EVENT_HEADER), event.clone());
        let times = match self {
            Self::MissingSignature => 0,
            Self::RepeatedHeader => 2,
            _ => 1,
        };
        for _ in 0..times {
            headers.append(name(SIGNATURE_HEADER), value(&signature));
        }
        if self != Self::MissingTimestamp {
            headers.insert(name(TIMESTAMP_HEADER), value(&timestamp));
        }
        Ok(headers)
    }
}

fn name(text: &'static str) -> HeaderName {
    HeaderName::from_bytes(text.as_bytes())
        .unwrap_or_else(|_| unreachable!("Overten's header names are plain ASCII"))
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text)
        .unwrap_or_else(|_| unreachable!("signatures and times are plain ASCII"))
}

/// One letter or digit in the middle made another; where there is none, one byte more.
fn changed(body: &Bytes) -> Bytes {
    let mut body = body.to_vec();
    let middle = body.len() / 2;
    let place = (middle..body.len())
        .chain(0..middle)
        .find(|at| body[*at].is_ascii_alphanumeric());
    match place {
        Some(at) => body[at] = if body[at] == b'x' { b'y' } else { b'x' },
        None => body.push(b' '),
    }
    body.into()
}
