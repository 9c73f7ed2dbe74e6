//! A reception as bytes: what a shell keeps that cannot hold a Rust value, or hands to its other half elsewhere.

use crate::code::Code;
use crate::headers::SignedHeaders;
use crate::payload_error::PayloadError;
use crate::rejection::{LengthDifference, Rejection, SignatureFault, TimestampFault};
use crate::scheme::{MAC_BYTES, MAX_TIMESTAMP_DIGITS};

use super::state::{Fault, MAX_FAULTS, Reason, Remarks, State};
use super::{Asked, Reading, Step};

/// How many bytes a reception has between two steps.
pub const PLAIN_BYTES: usize = 88;

/// A reception between two steps, as bytes without a pointer: copy it, keep it, send it to another process of the same
/// version. It holds no secret and nothing of a body; that of a [`Reading`] holds the signature that was received, which is
/// no secret but should not be shown to everybody who reads a log.
pub type Plain = [u8; PLAIN_BYTES];

/// Changes with the form, so that two versions never take one another's bytes.
const FORM: u8 = 1;

impl Reading {
    /// The same as bytes.
    #[must_use]
    pub fn to_plain(&self) -> Plain {
        let mut to = Writer::new(Asked::ReadBody);
        to.u64(self.state.started_at_ms);
        to.u64(self.state.lease_seconds);
        to.u64(self.max_body_bytes);
        to.bytes(&self.headers.signature);
        let digits = self.headers.timestamp_text.as_bytes();
        let mut padded = [0; MAX_TIMESTAMP_DIGITS];
        for (slot, digit) in padded.iter_mut().zip(digits) {
            *slot = *digit;
        }
        to.bytes(&padded);
        to.optional_u64(self.headers.content_length());
        to.optional_u64(self.event_hint.map(u64::from));
        to.end()
    }

    /// From its bytes; `None` where they are none of [`Reading::to_plain`]'s.
    #[must_use]
    pub fn from_plain(plain: &Plain) -> Option<Self> {
        let mut from = Reader::new(plain, Asked::ReadBody)?;
        let mut state = State::new(from.u64()?, from.u64()?);
        state.asked = Asked::ReadBody;
        let max_body_bytes = from.u64()?;
        let signature: [u8; MAC_BYTES] = from.array()?;
        let padded: [u8; MAX_TIMESTAMP_DIGITS] = from.array()?;
        let digits = padded.split(|byte| *byte == 0).next()?;
        let reading = Self {
            state,
            max_body_bytes,
            headers: SignedHeaders::from_parts(signature, digits, from.optional_u64()?)?,
            event_hint: match from.optional_u64()? {
                Some(hint) => Some(u32::try_from(hint).ok()?),
                None => None,
            },
        };
        (reading.to_plain() == *plain).then_some(reading)
    }
}

impl Step {
    /// The same as bytes.
    #[must_use]
    pub fn to_plain(&self) -> Plain {
        let state = self.state();
        let mut to = Writer::new(state.asked);
        to.u64(state.started_at_ms);
        to.u64(state.lease_seconds);
        to.u64(state.asked_at_ms);
        to.u8(state.still_at.map_or(u8::MAX, |asked| asked as u8));
        to.code(Some(state.code));
        to.code(state.answered);
        to.u8(state.secret_index.unwrap_or(u8::MAX));
        to.optional_u64(state.age_seconds.map(i64::cast_unsigned));
        to.optional_u64(state.body_bytes);
        to.u8(u8::from(state.remarks.claim_lost)
            | u8::from(state.remarks.lapsed) << 1
            | u8::from(state.remarks.outlived_lease) << 2
            | u8::from(state.remarks.other_event_named) << 3
            | u8::from(state.remarks.is_head) << 4);
        for fault in state.faults {
            to.u8(fault.map_or(0, |fault| fault as u8));
        }
        to.reason(state.reason);
        to.end()
    }

    /// From its bytes; `None` where they are none of [`Step::to_plain`]'s.
    #[must_use]
    pub fn from_plain(plain: &Plain) -> Option<Self> {
        let asked = asked_of(*plain.get(1)?)?;
        let mut from = Reader::new(plain, asked)?;
        let mut state = State::new(from.u64()?, from.u64()?);
        state.asked = asked;
        state.asked_at_ms = from.u64()?;
        state.still_at = match from.u8()? {
            u8::MAX => None,
            number => Some(asked_of(number)?),
        };
        state.code = from.code()??;
        state.answered = from.code()?;
        state.secret_index = Some(from.u8()?).filter(|index| *index != u8::MAX);
        state.age_seconds = from.optional_u64()?.map(u64::cast_signed);
        state.body_bytes = from.optional_u64()?;
        let remarks = from.u8()?;
        state.remarks = Remarks {
            claim_lost: remarks & 1 != 0,
            lapsed: remarks & 2 != 0,
            outlived_lease: remarks & 4 != 0,
            other_event_named: remarks & 8 != 0,
            is_head: remarks & 16 != 0,
        };
        for slot in &mut state.faults {
            *slot = match from.u8()? {
                0 => None,
                number => Some(fault_of(number)?),
            };
        }
        state.reason = from.reason(state.age_seconds, state.secret_index)?;
        let step = Self::of(state);
        (step.to_plain() == *plain).then_some(step)
    }
}

