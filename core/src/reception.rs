//! What a receiver does next, from the request line to the log line, without doing any of it.
#![doc = include_str!("reception/table.md")]

mod detail;
mod plain;
mod raw_line;
mod receiver;
mod receiver_error;
mod state;
mod table;

use alloc::string::String;

use base64ct::Base64;

use crate::answer::Answer;
use crate::claim::Claim;
use crate::code::Code;
use crate::event::Event;
use crate::headers::SignedHeaders;
use crate::host_keys::HostHash;
use crate::idempotency::IdempotencyKey;
use crate::payload_error::PayloadError;
use crate::record::{Named, Record};
use crate::rejection::{LengthDifference, Rejection};
use crate::time::UnixSeconds;
use crate::verify::Delivery;

pub(crate) use detail::Detail;
pub use plain::{PLAIN_BYTES, Plain};
use raw_line::{RawLine, SHOWN_HEADERS};
pub use raw_line::{RawLog, UnknownRawLog};
pub use receiver::{Receiver, Request};
pub use receiver_error::ReceiverError;
pub use state::OutOfTurn;
use state::{Fault, Reason, State};
pub use table::{Asked, Outcome};

/// How long a sender is kept waiting, in milliseconds from when the headers were there: Overten gives up after 15 s.
///
/// Where a step is not done by then, [`Step::late`] says what to answer; the work itself goes on.
pub const ANSWER_WITHIN_MS: u64 = 10_000;

/// The request is for this receiver and its headers are in order: its body is to be read.
///
/// ```
/// # use overten_webhook::{Receiver, Retention, Request, Secrets, Verifier, Code};
/// # let secrets = Secrets::new(["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])?;
/// # let receiver = Receiver::new(Verifier::new(secrets), Retention::default())?;
/// # let headers = [("X-Overten-Signature", format!("sha256={}", "0".repeat(64))), ("X-Overten-Timestamp", "1".into())];
/// # let headers = headers.each_ref().map(|(name, value)| (*name, value));
/// let request = Request { method: b"POST", target: b"/webhooks/overten" };
/// let reading = receiver.begin(request, headers, 0).unwrap();
/// assert_eq!(reading.max_body_bytes(), 1024 * 1024);
/// let ending = reading.broken_off();
/// assert_eq!(ending.code(), Code::Unavailable);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a request that is not answered is sent again"]
pub struct Reading {
    state: State,
    headers: SignedHeaders,
    max_body_bytes: u64,
    event_hint: Option<u32>,
}

/// An authentic and fresh delivery, whose key is to be claimed.
#[derive(Debug)]
pub struct Received<B: AsRef<[u8]>> {
    /// The next step.
    pub claiming: Claiming,
    /// The key to claim.
    pub key: IdempotencyKey,
    /// The delivery, its body as it was handed over.
    pub delivery: Delivery<B>,
    /// What it says, or why that cannot be read; then it will be set aside as it is.
    pub event: Result<Event<B>, PayloadError>,
}

impl Reading {
    /// The most bytes of a body that are taken: read up to one more, which shows that it is too large, whatever
    /// `Content-Length` says. A reader that stops at the limit by itself says [`Reading::over_the_limit`].
    #[must_use]
    pub const fn max_body_bytes(&self) -> u64 {
        self.max_body_bytes
    }

    /// When the sender should have its answer, on the clock of `at_ms`: past it, call [`Reading::late`].
    #[must_use]
    pub const fn answer_by_ms(&self) -> u64 {
        self.state.started_at_ms.saturating_add(ANSWER_WITHIN_MS)
    }

