//! What is said of one attempt.

use overten_webhook::Code;
use serde::Serialize;

use crate::http::{Answer, NoAnswer};
use crate::making::Preset;

/// How a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Settled {
    Accepted,
    Duplicate,
    Quarantined,
    /// A 4xx: never sent again.
    Refused,
    /// No 2xx and no 4xx, and no attempt is left, or the answer is the one that its preset wants.
    GivenUp,
}

/// One attempt, as its line of JSON says it.
#[derive(Debug, Serialize)]
pub(super) struct Attempt {
    /// The delivery's number, from 1.
    pub(super) delivery: u64,
    /// Which of the two, where it is sent twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) copy: Option<u8>,
    pub(super) preset: Preset,
    pub(super) authentic: bool,
    pub(super) event: Option<String>,
    pub(super) run_id: Option<String>,
    pub(super) task_id: Option<String>,
    pub(super) key: String,
    pub(super) attempt: u32,
    /// When it says that it was signed, in Unix seconds.
    pub(super) timestamp: i64,
    pub(super) body_bytes: usize,
    pub(super) body_sha256: String,
    /// Such as `200 accepted`, `204` or `no answer: timed out`.
    pub(super) answer: String,
    pub(super) status: Option<u16>,
    pub(super) code: Option<&'static str>,
    pub(super) milliseconds: f64,
    /// After how many seconds it is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retry_in_seconds: Option<f64>,
    /// Only on the last attempt of a delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) settled: Option<Settled>,
    /// Whether it ended as it should; only on the last attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) as_expected: Option<bool>,
    #[serde(skip)]
    pub(super) no_answer: Option<NoAnswer>,
}

/// The words of an answer, its status and its code.
pub(super) fn words(outcome: &Result<Answer, NoAnswer>) -> (String, Option<u16>, Option<Code>) {
    match outcome {
        Ok(answer) => (answer.words(), Some(answer.status), answer.code()),
        Err(why) => (format!("no answer: {why}"), None, None),
    }
}

impl Settled {
    /// `None` where the answer asks for another attempt.
    pub(super) fn by(status: Option<u16>, code: Option<Code>) -> Option<Self> {
        match status? {
            200..300 => Some(match code {
                Some(Code::Duplicate) => Self::Duplicate,
                Some(Code::Quarantined) => Self::Quarantined,
                _ => Self::Accepted,
            }),
            400..500 => Some(Self::Refused),
            _ => None,
        }
    }

    pub(super) const fn is_acknowledged(self) -> bool {
        matches!(self, Self::Accepted | Self::Duplicate | Self::Quarantined)
    }
}
