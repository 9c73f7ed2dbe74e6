//! What a log line says in words of how a request went.

use alloc::string::String;
use core::fmt::{self, Write as _};

use crate::record::Level;

use super::state::{Fault, Reason, State};
use super::{ANSWER_WITHIN_MS, Asked, Receiver};

/// More of what a user's error says is of no use in a line that is cut at 2,048 bytes.
const LONGEST_WHY: usize = 2048;

/// The sentences of a line, and who must look at it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Detail(String);

impl Detail {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Puts the sentences together: first what was answered before, then why, then what an operator should know.
    pub(super) fn of(state: &State, receiver: &Receiver, whys: &[&[u8]], at_ms: u64) -> Self {
        let mut detail = Self::default();
        let seconds = ANSWER_WITHIN_MS / 1000;
        if let Some(code) = state.answered {
            detail.say(format_args!(
                "answered {code} after {seconds} s, and this came of it"
            ));
        }
        if let Some(waited_for) = waited_for(state.asked) {
            detail.say(format_args!(
                "after {seconds} s {waited_for}; what comes of it is logged then"
            ));
        }
        match state.reason {
            Reason::Nothing => {}
            Reason::Rejection(rejection) => detail.say(rejection),
            Reason::Payload(error) => detail.say(error),
            Reason::Length(difference) => detail.say(difference),
            Reason::UnusableLength => detail.say(
                "Content-Length is not one plain number, so nobody can tell where the body ends: a proxy or server in \
                 front of this one made it",
            ),
            Reason::SlowBody => detail.say(
                "the body did not arrive within 10 s: its sender stalls, or something read it before and nothing is left",
            ),
        }
        let mut whys = whys.iter();
        for fault in state.faults.into_iter().flatten() {
            let why = match fault {
                Fault::Misconfigured => receiver.problem().unwrap_or_default().as_bytes(),
                _ => whys.next().copied().unwrap_or_default(),
            };
            detail.tell(fault, why);
        }
        detail.remark(state, at_ms);
        detail
    }

    fn remark(&mut self, state: &State, at_ms: u64) {
        let lease_seconds = state.lease_seconds;
        let remarks = state.remarks;
        if remarks.lapsed {
            self.say(format_args!(
                "the lease of {lease_seconds} s lapsed before the handler could begin, so it did not: something here \
                 waits for a thread or a lock"
            ));
        }
        if remarks.outlived_lease {
            self.say(format_args!(
                "the handler outlived its lease of {lease_seconds} s, so the event may have been handed on twice: let it \
                 only write the event down"
            ));
        }
        if remarks.claim_lost {
            self.say(
                "the claim was somebody else's before it was committed: handled, and perhaps twice",
            );
        }
        if remarks.other_event_named {
            self.say("X-Overten-Event names another event than the body, which counts: the header is not signed");
        }
        if was_late(state, at_ms) {
            self.say("the answer took longer than 10 s, and Overten gives up after 15 s");
        }
    }

    /// Adds what failed, and what was said of it.
    fn tell(&mut self, fault: Fault, why: &[u8]) {
        self.say(match fault {
            Fault::Misconfigured => "nothing can be checked before this is mended",
            Fault::BrokenOff => "the body could not be read to its end",
            Fault::Claim => "the store did not answer the claim",
            Fault::HandOn => "the handler failed",
            Fault::HandOnForGood => "the handler failed for good",
            Fault::SetAside => "the delivery could not be set aside",
            Fault::Commit => {
                "handled, but the store did not commit it, so it may be handed on again"
            }
            Fault::Release => "the claim could not be released, and lapses",
        });
        let why = why.get(..LONGEST_WHY).unwrap_or(why);
        if !why.is_empty() {
            self.0.push_str(": ");
            self.0.push_str(&String::from_utf8_lossy(why));
        }
    }

    fn say(&mut self, sentence: impl fmt::Display) {
        if !self.0.is_empty() {
            self.0.push_str("; ");
        }
        // Writing to a string does not fail.
        let _ = write!(self.0, "{sentence}");
    }
}

/// Who must look at the line: whom its code calls, or what went wrong beside it.
pub(super) fn level(state: &State, at_ms: u64) -> Level {
    let remarks = state.remarks;
    let remarkable = remarks.claim_lost
        || remarks.outlived_lease
        || remarks.other_event_named
        || was_late(state, at_ms)
        || waited_for(state.asked).is_some();
    let asked = if state.has_failed_for_good() {
        Level::Error
    } else if remarkable {
        Level::Warn
    } else {
        Level::Info
    };
    asked.max(Level::of(state.code))
}

/// What is not done although the sender has its answer; nothing where everything is.
const fn waited_for(asked: Asked) -> Option<&'static str> {
    match asked {
        Asked::Request | Asked::ReadBody | Asked::Answer => None,
        Asked::Claim => {
            Some("the store has not answered the claim, or the handler waits for a thread")
        }
        Asked::HandOn | Asked::SetAside => {
            Some("the handler is still at work, and should only write the event down")
        }
        Asked::Commit => Some("the event is handled, and the store has not committed it"),
        Asked::Release => Some("the store has not released the claim"),
    }
}

/// Whether the one answer there is came late, as where the handler runs in the request's own thread.
fn was_late(state: &State, at_ms: u64) -> bool {
    let elapsed_ms = at_ms.saturating_sub(state.started_at_ms);
    let is_done = matches!(state.asked, Asked::Answer);
    is_done
        && state.answered.is_none()
        && elapsed_ms > ANSWER_WITHIN_MS
        && state.reason != Reason::SlowBody
}
