//! Reading a verified body.

use alloc::borrow::Cow;
use core::fmt;

use crate::idempotency::{IdempotencyKey, Scope};
use crate::json::{self, Member, Text};
use crate::payload_error::{PayloadError, PayloadFault};
use crate::scheme::{RUN_COMPLETED, RUN_FAILED};

/// The largest whole number that every JSON reader holds exactly: 2^53 − 1.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// What a verified delivery says. Only a [`Delivery`](crate::Delivery) gives one.
///
/// It holds the body and refers to its bytes: a field is decoded when it is asked for, and borrows unless an escape
/// forces a copy. A known optional field that is absent, null, of another type, out of range or not Unicode reads as
/// `None`. Names and values are exact: nothing is trimmed or case-folded. Of a name that stands twice the last counts.
///
/// ```
/// # use overten_webhook::{Scope, Secret, Secrets, SignedHeaders, UnixSeconds, Verifier, sign};
/// # let text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// # let verifier = Verifier::new(Secrets::new([text])?);
/// # let now = UnixSeconds::new(1_760_000_000);
/// let body = br#"{"event":"run.failed","run_id":"run_01","duration_ms":1e3,
///     "error":{"code":"generation_failed","message":"the agent gave up"}}"#;
/// # let signature = sign(&Secret::new(text.as_bytes())?, now, body)?;
/// # let headers = SignedHeaders::from_values(
/// #     Some(signature.signature_value().as_bytes()), Some(signature.timestamp_value().as_bytes()))?;
/// let event = verifier.verify(&headers, body, now)?.event()?;
/// assert_eq!((event.name(), event.run_id(), event.task_id()), ("run.failed", "run_01", None));
/// assert_eq!(event.duration_ms(), Some(1000));
/// assert_eq!(event.error().and_then(|error| error.code).as_deref(), Some("generation_failed"));
/// assert_eq!(event.idempotency_key(Scope::Run).as_str(), "run.failed:run_01");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Event<B> {
    body: B,
    members: alloc::vec::Vec<Member>,
    name: Text,
    run_id: Text,
    task_id: Option<Text>,
}

/// Which event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind<'a> {
    /// `run.completed`: a task ended well.
    RunCompleted,
    /// `run.failed`: a task failed.
    RunFailed,
    /// An event that this version does not know, by its name. Overten adds events freely, so it is no error.
    Other(&'a str),
}

impl EventKind<'_> {
    /// `run_completed`, `run_failed` or `other`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunCompleted => "run_completed",
            Self::RunFailed => "run_failed",
            Self::Other(_) => "other",
        }
    }
}

/// Why a run failed. At least one of the two is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorDetail<'a> {
    /// A word for the reason, such as `generation_failed`.
    pub code: Option<Cow<'a, str>>,
    /// A sentence for a person.
    pub message: Option<Cow<'a, str>>,
}

impl<B: AsRef<[u8]>> Event<B> {
    pub(crate) fn read(body: B) -> Result<Self, PayloadError> {
        Self::take(body).map_err(|(_, error)| error)
    }

    /// Gives the body back where it is no event.
    pub(crate) fn take(body: B) -> Result<Self, (B, PayloadError)> {
        match read(body.as_ref()) {
            Ok((members, name, run_id, task_id)) => Ok(Self {
                members,
                name,
                run_id,
                task_id,
                body,
            }),
            Err(error) => Err((body, error)),
        }
    }

    /// Which event it is, for a `match`.
    pub fn kind(&self) -> EventKind<'_> {
        match self.name() {
            RUN_COMPLETED => EventKind::RunCompleted,
            RUN_FAILED => EventKind::RunFailed,
            other => EventKind::Other(other),
        }
    }

    /// The event's name as sent, such as `run.completed`; never empty.
    pub fn name(&self) -> &str {
        self.name.resolve(self.body())
    }

    /// The run, a durable document; never empty.
    pub fn run_id(&self) -> &str {
        self.run_id.resolve(self.body())
    }

    /// The task, one execution in a run; `Some("")` where it was sent empty, which in task scope keys by the body.
    pub fn task_id(&self) -> Option<&str> {
        self.task_id.as_ref().map(|text| text.resolve(self.body()))
    }

    /// Why the run failed: an object's `code` and `message`, or a text, which is the code of the top-level `message`.
    pub fn error(&self) -> Option<ErrorDetail<'_>> {
        let json = self.member("error")?;
        let (code, message) = if json.starts_with('{') {
            json::texts_of(json, ["code", "message"])
        } else {
            let code = json::text(json)?;
            (Some(code), self.message())
        };
        (code.is_some() || message.is_some()).then_some(ErrorDetail { code, message })
    }

    /// Any top-level member, as the JSON text that was sent: numbers keep every digit.
    ///
    /// ```
    /// # use overten_webhook::{Secret, Secrets, SignedHeaders, UnixSeconds, Verifier, sign};
    /// # let text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    /// # let verifier = Verifier::new(Secrets::new([text])?);
    /// # let now = UnixSeconds::new(1_760_000_000);
    /// let body = br#"{"event":"run.completed","run_id":"run_01","cost":12345678901234567890123}"#;
    /// # let signature = sign(&Secret::new(text.as_bytes())?, now, body)?;
    /// # let headers = SignedHeaders::from_values(
    /// #     Some(signature.signature_value().as_bytes()), Some(signature.timestamp_value().as_bytes()))?;
    /// let event = verifier.verify(&headers, body, now)?.event()?;
    /// assert_eq!(event.member("cost"), Some("12345678901234567890123"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn member(&self, name: &str) -> Option<&str> {
        let body = self.body();
        let mut last_first = self.members.iter().rev();
        let found = last_first.find(|member| member.name.is(body, name))?;
        Some(found.json(body))
    }

    /// Every top-level member in the order sent, as decoded name and JSON text; a name that stands twice comes twice.
    pub fn members(&self) -> impl Iterator<Item = (&str, &str)> {
        let body = self.body();
        let members = self.members.iter();
        members.map(|member| (member.name.resolve(body), member.json(body)))
    }

    /// A field that is a number, its double found by `nearest`: for a host whose own parser spares linking this one.
    #[doc(hidden)]
    pub fn number_by(&self, name: &str, nearest: impl FnOnce(&str) -> f64) -> Option<f64> {
        json::number_by(self.member(name)?, nearest)
    }

    /// The same for one that is a whole number.
    #[doc(hidden)]
    pub fn whole_number_by(&self, name: &str, nearest: impl FnOnce(&str) -> f64) -> Option<u64> {
        whole(self.number_by(name, nearest)?)
    }

    /// The body's bytes as received.
    pub fn body(&self) -> &[u8] {
        self.body.as_ref()
    }

    /// The key under which this event is claimed, the same in every stack.
    ///
    /// In task scope an event without a non-empty `task_id` has the key of its body.
    pub fn idempotency_key(&self, scope: Scope) -> IdempotencyKey {
        match (scope, self.task_id()) {
            (Scope::Run, _) => IdempotencyKey::of_parts(&[self.name(), self.run_id()]),
            (Scope::Task, Some(task_id)) if !task_id.is_empty() => {
                IdempotencyKey::of_parts(&[self.name(), self.run_id(), task_id])
            }
            (Scope::Task, _) => IdempotencyKey::of_body(self.body()),
        }
    }
}

