//! What a log line says in words of how a request went.

use alloc::string::String;
use core::fmt::{self, Write as _};

use crate::code::Code;
use crate::record::{Level, cut};

use super::state::{Fault, Reason, State};
use super::{ANSWER_WITHIN_MS, Asked, Receiver};

/// The bytes that the words of all failures share: of several, none leaves no room for the others.
const LONGEST_WHYS: usize = 2048;

/// The sentences of a line, and who must look at it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Detail(String);

impl Detail {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Puts the sentences together: what was answered before, why, what an operator should know, and last what failed with
    /// the words of others, so that what is cut of a long line is theirs.
    pub(super) fn of(state: &State, receiver: &Receiver, whys: &[&[u8]], at_ms: u64) -> Self {
        let mut detail = Self::default();
        let seconds = ANSWER_WITHIN_MS / 1000;
        if let Some(code) = state.answered {
            detail.say(format_args!(
                "answered {code} after {seconds} s, and this came of it"
            ));
        }
        if let Some(waited_for) = state.still_at.and_then(waited_for) {
            detail.say(format_args!(
                "after {seconds} s {waited_for}; what comes of it is logged then"
            ));
        }
        match state.reason {
            Reason::Nothing => detail.say_where_we_are(state, receiver),
            Reason::Rejection(rejection) => detail.say(rejection),
            Reason::Payload(error) => detail.say(error),
            Reason::Length(difference) => detail.say(difference),
            Reason::UnusableLength => detail.say(
                "Content-Length is not one plain number, so nobody can tell where the body ends: a proxy or server in \
                 front of this one made it",
            ),
            Reason::Emptied => detail.say(
                "the body is empty and no Content-Length says how long it is: something read it before, or the server \
                 does not hand over a body of unknown length",
            ),
            Reason::SlowBody => detail.say(
                "the body did not arrive within 10 s: its sender stalls, or something read it before and nothing is left",
            ),
        }
        detail.remark(state, at_ms);
        let mut whys = whys.iter();
        let faults = state.faults.into_iter().flatten();
        let longest = LONGEST_WHYS
            .checked_div(faults.clone().count())
            .unwrap_or(LONGEST_WHYS);
        for fault in faults {
            let why = match fault {
                Fault::Misconfigured => receiver.problem().unwrap_or_default().as_bytes(),
                _ => whys.next().copied().unwrap_or_default(),
            };
            detail.tell(fault, why, longest);
        }
        detail
    }

    /// A path that is not ours is final, so the line says which one is.
    fn say_where_we_are(&mut self, state: &State, receiver: &Receiver) {
        if let (Code::NotFound, Some(path)) = (state.code, receiver.path()) {
            self.say(format_args!("the request is for another path than {path}"));
        }
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

    /// Adds what failed, and what was said of it, at most so many bytes.
    fn tell(&mut self, fault: Fault, why: &[u8], longest: usize) {
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
        if why.is_empty() {
            return;
        }
        // No more is decoded than one character beyond what is shown.
        let decoded = why.get(..longest.saturating_add(char::MAX.len_utf8()));
        let text = String::from_utf8_lossy(decoded.unwrap_or(why));
        let (text, mark) = cut(&text, longest);
        self.0.push_str(": ");
        self.0.push_str(text);
        self.0.push_str(mark);
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
        || state.still_at.is_some();
    let asked = if state.has_failed_for_good() {
        Level::Error
    } else if remarkable {
        Level::Warn
    } else {
        Level::Info
    };
    let by_code = match state.code {
        // Until a delivery is authentic, anybody can break it off: an alert is not for strangers to ring.
        Code::Unavailable if state.asked_nothing_of_us() => Level::Warn,
        code => Level::of(code),
    };
    asked.max(by_code)
}

/// What is not done although the sender has its answer; nothing where everything is.
const fn waited_for(asked: Asked) -> Option<&'static str> {
    match asked {
        Asked::Request | Asked::ReadBody | Asked::Answer => None,
        Asked::Claim => {
            Some("the store has not answered the claim, or the handler waits for a thread")
        }
        Asked::HandOn => Some("the handler is still at work, and should only write the event down"),
        Asked::SetAside => Some("the delivery is not set aside yet"),
        Asked::Commit => Some("the event is handled, and the store has not committed it"),
        Asked::Release => Some("the store has not released the claim"),
    }
}

/// Whether the one answer there is came late, as where the handler runs in the request's own thread.
fn was_late(state: &State, at_ms: u64) -> bool {
    let elapsed_ms = at_ms.saturating_sub(state.started_at_ms);
    state.still_at.is_none()
        && state.answered.is_none()
        && elapsed_ms > ANSWER_WITHIN_MS
        && state.reason != Reason::SlowBody
}
