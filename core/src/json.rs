//! The top level of a JSON object as places in the received bytes, and values read from their JSON text.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::Deserializer;
use serde_json::value::RawValue;

use crate::payload_error::{PayloadError, PayloadFault};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How deep a body may nest; the object itself is level 1.
const MAX_DEPTH: usize = 128;

/// More members than any known event has, so that reading one allocates once.
const USUAL_MEMBERS: usize = 16;

/// One member of the object: its decoded name, and where its JSON text lies.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: Text,
    json: Range<usize>,
}

impl Member {
    /// The value as it was sent.
    pub(crate) fn json<'a>(&self, body: &'a [u8]) -> &'a str {
        slice(body, &self.json)
    }

    pub(crate) const fn json_start(&self) -> usize {
        self.json.start
    }

    /// The value decoded, where it is a text without a lone surrogate.
    pub(crate) fn text(&self, body: &[u8]) -> Option<Text> {
        decoded(self.json(body), &self.json)
    }
}

/// A decoded text, by its place in the body where no escape forced a copy.
#[derive(Debug, Clone)]
pub(crate) enum Text {
    AsSent(Range<usize>),
    Decoded(Box<str>),
}

impl Text {
    pub(crate) fn resolve<'a>(&'a self, body: &'a [u8]) -> &'a str {
        match self {
            Self::AsSent(range) => slice(body, range),
            Self::Decoded(text) => text,
        }
    }

    /// Whether this is `other`, which is cheaper to tell than to resolve.
    pub(crate) fn is(&self, body: &[u8], other: &str) -> bool {
        match self {
            Self::AsSent(range) => body.get(range.clone()) == Some(other.as_bytes()),
            Self::Decoded(text) => **text == *other,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::AsSent(range) => range.is_empty(),
            Self::Decoded(text) => text.is_empty(),
        }
    }
}

/// Reads the members of the body, less one leading byte order mark. All of the body is checked, none of it decoded.
pub(crate) fn members(body: &[u8]) -> Result<Vec<Member>, PayloadError> {
    let json = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let skipped = body.len().saturating_sub(json.len());
    let at = |fault, offset: usize| PayloadError::in_body(fault, offset.saturating_add(skipped));

    let text = core::str::from_utf8(json)
        .map_err(|error| at(PayloadFault::NotUtf8, error.valid_up_to()))?;
    let start = text.find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'));
    let start = start.unwrap_or(text.len());
    if !json.get(start..).is_some_and(|rest| rest.starts_with(b"{")) {
        return Err(at(PayloadFault::NotAnObject, start));
    }
    let place = Place { text, skipped };
    let mut reader = Deserializer::from_str(text);
    let members = reader
        .deserialize_map(TopLevel { place })
        .and_then(|members| reader.end().map(|()| members))
        .map_err(|error| at(PayloadFault::NotJson, offset_of(&error, json)))?;
    let members =
        members.map_err(|offset| PayloadError::in_body(PayloadFault::LoneSurrogate, offset))?;
    match members
        .iter()
        .find_map(|member| too_deep(body, &member.json))
    {
        Some(offset) => Err(PayloadError::in_body(PayloadFault::TooDeep, offset)),
        None => Ok(members),
    }
}

/// The text that a JSON value is, decoded; `None` for another type, or where it holds a lone surrogate.
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str::<String>(json).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// The same, by its place where nothing was escaped: the text is then what stands between the quotes.
fn decoded(json: &str, place: &Range<usize>) -> Option<Text> {
    Some(match text(json)? {
        Cow::Borrowed(_) => {
            Text::AsSent(place.start.saturating_add(1)..place.end.saturating_sub(1))
        }
        Cow::Owned(decoded) => Text::Decoded(decoded.into()),
    })
}

/// The number that a JSON value is, as the nearest double; `None` for another type, or beyond a double's range.
pub(crate) fn number(json: &str) -> Option<f64> {
    // JSON's numbers are among the texts that Rust reads; its other ones (`inf`, `nan`) begin with a letter.
    let is_number = json.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let number: f64 = json.parse().ok().filter(|_| is_number)?;
    number.is_finite().then_some(number)
}