    /// The body is there, or one byte more of it than is taken. `now` is the host's clock. Pass a reference: what is given
    /// is held by the delivery and by the event, so that an owned body is copied.
    ///
    /// # Errors
    ///
    /// What to answer where it is no authentic, fresh delivery: `body_too_large`, `unavailable` (not as long as was
    /// announced), `signature_mismatch`, `timestamp_too_old`, `timestamp_in_future`. `receiver` is the one that began.
    pub fn whole<B: AsRef<[u8]> + Clone>(
        self,
        receiver: &Receiver,
        body: B,
        now: UnixSeconds,
    ) -> Result<Received<B>, Ending> {
        self.whole_by_host(receiver, body, now, None)
    }

    /// The same for a shell whose host hashes, as [`Verifier::verify_by_host`](crate::Verifier::verify_by_host) asks it.
    #[doc(hidden)]
    pub fn whole_by_host<B: AsRef<[u8]> + Clone>(
        mut self,
        receiver: &Receiver,
        body: B,
        now: UnixSeconds,
        host: Option<&mut HostHash<'_>>,
    ) -> Result<Received<B>, Ending> {
        let body_bytes = body.as_ref().len();
        self.state.body_bytes = Some(body_bytes as u64);
        let is_whole = body_bytes as u64 <= self.max_body_bytes;
        let difference = LengthDifference::between(body_bytes, self.headers.content_length());
        if let Some(difference) = difference.filter(|_| is_whole) {
            return Err(self.not_whole(Reason::Length(difference)));
        }
        let Some(verifier) = receiver.verifier() else {
            return Err(receiver.refuse(self.state));
        };
        match verifier.verify_by_host(&self.headers, body, now, host) {
            Ok(delivery) => {
                receiver.note_match(delivery.verdict().secret_index(), now);
                Ok(self.authentic(receiver, delivery))
            }
            // A body that another reader emptied looks so where nobody announced its length; Overten's are never empty.
            Err(Rejection::SignatureMismatch { .. })
                if body_bytes == 0 && self.headers.content_length().is_none() =>
            {
                Err(self.not_whole(Reason::Emptied))
            }
            Err(rejection) => {
                if let Some(index) = rejection.secret_index() {
                    receiver.note_match(index, now);
                    self.state.secret_index = State::matched(index);
                }
                self.state.age_seconds = rejection.age_seconds();
                let reason = Reason::Rejection(rejection);
                Err(Ending(self.state.refused(rejection.code(), reason)))
            }
        }
    }

    fn authentic<B: AsRef<[u8]> + Clone>(
        mut self,
        receiver: &Receiver,
        delivery: Delivery<B>,
    ) -> Received<B> {
        let verdict = delivery.verdict();
        self.state.secret_index = State::matched(verdict.secret_index());
        self.state.age_seconds = Some(verdict.age_seconds());
        let event = delivery.event();
        let (outcome, key) = match &event {
            Ok(event) => {
                let hint = receiver::hash_of(event.name().as_bytes());
                self.state.remarks.other_event_named =
                    self.event_hint.is_some_and(|named| named != hint);
                (Outcome::Readable, event.idempotency_key(receiver.scope()))
            }
            Err(error) => {
                self.state.reason = Reason::Payload(*error);
                (Outcome::Unreadable, delivery.body_key())
            }
        };
        Received {
            claiming: Claiming(self.state.follow(outcome)),
            key,
            delivery,
            event,
        }
    }

    /// The body is longer than [`Reading::max_body_bytes`], as a reader says that gives no byte of it then.
    pub fn over_the_limit(self) -> Ending {
        let max_body_bytes = usize::try_from(self.max_body_bytes).unwrap_or(usize::MAX);
        let rejection = Rejection::BodyTooLarge { max_body_bytes };
        let reason = Reason::Rejection(rejection);
        Ending(self.state.refused(rejection.code(), reason))
    }

    /// The body could not be read to its end: the log line says why, in words that are handed over at the end.
    pub fn broken_off(mut self) -> Ending {
        self.state.note(Fault::BrokenOff);
        self.not_whole(Reason::Nothing)
    }

    /// The body did not arrive in time.
    pub fn late(self) -> Ending {
        self.not_whole(Reason::SlowBody)
    }

