//! What a receiver does next, whole: every state, everything that can come of it, and what follows.

use crate::code::Code;

/// What the receiver is asked to do, and so waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Asked {
    /// Judge the request line and the headers.
    Request = 0,
    /// Read the body.
    ReadBody = 1,
    /// Claim the key in the store.
    Claim = 2,
    /// Call the user's function for events.
    HandOn = 3,
    /// Call the user's function for what cannot be read, or was failed at for good.
    SetAside = 4,
    /// Commit the claim in the store.
    Commit = 5,
    /// Release the claim in the store.
    Release = 6,
    /// Answer, and write the log line.
    Answer = 7,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Outcome {
    /// The request is for this receiver, which can judge it, and its headers are in order.
    WellFormed = 0,
    /// It is not; the code is the reason's.
    Refused = 1,
    /// The body was not read to its end, or is not as long as was announced.
    BrokenOff = 2,
    /// Authentic and fresh, and an event.
    Readable = 3,
    /// Authentic and fresh, and no event that can be read.
    Unreadable = 4,
    /// The store gave the claim, and what it is for is an event.
    New = 5,
    /// The store gave the claim, and what it is for cannot be read.
    NewUnreadable = 6,
    /// The store gave the claim so long ago that it has lapsed.
    NewLapsed = 7,
    /// The key was handled before.
    Duplicate = 8,
    /// Somebody is handling the key.
    InFlight = 9,
    /// It was done.
    Done = 10,
    /// The claim was no longer the caller's.
    ClaimLost = 11,
    /// It failed.
    Failed = 12,
    /// It failed, and would again.
    FailedForGood = 13,
}

/// The code that a step leaves the delivery with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// As it was.
    Unchanged,
    /// The code of the reason for refusing it.
    Reason,
    /// This one.
    Code(Code),
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    pub(crate) asked: Asked,
    pub(crate) outcome: Outcome,
    pub(crate) next: Asked,
    pub(crate) leaves: Leaves,
}

const fn row(asked: Asked, outcome: Outcome, next: Asked, leaves: Leaves) -> Row {
    Row {
        asked,
        outcome,
        next,
        leaves,
    }
}

use Asked::{Answer, Claim, Commit, HandOn, ReadBody, Release, Request, SetAside};
use Leaves::{Reason, Unchanged};

const ACCEPTED: Leaves = Leaves::Code(Code::Accepted);
const QUARANTINED: Leaves = Leaves::Code(Code::Quarantined);
const DUPLICATE: Leaves = Leaves::Code(Code::Duplicate);
const IN_FLIGHT: Leaves = Leaves::Code(Code::InFlight);
const UNAVAILABLE: Leaves = Leaves::Code(Code::Unavailable);

/// All of it. What is not here cannot happen: in Rust it has no method, over the C ABI it is refused.
#[rustfmt::skip]
pub(crate) const TABLE: [Row; 23] = [
    row(Request,  Outcome::WellFormed,    ReadBody, Unchanged),
    row(Request,  Outcome::Refused,       Answer,   Reason),
    row(ReadBody, Outcome::BrokenOff,     Answer,   UNAVAILABLE),
    row(ReadBody, Outcome::Refused,       Answer,   Reason),
    row(ReadBody, Outcome::Readable,      Claim,    ACCEPTED),
    row(ReadBody, Outcome::Unreadable,    Claim,    QUARANTINED),
    row(Claim,    Outcome::New,           HandOn,   Unchanged),
    row(Claim,    Outcome::NewUnreadable, SetAside, Unchanged),
    row(Claim,    Outcome::NewLapsed,     Release,  UNAVAILABLE),
    row(Claim,    Outcome::Duplicate,     Answer,   DUPLICATE),
    row(Claim,    Outcome::InFlight,      Answer,   IN_FLIGHT),
    // The store may have given it all the same, and only its answer was lost.
    row(Claim,    Outcome::Failed,        Release,  UNAVAILABLE),
    row(HandOn,   Outcome::Done,          Commit,   Unchanged),
    row(HandOn,   Outcome::FailedForGood, SetAside, Unchanged),
    row(HandOn,   Outcome::Failed,        Release,  UNAVAILABLE),
    row(SetAside, Outcome::Done,          Commit,   Unchanged),
    row(SetAside, Outcome::Failed,        Release,  UNAVAILABLE),
    row(Commit,   Outcome::Done,          Answer,   Unchanged),
    // It was handled, perhaps twice: to have it sent again would make it once more.
    row(Commit,   Outcome::ClaimLost,     Answer,   Unchanged),
    row(Commit,   Outcome::Failed,        Answer,   UNAVAILABLE),
    row(Release,  Outcome::Done,          Answer,   Unchanged),
    row(Release,  Outcome::ClaimLost,     Answer,   Unchanged),
    row(Release,  Outcome::Failed,        Answer,   Unchanged),
];