/// The values of two names in a JSON object, where they are texts; of a name that stands twice the last counts.
pub(crate) fn texts_of<'a>(
    json: &'a str,
    names: [&str; 2],
) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
    let mut reader = Deserializer::from_str(json);
    let found = reader.deserialize_map(Pick { names });
    let [first, second] = found.unwrap_or_default();
    (first.and_then(text), second.and_then(text))
}

/// Turns what borrows from the text into places in the received bytes.
#[derive(Clone, Copy)]
struct Place<'a> {
    text: &'a str,
    skipped: usize,
}

impl Place<'_> {
    fn of(self, part: &str) -> Range<usize> {
        let start = part
            .as_ptr()
            .addr()
            .saturating_sub(self.text.as_ptr().addr());
        let start = start.saturating_add(self.skipped);
        start..start.saturating_add(part.len())
    }
}

/// Takes the object's members; on a name with a lone surrogate, gives its place instead.
struct TopLevel<'a> {
    place: Place<'a>,
}

impl<'de> Visitor<'de> for TopLevel<'de> {
    type Value = Result<Vec<Member>, usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(USUAL_MEMBERS);
        let mut lone_surrogate = None;
        // Names are taken as sent too: decoded at once, a lone surrogate would look like a syntax error.
        while let Some((name, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            let place = self.place.of(name.get());
            match decoded(name.get(), &place) {
                Some(name) => members.push(Member {
                    name,
                    json: self.place.of(value.get()),
                }),
                None => lone_surrogate = lone_surrogate.or(Some(place.start)),
            }
        }
        Ok(lone_surrogate.map_or(Ok(members), Err))
    }
}

/// Takes the values of two names.
struct Pick<'n> {
    names: [&'n str; 2],
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = [Option<&'de str>; 2];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; 2];
        while let Some((name, value)) = map.next_entry::<&'de RawValue, &'de RawValue>()? {
            let name = text(name.get());
            let mut slots = self.names.iter().zip(&mut found);
            if let Some((_, slot)) = slots.find(|(wanted, _)| name.as_deref() == Some(**wanted)) {
                *slot = Some(value.get());
            }
        }
        Ok(found)
    }
}

fn slice<'a>(body: &'a [u8], range: &Range<usize>) -> &'a str {
    let bytes = body.get(range.clone()).unwrap_or_default();
    core::str::from_utf8(bytes).unwrap_or_default()
}

/// Where `serde_json` noticed the error, which it tells as line and column, both from 1 and counted in bytes.
fn offset_of(error: &serde_json::Error, json: &[u8]) -> usize {
    if error.is_eof() {
        return json.len();
    }
    let lines_before = error.line().saturating_sub(1);
    let mut line_starts = json.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let line_start = match lines_before.checked_sub(1) {
        Some(newline) => line_starts
            .nth(newline)
            .map_or(0, |(at, _)| at.saturating_add(1)),
        None => 0,
    };
    let column = error.column().saturating_sub(1);
    line_start.saturating_add(column).min(json.len())
}

/// Where a member's value, valid JSON, first nests deeper than [`MAX_DEPTH`] counted from the object that it is in.
fn too_deep(body: &[u8], json: &Range<usize>) -> Option<usize> {
    let value = body.get(json.clone()).unwrap_or_default();
    if !matches!(value, [b'{' | b'[', ..]) {
        return None;
    }
    // Counting all of them, in texts or not, takes several bytes at a time; following them takes one.
    let openings = value.iter().filter(|byte| matches!(byte, b'{' | b'['));
    if openings.count() < MAX_DEPTH {
        return None;
    }
    let mut depth: usize = 1;
    let mut in_text = false;
    let mut bytes = value.iter().enumerate();
    while let Some((offset, byte)) = bytes.next() {
        match byte {
            b'"' => in_text = !in_text,
            b'\\' => {
                bytes.next();
            }
            b'{' | b'[' if !in_text => depth = depth.saturating_add(1),
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(offset.saturating_add(json.start));
        }
    }
    None
}
