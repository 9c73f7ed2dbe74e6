//! Where a reception stands: the core has a type for each step, C one for all.

use overten_webhook::{PLAIN_BYTES, Plain, Reading, Step as CoreStep};

use crate::error::Failure;
use crate::pointers::Out;
use crate::types::{Reception, Step};

use super::OVERTEN_STEP_READ_BODY;

pub(super) enum Next {
    ReadBody(Reading),
    Step(CoreStep),
}

impl Next {
    pub(super) fn of(reception: &Reception) -> Option<Self> {
        let mut plain: Plain = [0; PLAIN_BYTES];
        for (slot, number) in plain.as_chunks_mut().0.iter_mut().zip(reception.opaque) {
            *slot = number.to_ne_bytes();
        }
        let reading = Reading::from_plain(&plain).map(Self::ReadBody);
        reading.or_else(|| CoreStep::from_plain(&plain).map(Self::Step))
    }

    /// The reception as it is from now on, and its step.
    pub(super) fn write(&self, reception: &mut Reception, out_step: Out<Step>) {
        let plain = match self {
            Self::ReadBody(reading) => reading.to_plain(),
            Self::Step(step) => step.to_plain(),
        };
        for (slot, bytes) in reception.opaque.iter_mut().zip(plain.as_chunks().0) {
            *slot = u64::from_ne_bytes(*bytes);
        }
        out_step.write(self.step());
    }

    fn step(&self) -> Step {
        let mut plain = Step {
            kind: OVERTEN_STEP_READ_BODY,
            failed_for_good: 0,
            answer_by_ms: u64::MAX,
            max_body_bytes: 0,
            lease_seconds: 0,
        };
        match self {
            Self::ReadBody(reading) => {
                plain.answer_by_ms = reading.answer_by_ms();
                plain.max_body_bytes = reading.max_body_bytes();
            }
            Self::Step(step) => {
                plain.kind = step.asked() as u32;
                plain.answer_by_ms = step.answer_by_ms().unwrap_or(u64::MAX);
                match step {
                    CoreStep::Claim(step) => plain.lease_seconds = step.lease_seconds(),
                    CoreStep::SetAside(step) => {
                        plain.failed_for_good = step.failed_for_good().into();
                    }
                    _ => {}
                }
            }
        }
        plain
    }
}

pub(super) const NO_RECEPTION: Failure = Failure::Argument(
    "the bytes are no reception that waits for this: it is another step's turn, or it has ended, or another version made it",
);

pub(super) fn reading_of(reception: &Reception) -> Result<Reading, Failure> {
    match Next::of(reception) {
        Some(Next::ReadBody(reading)) => Ok(reading),
        _ => Err(NO_RECEPTION),
    }
}