macro_rules! accessors {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        impl<B: AsRef<[u8]>> Event<B> {
            $(accessor! { $name $type $doc })*
        }
    };
}

macro_rules! accessor {
    ($name:ident Text $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&self) -> Option<Cow<'_, str>> {
            self.member(stringify!($name)).and_then(json::text)
        }
    };
    ($name:ident Number $doc:literal) => {
        #[doc = $doc]
        pub fn $name(&self) -> Option<f64> {
            self.member(stringify!($name)).and_then(json::number)
        }
    };
    ($name:ident WholeNumber $doc:literal) => {
        #[doc = $doc]
        ///
        /// From 0 to 2^53 − 1; `84.0` and `1e3` are whole.
        pub fn $name(&self) -> Option<u64> {
            self.member(stringify!($name))
                .and_then(json::number)
                .and_then(whole)
        }
    };
}

crate::optional_fields!(accessors);

impl<B: AsRef<[u8]>> fmt::Debug for Event<B> {
    /// Shows what a log may hold: no summary, message or link.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("name", &self.name())
            .field("run_id", &self.run_id())
            .field("task_id", &self.task_id())
            .finish_non_exhaustive()
    }
}

type Read = (alloc::vec::Vec<Member>, Text, Text, Option<Text>);

fn read(body: &[u8]) -> Result<Read, PayloadError> {
    let (body, members) = json::members(body)?;
    let read = |field| envelope_text(body, &members, field);
    let name = required(read("event")?, "event")?;
    let run_id = required(read("run_id")?, "run_id")?;
    let task_id = read("task_id")?.and_then(Envelope::text);
    Ok((members, name, run_id, task_id))
}

/// A member that an event is known by.
enum Envelope {
    Text(Text),
    OfAnotherType,
}

impl Envelope {
    fn text(self) -> Option<Text> {
        match self {
            Self::Text(text) => Some(text),
            Self::OfAnotherType => None,
        }
    }
}

/// Reads one of the members that must never be ambiguous.
fn envelope_text(
    body: &str,
    members: &[Member],
    field: &'static str,
) -> Result<Option<Envelope>, PayloadError> {
    let mut found = members
        .iter()
        .filter(|member| member.name.is(body.as_bytes(), field));
    let Some(member) = found.next() else {
        return Ok(None);
    };
    if let Some(again) = found.next() {
        return Err(PayloadError::at(
            PayloadFault::RepeatedField,
            field,
            again.json_start(),
        ));
    }
    if !member.json_in(body).starts_with('"') {
        return Ok(Some(Envelope::OfAnotherType));
    }
    let text = member.text_in(body).ok_or(PayloadError::at(
        PayloadFault::LoneSurrogate,
        field,
        member.json_start(),
    ))?;
    Ok(Some(Envelope::Text(text)))
}

fn required(found: Option<Envelope>, field: &'static str) -> Result<Text, PayloadError> {
    let fault = |fault| PayloadError::of(fault, field);
    match found {
        None => Err(fault(PayloadFault::MissingField)),
        Some(Envelope::OfAnotherType) => Err(fault(PayloadFault::NotText)),
        Some(Envelope::Text(text)) if text.is_empty() => Err(fault(PayloadFault::EmptyText)),
        Some(Envelope::Text(text)) => Ok(text),
    }
}

/// The number as an integer, where it is whole and every JSON reader holds it exactly.
fn whole(number: f64) -> Option<u64> {
    if !(0.0..=MAX_SAFE_INTEGER).contains(&number) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range, and a fraction shows in the comparison below"
    )]
    let integer = number as u64;
    #[expect(
        clippy::cast_precision_loss,
        reason = "below 2^53 every integer is a double"
    )]
    let is_whole = integer as f64 == number;
    is_whole.then_some(integer)
}
