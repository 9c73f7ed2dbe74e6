//! Where the members of an event lie in its body: found once, when it is read.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt;

use crate::event::{ErrorDetail, EventKind};
use crate::json::{self, Form, Member, Source, Text};
use crate::payload_error::{PayloadError, PayloadFault};
use crate::scheme::{RUN_COMPLETED, RUN_FAILED};

/// The largest whole number that every JSON reader holds exactly: 2^53 − 1.
const MAX_SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

/// The members of an event, with what it is known by.
#[derive(Clone)]
pub(crate) struct Index {
    members: Vec<Member>,
    /// Of each known name the place, in `members`, of the one that counts.
    known: [Option<usize>; Known::COUNT],
    name: Text,
    run_id: Text,
    task_id: Option<Text>,
}

impl Index {
    pub(crate) fn read(body: &[u8]) -> Result<Self, PayloadError> {
        let (body, members) = json::members(body)?;
        let mut places = [Places::default(); Known::COUNT];
        for (at, member) in members.iter().enumerate() {
            let name = Known::named(member.name.resolve(body));
            if let Some(places) = name.and_then(|name| places.get_mut(name as usize)) {
                places.add(at);
            }
        }
        let read = |name: Known, field| {
            let Places { last, second } = places.get(name as usize).copied().unwrap_or_default();
            let member = |place| members.get(place);
            if let Some(again) = second.and_then(member) {
                let fault = PayloadFault::RepeatedField;
                return Err(PayloadError::at(fault, field, again.json_start()));
            }
            let found = last.and_then(member);
            found.map_or(Ok(None), |found| envelope(body, found, field).map(Some))
        };
        Ok(Self {
            name: required(read(Known::event, "event")?, "event")?,
            run_id: required(read(Known::run_id, "run_id")?, "run_id")?,
            task_id: read(Known::task_id, "task_id")?.and_then(Envelope::text),
            known: places.map(|places| places.last),
            members,
        })
    }

    /// What the body says that it was read from.
    pub(crate) const fn fields<S>(&self, body: S) -> Fields<'_, S> {
        Fields { index: self, body }
    }
}

/// Where the members of one name stand among all.
#[derive(Clone, Copy, Default)]
struct Places {
    last: Option<usize>,
    second: Option<usize>,
}

impl Places {
    fn add(&mut self, at: usize) {
        if self.last.replace(at).is_some() {
            self.second.get_or_insert(at);
        }
    }
}

macro_rules! known {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        /// A name that the core asks for.
        #[expect(non_camel_case_types, reason = "spelt as it is sent")]
        #[derive(Clone, Copy)]
        enum Known {
            event,
            run_id,
            task_id,
            error,
            $($name,)*
        }

        impl Known {
            const COUNT: usize = [Self::event, Self::run_id, Self::task_id, Self::error, $(Self::$name),*].len();

            fn named(name: &str) -> Option<Self> {
                Some(match name {
                    "event" => Self::event,
                    "run_id" => Self::run_id,
                    "task_id" => Self::task_id,
                    "error" => Self::error,
                    $(stringify!($name) => Self::$name,)*
                    _ => return None,
                })
            }
        }
    };
}

crate::optional_fields!(known);

/// What an event says, read where it lies. [`Event`](crate::Event) has the same methods, and says what they give.
///
/// Over bytes each text is checked again to be one when it is asked for; over a `str` none is, which pays for who asks for
/// all of them.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Fields<'a, S> {
    index: &'a Index,
    body: S,
}

impl<S> fmt::Debug for Fields<'_, S> {
    /// Shows nothing of the body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fields").finish_non_exhaustive()
    }
}

#[allow(missing_docs, reason = "as those of `Event`")]
impl<'a, S: Source<'a>> Fields<'a, S> {
    pub fn kind(self) -> EventKind<'a> {
        match self.name() {
            RUN_COMPLETED => EventKind::RunCompleted,
            RUN_FAILED => EventKind::RunFailed,
            other => EventKind::Other(other),
        }
    }

    pub fn name(self) -> &'a str {
        self.index.name.resolve(self.body)
    }

    pub fn run_id(self) -> &'a str {
        self.index.run_id.resolve(self.body)
    }

    pub fn task_id(self) -> Option<&'a str> {
        let task_id = self.index.task_id.as_ref()?;
        Some(task_id.resolve(self.body))
    }

    pub fn error(self) -> Option<ErrorDetail<'a>> {
        let error = self.known(Known::error)?;
        let (code, message) = match error.form {
            Form::Other => json::texts_of(error.json(self.body), ["code", "message"]),
            Form::PlainText | Form::EscapedText => (Some(error.text(self.body)?), self.message()),
        };
        (code.is_some() || message.is_some()).then_some(ErrorDetail { code, message })
    }

    pub fn member(self, name: &str) -> Option<&'a str> {
        let found = match Known::named(name) {
            Some(known) => self.known(known),
            None => {
                let mut last_first = self.index.members.iter().rev();
                last_first.find(|member| member.name.is(self.body, name))
            }
        };
        Some(found?.json(self.body))
    }

    pub fn members(self) -> impl ExactSizeIterator<Item = (&'a str, &'a str)> {
        let members = self.index.members.iter();
        members.map(move |member| (member.name.resolve(self.body), member.json(self.body)))
    }

    pub fn number_by(self, name: &str, nearest: impl FnOnce(&str) -> f64) -> Option<f64> {
        json::number_by(self.member(name)?, nearest)
    }

    pub fn whole_number_by(self, name: &str, nearest: impl FnOnce(&str) -> f64) -> Option<u64> {
        whole(self.number_by(name, nearest)?)
    }

    fn known(self, name: Known) -> Option<&'a Member> {
        let place = self.index.known.get(name as usize).copied().flatten()?;
        self.index.members.get(place)
    }
}

macro_rules! accessors {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        #[allow(missing_docs, reason = "as those of `Event`")]
        impl<'a, S: Source<'a>> Fields<'a, S> {
            $(accessor! { $name $type })*
        }
    };
}

macro_rules! accessor {
    ($name:ident Text) => {
        pub fn $name(self) -> Option<Cow<'a, str>> {
            self.known(Known::$name)?.text(self.body)
        }
    };
    ($name:ident Number) => {
        pub fn $name(self) -> Option<f64> {
            json::number(self.known(Known::$name)?.json(self.body))
        }
    };
    ($name:ident WholeNumber) => {
        pub fn $name(self) -> Option<u64> {
            whole(json::number(self.known(Known::$name)?.json(self.body))?)
        }
    };
}

crate::optional_fields!(accessors);

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

fn envelope(body: &str, member: &Member, field: &'static str) -> Result<Envelope, PayloadError> {
    if member.form == Form::Other {
        return Ok(Envelope::OfAnotherType);
    }
    let lone = PayloadError::at(PayloadFault::LoneSurrogate, field, member.json_start());
    member.kept_text(body).map(Envelope::Text).ok_or(lone)
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