/// The code that is answered with where a step is not done within [`ANSWER_WITHIN_MS`](super::ANSWER_WITHIN_MS); `None`
/// where nothing is waited for. The step itself goes on.
pub(crate) const fn answer_when_late(asked: Asked) -> Option<Code> {
    match asked {
        Request | Answer => None,
        HandOn | SetAside => Some(Code::InFlight),
        ReadBody | Claim | Commit | Release => Some(Code::Unavailable),
    }
}

/// The line for an outcome; `None` where it was not asked for.
pub(crate) fn find(asked: Asked, outcome: Outcome) -> Option<&'static Row> {
    let mut rows = TABLE.iter();
    rows.find(|row| row.asked == asked && row.outcome == outcome)
}

impl Asked {
    /// What the shell is to do, in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Request => "judge the request",
            ReadBody => "read the body",
            Claim => "claim the key",
            HandOn => "hand on the event",
            SetAside => "set the delivery aside",
            Commit => "commit the claim",
            Release => "release the claim",
            Answer => "answer",
        }
    }
}

impl core::fmt::Display for Asked {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}

impl Outcome {
    /// What came of a step, in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WellFormed => "well formed",
            Self::Refused => "refused",
            Self::BrokenOff => "broken off",
            Self::Readable => "an event",
            Self::Unreadable => "no event that can be read",
            Self::New => "new, an event",
            Self::NewUnreadable => "new, no event",
            Self::NewLapsed => "new, but lapsed",
            Self::Duplicate => "duplicate",
            Self::InFlight => "in flight",
            Self::Done => "done",
            Self::ClaimLost => "claim lost",
            Self::Failed => "failed",
            Self::FailedForGood => "failed for good",
        }
    }
}

impl core::fmt::Display for Outcome {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::fmt::Write as _;
    use std::string::String;

    use super::*;

    /// What `table.md` says, made from the table.
    fn rendered() -> String {
        let mut text = String::from(
            "\nThe whole of it, made from the table in the code:\n\n\
             | asked to | and it is | then | its code from then on |\n| --- | --- | --- | --- |\n",
        );
        for row in &TABLE {
            let answered = match row.leaves {
                Reason => "as the reason says".into(),
                Unchanged if row.next == Answer => "as it stood".into(),
                Unchanged => String::new(),
                Leaves::Code(code) => std::format!("`{code}`"),
            };
            let (asked, outcome, next) = (row.asked, row.outcome, row.next);
            writeln!(text, "| {asked} | {outcome} | {next} | {answered} |").unwrap();
        }
        text.push_str(
            "\nNot done within 10 s:\n\n| asked to | answered meanwhile |\n| --- | --- |\n",
        );
        let mut seen = std::vec::Vec::new();
        for asked in TABLE.iter().map(|row| row.asked) {
            if let Some(code) = answer_when_late(asked).filter(|_| !seen.contains(&asked)) {
                writeln!(text, "| {asked} | `{code}` |").unwrap();
            }
            seen.push(asked);
        }
        text.push_str("\n```mermaid\nstateDiagram-v2\n    [*] --> Request\n");
        for row in &TABLE {
            let (asked, next, outcome) = (row.asked, row.next, row.outcome);
            writeln!(text, "    {asked:?} --> {next:?}: {outcome}").unwrap();
        }
        text.push_str("    Answer --> [*]\n```\n");
        text
    }

    /// `OVERTEN_GENERATE=1` writes it instead, as `make generate` does.
    #[test]
    fn the_page_of_the_table_is_made_from_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/reception/table.md");
        if std::env::var_os("OVERTEN_GENERATE").is_some() {
            std::fs::write(path, rendered()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap();
        assert_eq!(page, rendered(), "run `make generate`");
    }

    #[test]
    fn no_two_lines_say_different_things_of_one_outcome() {
        for (index, row) in TABLE.iter().enumerate() {
            let first = TABLE
                .iter()
                .position(|it| it.asked == row.asked && it.outcome == row.outcome);
            assert_eq!(first, Some(index), "{row:?}");
            assert_ne!(row.asked, Answer, "nothing follows an answer");
        }
    }
}