/// What can be asked once the body is there.
fn asked_of(number: u8) -> Option<Asked> {
    let asked = [
        Asked::Claim,
        Asked::HandOn,
        Asked::SetAside,
        Asked::Commit,
        Asked::Release,
        Asked::Answer,
    ];
    asked.into_iter().find(|asked| *asked as u8 == number)
}

const _: () = assert!(MAX_FAULTS == 3, "the form has room for three");

fn fault_of(number: u8) -> Option<Fault> {
    Fault::ALL.into_iter().find(|fault| *fault as u8 == number)
}

/// Writes from left to right; a test fills the longest form.
struct Writer {
    plain: Plain,
    at: usize,
}

impl Writer {
    fn new(asked: Asked) -> Self {
        let mut to = Self {
            plain: [0; PLAIN_BYTES],
            at: 0,
        };
        to.u8(FORM);
        to.u8(asked as u8);
        to
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for (slot, byte) in self.plain.iter_mut().skip(self.at).zip(bytes) {
            *slot = *byte;
        }
        self.at = self.at.saturating_add(bytes.len());
    }

    fn u8(&mut self, number: u8) {
        self.bytes(&[number]);
    }

    fn u64(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    fn optional_u64(&mut self, number: Option<u64>) {
        self.u8(number.is_some().into());
        self.u64(number.unwrap_or(0));
    }

    fn code(&mut self, code: Option<Code>) {
        let number = code.map_or(u32::MAX, Code::number);
        self.bytes(&number.to_le_bytes());
    }

    fn reason(&mut self, reason: Reason) {
        let (kind, first, second) = match reason {
            Reason::Nothing => (0, 0, 0),
            Reason::UnusableLength => (1, 0, 0),
            Reason::SlowBody => (2, 0, 0),
            Reason::Emptied => (5, 0, 0),
            Reason::Length(it) => (3, it.body_bytes, it.content_length),
            Reason::Payload(error) => (4, error.to_number(), error.offset().map_or(0, as_u64)),
            Reason::Rejection(rejection) => match rejection {
                Rejection::MissingSignature => (10, 0, 0),
                Rejection::MalformedSignature(fault) => (11, fault as u64, 0),
                Rejection::MissingTimestamp => (12, 0, 0),
                Rejection::MalformedTimestamp(fault) => (13, fault as u64, 0),
                Rejection::BodyTooLarge { max_body_bytes } => (14, as_u64(max_body_bytes), 0),
                Rejection::SignatureMismatch { length: None } => (15, 0, 0),
                Rejection::SignatureMismatch { length: Some(it) } => {
                    (16, it.body_bytes, it.content_length)
                }
                Rejection::TimestampTooOld { past_seconds, .. } => (17, past_seconds, 0),
                Rejection::TimestampInFuture { future_seconds, .. } => (18, future_seconds, 0),
            },
        };
        self.u8(kind);
        self.u64(first);
        self.u64(second);
    }

    fn end(self) -> Plain {
        self.plain
    }
}

const fn as_u64(number: usize) -> u64 {
    number as u64
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn new(plain: &'a Plain, asked: Asked) -> Option<Self> {
        let mut from = Self(plain);
        (from.u8()? == FORM && from.u8()? == asked as u8).then_some(from)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*array)
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]: [u8; 1]| byte)
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn optional_u64(&mut self) -> Option<Option<u64>> {
        let is_some = self.u8()?;
        let number = self.u64()?;
        match is_some {
            0 => Some(None),
            1 => Some(Some(number)),
            _ => None,
        }
    }

    /// The outer `None` is a number that is no code's.
    fn code(&mut self) -> Option<Option<Code>> {
        match self.array().map(u32::from_le_bytes)? {
            u32::MAX => Some(None),
            number => Code::from_number(number).map(Some),
        }
    }

    fn reason(&mut self, age: Option<i64>, secret: Option<u8>) -> Option<Reason> {
        let (kind, first, second) = (self.u8()?, self.u64()?, self.u64()?);
        let length = LengthDifference {
            body_bytes: first,
            content_length: second,
        };
        let rejection = match kind {
            0 => return Some(Reason::Nothing),
            1 => return Some(Reason::UnusableLength),
            2 => return Some(Reason::SlowBody),
            5 => return Some(Reason::Emptied),
            3 => return Some(Reason::Length(length)),
            4 => {
                let offset = usize::try_from(second).ok()?;
                return PayloadError::from_number(first, offset).map(Reason::Payload);
            }
            10 => Rejection::MissingSignature,
            11 => Rejection::MalformedSignature(*SignatureFault::ALL.get(index(first)?)?),
            12 => Rejection::MissingTimestamp,
            13 => Rejection::MalformedTimestamp(*TimestampFault::ALL.get(index(first)?)?),
            14 => Rejection::BodyTooLarge {
                max_body_bytes: index(first)?,
            },
            15 => Rejection::SignatureMismatch { length: None },
            16 => Rejection::SignatureMismatch {
                length: Some(length),
            },
            17 => Rejection::TimestampTooOld {
                secret_index: secret?.into(),
                age_seconds: age?,
                past_seconds: first,
            },
            18 => Rejection::TimestampInFuture {
                secret_index: secret?.into(),
                age_seconds: age?,
                future_seconds: first,
            },
            _ => return None,
        };
        Some(Reason::Rejection(rejection))
    }
}

fn index(number: u64) -> Option<usize> {
    usize::try_from(number).ok()
}