    fn not_whole(mut self, reason: Reason) -> Ending {
        self.state.reason = reason;
        Ending(self.state.follow(Outcome::BrokenOff))
    }
}

/// What is to be done next. Saying what came of it consumes it, and gives the next: an answer out of turn does not compile.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "a step that is not taken leaves a claim to lapse and a sender without its answer"]
pub enum Step {
    /// Claim the key in the store.
    Claim(Claiming),
    /// Call the user's function for events.
    HandOn(HandingOn),
    /// Call the user's function that keeps what cannot be handled.
    SetAside(SettingAside),
    /// Commit the claim in the store.
    Commit(Committing),
    /// Release the claim in the store.
    Release(Releasing),
    /// Answer, unless that was done, and write the log line.
    Answer(Ending),
}

impl Step {
    #[inline(never)] // a state is moved in each arm
    fn of(state: State) -> Self {
        match state.asked {
            Asked::Claim => Self::Claim(Claiming(state)),
            Asked::HandOn => Self::HandOn(HandingOn(state)),
            Asked::SetAside => Self::SetAside(SettingAside(state)),
            Asked::Commit => Self::Commit(Committing(state)),
            Asked::Release => Self::Release(Releasing(state)),
            Asked::Answer | Asked::Request | Asked::ReadBody => Self::Answer(Ending(state)),
        }
    }

    const fn state(&self) -> &State {
        match self {
            Self::Claim(Claiming(state))
            | Self::HandOn(HandingOn(state))
            | Self::SetAside(SettingAside(state))
            | Self::Commit(Committing(state))
            | Self::Release(Releasing(state))
            | Self::Answer(Ending(state)) => state,
        }
    }

    /// What is asked, for a shell that cannot match on the step itself.
    #[must_use]
    pub const fn asked(&self) -> Asked {
        self.state().asked
    }

    /// When the sender should have its answer, on the clock of `at_ms`: past it, call [`Step::late`]. `None` where it has
    /// been answered, or is about to be.
    #[must_use]
    pub const fn answer_by_ms(&self) -> Option<u64> {
        let state = self.state();
        match (state.asked, state.answered) {
            (Asked::Answer, _) | (_, Some(_)) => None,
            _ => Some(state.started_at_ms.saturating_add(ANSWER_WITHIN_MS)),
        }
    }

    /// The step is not done in time: gives the answer to send meanwhile. The step goes on, and a second line says what
    /// came of it.
    ///
    /// The second value is the same step, to be gone on with; its ending answers nothing more. `None` in the first where
    /// the sender has its answer, or is about to get it.
    pub fn late(self) -> (Option<Ending>, Self) {
        let mut state = *self.state();
        let Some(code) = table::answer_when_late(state.asked).filter(|_| state.answered.is_none())
        else {
            return (None, self);
        };
        let meanwhile = State {
            code,
            asked: Asked::Answer,
            still_at: Some(state.asked),
            ..state
        };
        state.answered = Some(code);
        (Some(Ending(meanwhile)), Self::of(state))
    }

    /// Goes on with what came of the step, for a shell that cannot match on the step itself.
    ///
    /// `asked_at_ms` is when the store was asked for a claim, as for [`Claiming::answered`], and `at_ms` is now.
    ///
    /// # Errors
    ///
    /// [`OutOfTurn`] where the outcome is none of this step's. The step is gone then: who may need it again keeps its
    /// [`Step::to_plain`].
    pub fn advance(
        self,
        outcome: Outcome,
        asked_at_ms: u64,
        at_ms: u64,
    ) -> Result<Self, OutOfTurn> {
        let asked = self.asked();
        match (self, outcome) {
            (Self::Claim(step), Outcome::New) => Ok(step.answered(Claim::New, asked_at_ms, at_ms)),
            (Self::HandOn(step), Outcome::Done) => Ok(step.done(at_ms)),
            (Self::SetAside(step), Outcome::Done) => Ok(step.done(at_ms)),
            // These are what core makes of 'new'.
            (_, Outcome::NewUnreadable | Outcome::NewLapsed) => Err(OutOfTurn { asked, outcome }),
            (step, outcome) => step.state().advance(outcome).map(Self::of),
        }
    }
}

