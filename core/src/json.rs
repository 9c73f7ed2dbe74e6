//! The top level of a JSON object as places in the received bytes, and values read from their JSON text.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ops::Range;

pub(crate) use crate::json_scanner::Form;
use crate::json_scanner::{Fault, Place, Scanner};
use crate::json_text;
use crate::payload_error::{PayloadError, PayloadFault};

const BYTE_ORDER_MARK: char = '\u{feff}';

/// More members than any known event has, so that reading one allocates once.
const USUAL_MEMBERS: usize = 16;

/// The body that texts are taken from by their places.
pub trait Source<'a>: Copy {
    /// All of its bytes.
    fn bytes(self) -> &'a [u8];

    /// The text at this place; an empty one where there is none.
    fn text(self, place: Range<usize>) -> &'a str;
}

impl<'a> Source<'a> for &'a [u8] {
    fn bytes(self) -> &'a [u8] {
        self
    }

    fn text(self, place: Range<usize>) -> &'a str {
        let bytes = self.get(place).unwrap_or_default();
        core::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl<'a> Source<'a> for &'a str {
    fn bytes(self) -> &'a [u8] {
        self.as_bytes()
    }

    fn text(self, place: Range<usize>) -> &'a str {
        self.get(place).unwrap_or_default()
    }
}

/// One member of the object: its decoded name, and where its JSON text lies.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: Text,
    pub(crate) form: Form,
    json: Range<usize>,
}

impl Member {
    /// The value as it was sent.
    pub(crate) fn json<'a>(&self, body: impl Source<'a>) -> &'a str {
        body.text(self.json.clone())
    }

    pub(crate) const fn json_start(&self) -> usize {
        self.json.start
    }

    /// The value decoded, where it is a text without a lone surrogate.
    pub(crate) fn text<'a>(&self, body: impl Source<'a>) -> Option<Cow<'a, str>> {
        match self.form {
            Form::PlainText => Some(Cow::Borrowed(body.text(between_quotes(&self.json)))),
            Form::EscapedText => text(self.json(body)),
            Form::Other => None,
        }
    }

    /// The same, to be kept.
    pub(crate) fn kept_text(&self, body: &str) -> Option<Text> {
        match self.form {
            Form::PlainText => Some(Text::AsSent(between_quotes(&self.json))),
            Form::EscapedText => Text::decoded(self.json(body)),
            Form::Other => None,
        }
    }
}

/// A decoded text, by its place in the body where no escape forced a copy.
#[derive(Debug, Clone)]
pub(crate) enum Text {
    AsSent(Range<usize>),
    Decoded(Box<str>),
}

impl Text {
    /// The text that the JSON is, which has escapes; `None` where it holds a lone surrogate.
    fn decoded(json: &str) -> Option<Self> {
        Some(Self::Decoded(text(json)?.into()))
    }

    pub(crate) fn resolve<'a>(&'a self, body: impl Source<'a>) -> &'a str {
        match self {
            Self::AsSent(place) => body.text(place.clone()),
            Self::Decoded(text) => text,
        }
    }

    /// Whether this is `other`, which is cheaper to tell than to resolve.
    pub(crate) fn is<'a>(&self, body: impl Source<'a>, other: &str) -> bool {
        match self {
            Self::AsSent(place) => body.bytes().get(place.clone()) == Some(other.as_bytes()),
            Self::Decoded(text) => **text == *other,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::AsSent(place) => place.is_empty(),
            Self::Decoded(text) => text.is_empty(),
        }
    }
}

const fn between_quotes(json: &Range<usize>) -> Range<usize> {
    json.start.saturating_add(1)..json.end.saturating_sub(1)
}

/// Reads the members of the body, less one leading byte order mark, in one pass that checks all of it. Gives them with the
/// body as the text that it is.
///
/// What is wrong with a body that is wrong in several ways is what comes first in it.
pub(crate) fn members(body: &[u8]) -> Result<(&str, Vec<Member>), PayloadError> {
    let body = core::str::from_utf8(body)
        .map_err(|error| PayloadError::in_body(PayloadFault::NotUtf8, error.valid_up_to()))?;
    let json = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let skipped = body.len().saturating_sub(json.len());
    let at = |fault, offset: usize| PayloadError::in_body(fault, offset.saturating_add(skipped));

    let mut scanner = Scanner::new(json);
    if !scanner.is_object() {
        return Err(at(PayloadFault::NotAnObject, scanner.at()));
    }
    let mut members = Vec::with_capacity(USUAL_MEMBERS);
    let place = |range: Range<usize>| {
        range.start.saturating_add(skipped)..range.end.saturating_add(skipped)
    };
    let mut lone_surrogate = None;
    let read = scanner.object(|member| {
        let start = member.name.start;
        let name = if member.name_is_plain {
            Some(Text::AsSent(between_quotes(&place(member.name))))
        } else {
            Text::decoded(json.get(member.name).unwrap_or_default())
        };
        match name {
            Some(name) => members.push(Member {
                name,
                form: member.form,
                json: place(member.value),
            }),
            None => lone_surrogate = lone_surrogate.or(Some(start)),
        }
    });
    match (read.and_then(|()| scanner.end()), lone_surrogate) {
        (Err(Fault::Syntax(offset)), _) => Err(at(PayloadFault::NotJson, offset)),
        (Err(Fault::Depth(offset)), _) => Err(at(PayloadFault::TooDeep, offset)),
        (Ok(()), Some(offset)) => Err(at(PayloadFault::LoneSurrogate, offset)),
        (Ok(()), None) => Ok((body, members)),
    }
}

/// The text that a JSON value is, decoded; `None` for another type, or where it holds a lone surrogate.
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.as_bytes().contains(&b'\\') {
        json_text::unescaped(inner).map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// The number that a JSON value is, as the nearest double; `None` for another type, or beyond a double's range.
pub(crate) fn number(json: &str) -> Option<f64> {
    // JSON's numbers are among the texts that Rust reads.
    number_by(json, |json| json.parse().unwrap_or(f64::NAN))
}

/// The same; `nearest` gives a JSON number's double, infinite where there is none so great.
pub(crate) fn number_by(json: &str, nearest: impl FnOnce(&str) -> f64) -> Option<f64> {
    // A parser's other numbers (`inf`, `nan`) begin with a letter.
    let is_number = json.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let number = is_number.then(|| nearest(json))?;
    number.is_finite().then_some(number)
}

/// The values of two names in a JSON object, where they are texts.
pub(crate) fn texts_of<'a>(
    json: &'a str,
    names: [&str; 2],
) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
    let [first, second] = values_of(json, names).unwrap_or_default();
    (first.and_then(text), second.and_then(text))
}

/// The values of these names in the JSON object that the text begins with, each as its JSON text; of a name that stands
/// twice the last counts.
pub(crate) fn values_of<'a, const N: usize>(
    json: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a str>; N], Fault> {
    let mut found = [None; N];
    Scanner::new(json).object(|Place { name, value, .. }| {
        let name = json.get(name).and_then(text);
        let mut slots = names.iter().zip(&mut found);
        if let Some((_, slot)) = slots.find(|(wanted, _)| name.as_deref() == Some(**wanted)) {
            *slot = json.get(value);
        }
    })?;
    Ok(found)
}
