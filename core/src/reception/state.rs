//! All that a reception is between two steps: a small plain value.

use crate::claim::Claim;
use crate::code::Code;
use crate::payload_error::PayloadError;
use crate::rejection::{LengthDifference, Rejection};
use crate::secret::MAX_SECRETS;

use super::table::{self, Asked, Leaves, Outcome};

/// The most things that can go wrong on one way through the table and be told in words.
pub(super) const MAX_FAULTS: usize = 3;

/// What went wrong on the way, in the words of the log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Fault {
    Misconfigured = 1,
    BrokenOff = 2,
    Claim = 3,
    HandOn = 4,
    HandOnForGood = 5,
    SetAside = 6,
    Commit = 7,
    Release = 8,
}

impl Fault {
    pub(super) const ALL: [Self; 8] = [
        Self::Misconfigured,
        Self::BrokenOff,
        Self::Claim,
        Self::HandOn,
        Self::HandOnForGood,
        Self::SetAside,
        Self::Commit,
        Self::Release,
    ];

    /// What went wrong where this outcome was a failure, and the shell has words for it.
    const fn of(asked: Asked, outcome: Outcome) -> Option<Self> {
        match (asked, outcome) {
            (Asked::Claim, Outcome::Failed) => Some(Self::Claim),
            (Asked::HandOn, Outcome::Failed) => Some(Self::HandOn),
            (Asked::HandOn, Outcome::FailedForGood) => Some(Self::HandOnForGood),
            (Asked::SetAside, Outcome::Failed) => Some(Self::SetAside),
            (Asked::Commit, Outcome::Failed) => Some(Self::Commit),
            (Asked::Release, Outcome::Failed) => Some(Self::Release),
            _ => None,
        }
    }
}

/// Why a request was refused, or a body cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    Nothing,
    Rejection(Rejection),
    Payload(PayloadError),
    /// The body is not as long as was announced.
    Length(LengthDifference),
    /// `Content-Length` is no plain number.
    UnusableLength,
    /// The body did not arrive in time.
    SlowBody,
    /// There is no body, and nobody announced how long it is.
    Emptied,
}

/// What the end has to know of the way there: of the request, and what an operator should hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Remarks {
    pub(super) is_head: bool,
    pub(super) claim_lost: bool,
    pub(super) lapsed: bool,
    pub(super) outlived_lease: bool,
    pub(super) other_event_named: bool,
}

/// Where a reception stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    pub(super) asked: Asked,
    pub(super) code: Code,
    pub(super) reason: Reason,
    pub(super) remarks: Remarks,
    pub(super) faults: [Option<Fault>; MAX_FAULTS],
    /// The step that is not done although the sender gets this answer.
    pub(super) still_at: Option<Asked>,
    /// The code that was answered before the work was done.
    pub(super) answered: Option<Code>,
    pub(super) secret_index: Option<u8>,
    pub(super) age_seconds: Option<i64>,
    pub(super) body_bytes: Option<u64>,
    pub(super) started_at_ms: u64,
    pub(super) asked_at_ms: u64,
    pub(super) lease_seconds: u64,
}

/// An outcome that was not asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfTurn {
    /// What was asked.
    pub asked: Asked,
    /// What was said instead of an answer to it.
    pub outcome: Outcome,
}

impl core::fmt::Display for OutOfTurn {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(
            f,
            "the receiver is asked to {}, and '{}' is no answer to that: say what came of the step that was asked last",
            self.asked, self.outcome
        )
    }
}

impl core::error::Error for OutOfTurn {}

impl State {
    pub(super) const fn new(started_at_ms: u64, lease_seconds: u64) -> Self {
        Self {
            asked: Asked::Request,
            code: Code::Unavailable,
            reason: Reason::Nothing,
            remarks: Remarks {
                is_head: false,
                claim_lost: false,
                lapsed: false,
                outlived_lease: false,
                other_event_named: false,
            },
            faults: [None; MAX_FAULTS],
            still_at: None,
            answered: None,
            secret_index: None,
            age_seconds: None,
            body_bytes: None,
            started_at_ms,
            asked_at_ms: 0,
            lease_seconds,
        }
    }

    /// What the store's answer to a claim means here: a claim that was given too long ago has lapsed, and whoever waited
    /// that long does not begin.
    pub(super) fn claimed(mut self, claim: Claim, asked_at_ms: u64, at_ms: u64) -> Self {
        self.asked_at_ms = asked_at_ms;
        let outcome = match claim {
            Claim::Duplicate => Outcome::Duplicate,
            Claim::InFlight => Outcome::InFlight,
            Claim::New if self.has_outlived_its_lease(at_ms) => {
                self.remarks.lapsed = true;
                Outcome::NewLapsed
            }
            Claim::New if self.code.is_quarantined() => Outcome::NewUnreadable,
            Claim::New => Outcome::New,
        };
        self.follow(outcome)
    }

    /// The user's function did its work.
    pub(super) fn done(mut self, at_ms: u64) -> Self {
        self.remarks.outlived_lease = self.has_outlived_its_lease(at_ms);
        self.follow(Outcome::Done)
    }

    pub(super) fn refused(mut self, code: Code, reason: Reason) -> Self {
        self.reason = reason;
        self.code = code;
        self.follow(Outcome::Refused)
    }

    fn has_outlived_its_lease(&self, at_ms: u64) -> bool {
        at_ms.saturating_sub(self.asked_at_ms) >= self.lease_seconds.saturating_mul(1000)
    }

    /// Goes on where the outcome was asked for, as every caller of this one has made sure.
    pub(super) fn follow(self, outcome: Outcome) -> Self {
        self.advance(outcome).unwrap_or(self)
    }

    /// Looks the outcome up in the table, and notes what the log line says of it.
    pub(super) fn advance(mut self, outcome: Outcome) -> Result<Self, OutOfTurn> {
        let asked = self.asked;
        let row = table::find(asked, outcome).ok_or(OutOfTurn { asked, outcome })?;
        if let Some(fault) = Fault::of(asked, outcome) {
            self.note(fault);
        }
        self.remarks.claim_lost |= asked == Asked::Commit && outcome == Outcome::ClaimLost;
        if let Leaves::Code(code) = row.leaves {
            self.code = code;
        }
        self.asked = row.next;
        Ok(self)
    }

    pub(super) fn note(&mut self, fault: Fault) {
        if let Some(slot) = self.faults.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(fault);
        }
    }

    /// Whether it ended before anything was known to be authentic, or asked of the store or the user's functions.
    pub(super) fn asked_nothing_of_us(&self) -> bool {
        self.secret_index.is_none()
    }

    pub(super) fn has_failed_for_good(&self) -> bool {
        self.faults.contains(&Some(Fault::HandOnForGood))
    }

    /// The position of the secret that made the signature, for a delivery that is authentic.
    pub(super) fn matched(secret_index: usize) -> Option<u8> {
        let index = u8::try_from(secret_index).ok();
        index.filter(|index| usize::from(*index) < MAX_SECRETS)
    }
}