/// The key is to be claimed, for so long.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Claiming(State);

impl Claiming {
    /// How long the claim lasts whose holder dies, in seconds from when the store gives it.
    #[must_use]
    pub const fn lease_seconds(&self) -> u64 {
        self.0.lease_seconds
    }

    /// The store's answer. `asked_at_ms` is when it was asked, and `at_ms` when the user's function can begin: where the
    /// lease has lapsed between the two, it does not.
    ///
    /// A store gives a claim at some moment between the asking and the answer, which may be long on its way. Counted from
    /// the answer, a lease would seem to last after another holder has begun.
    pub fn answered(self, claim: Claim, asked_at_ms: u64, at_ms: u64) -> Step {
        Step::of(self.0.claimed(claim, asked_at_ms, at_ms))
    }

    /// The store failed, or did not say: the claim is released, since it may have been given all the same.
    pub fn failed(self) -> Step {
        Step::of(self.0.follow(Outcome::Failed))
    }
}

/// The event is to be handed on.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct HandingOn(State);

impl HandingOn {
    /// The function returned: the event is durable.
    pub fn done(self, at_ms: u64) -> Step {
        Step::of(self.0.done(at_ms))
    }

    /// It ended in any other way, or gave back something that is still to be run.
    pub fn failed(self) -> Step {
        Step::of(self.0.follow(Outcome::Failed))
    }

    /// It said that it will never be able to handle this event.
    pub fn failed_for_good(self) -> Step {
        Step::of(self.0.follow(Outcome::FailedForGood))
    }
}

/// The delivery is to be kept durably, for a person to look at.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct SettingAside(State);

impl SettingAside {
    /// Whether the handler failed at it for good; otherwise it cannot be read.
    #[must_use]
    pub fn failed_for_good(&self) -> bool {
        self.0.has_failed_for_good()
    }

    /// It is kept.
    pub fn done(self, at_ms: u64) -> Step {
        Step::of(self.0.done(at_ms))
    }

    /// It is not.
    pub fn failed(self) -> Step {
        Step::of(self.0.follow(Outcome::Failed))
    }
}

/// The claim is to be committed.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Committing(State);

impl Committing {
    /// It is committed.
    pub fn done(self) -> Step {
        Step::of(self.0.follow(Outcome::Done))
    }

    /// The claim was somebody else's by then.
    pub fn lost(self) -> Step {
        Step::of(self.0.follow(Outcome::ClaimLost))
    }

    /// The store failed, or did not say.
    pub fn failed(self) -> Step {
        Step::of(self.0.follow(Outcome::Failed))
    }
}

/// The claim is to be released.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Releasing(State);

impl Releasing {
    /// It is released, or was not held.
    pub fn done(self) -> Step {
        Step::of(self.0.follow(Outcome::Done))
    }

    /// The store failed, or did not say: the claim lapses.
    pub fn failed(self) -> Step {
        Step::of(self.0.follow(Outcome::Failed))
    }
}

/// The end of a request, or of the part of it that the sender waits for.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub struct Ending(State);

impl Ending {
    /// What came of the request.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.0.code
    }

    /// The same, where the sender got `meanwhile`'s answer while the work was done elsewhere: for a receiver in two halves,
    /// of which the one that works cannot know what the other has answered.
    pub fn answered_meanwhile(mut self, meanwhile: &Self) -> Self {
        self.0.answered = Some(meanwhile.0.code);
        self
    }

    /// The answer to send; `None` where one was sent while the work went on.
    #[must_use]
    pub fn answer(&self, receiver: &Receiver) -> Option<Answer> {
        if self.0.answered.is_some() {
            return None;
        }
        let answer = match self.0.code {
            Code::SignatureMismatch => Answer::to_mismatch(receiver.mismatch()),
            code => Answer::to(code),
        };
        Some(if self.0.remarks.is_head {
            answer.to_head()
        } else {
            answer
        })
    }

    /// The log line. `named` is what the event is known by, where there is one; `whys` the words for each failure that
    /// was reported (failed, failed for good, broken off), in that order, an empty one where there are none; `at_ms` is now.
    #[must_use]
    pub fn record<'a>(
        &self,
        receiver: &'a Receiver,
        named: Option<Named<'a>>,
        whys: &[&[u8]],
        at_ms: u64,
    ) -> Record<'a> {
        let state = &self.0;
        Record {
            code: state.code,
            level: detail::level(state, at_ms),
            named,
            secret: state.secret_index.and_then(|index| receiver.label(index)),
            age_seconds: state.age_seconds,
            body_bytes: state.body_bytes,
            elapsed_ms: at_ms.saturating_sub(state.started_at_ms),
            detail: Detail::of(state, receiver, whys, at_ms),
        }
    }

    /// The line to log beside it, for debugging: the request as it came. `None` where [`Receiver::with_raw_log`] asks for
    /// none of such a request, where the sender was answered before (the line came then), and after 30 of a minute.
    ///
    /// One JSON object without a newline. Its fields come in this order, absent ones left out: `raw` (the code), `headers`
    /// (an object of those that tell something; the values of a repeated one joined by commas, cut at 256 characters, the
    /// signature at 15), `body_bytes` and `body_sha256` (of a body that was read to its end), `body` or, where that is not
    /// UTF-8, `body_base64` (16 KiB at most), `cut_at` (the bytes that are shown, where they are not all). Nothing that was
    /// sent can end the line or hide in it.
    ///
    /// `headers` are as for [`Receiver::begin`], all of them; `body` is what was read of it, `None` where nothing was
    /// asked for; `at_ms` is now.
    ///
    /// ```
    /// # use overten_webhook::{RawLog, Receiver, Retention, Request, Secrets, Verifier};
    /// # let secrets = Secrets::new(["whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="])?;
    /// let receiver = Receiver::new(Verifier::new(secrets), Retention::default())?.with_raw_log(RawLog::Failures);
    /// let headers = [("X-Overten-Timestamp", "1760000000"), ("Authorization", "for other eyes")];
    /// let request = Request { method: b"POST", target: b"/" };
    /// let ending = receiver.begin(request, headers, 0).unwrap_err();
    /// assert_eq!(
    ///     ending.raw_line(&receiver, headers, None, 0).as_deref(),
    ///     Some(r#"{"raw":"missing_signature","headers":{"X-Overten-Timestamp":"1760000000"}}"#)
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn raw_line<'a, N, V>(
        &self,
        receiver: &Receiver,
        headers: impl IntoIterator<Item = (N, &'a V)> + Clone,
        body: Option<&[u8]>,
        at_ms: u64,
    ) -> Option<String>
    where
        N: AsRef<[u8]>,
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        let state = &self.0;
        if state.answered.is_some() || !receiver.takes_raw_line(state.code, at_ms) {
            return None;
        }
        let is_whole = state.body_bytes.is_some() && state.code != Code::BodyTooLarge;
        let mut text = String::new();
        let mut line = RawLine::begin(&mut text, state.code).ok()?;
        for shown in SHOWN_HEADERS {
            let is_shown =
                |(name, _): &(N, _)| name.as_ref().eq_ignore_ascii_case(shown.as_bytes());
            let values = headers.clone().into_iter().filter(is_shown);
            line.header(shown, values.map(|(_, value)| value.as_ref()))
                .ok()?;
        }
        line.end::<Base64>(body, is_whole).ok()?;
        Some(text)
    }
}
