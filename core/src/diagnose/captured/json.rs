//! Captures that are JSON objects, one alone or one a line.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{
    CaptureError, CaptureFault, Captured, Form, Header, Lack, MOST_HEADERS, har, record, saved,
};
use crate::diagnose::coding;
use crate::diagnose::json::Node;
use crate::json::{text, values_of};
use crate::json_scanner::{Fault, Place, Scanner};
use crate::scheme::TIMESTAMP_HEADER;
use crate::time::UnixSeconds;

/// How a capture of one line begins, whatever stands before it in a log.
const STARTS: [&[u8]; 3] = [
    br#"{"raw":"#,
    br#"{"format":"overten-webhook-capture/"#,
    br#"{"version":1,"key":"#,
];

/// Reads a text that begins with `{`.
pub(super) fn read(input: &[u8]) -> Result<Vec<Captured>, CaptureError> {
    let whole = core::str::from_utf8(input)
        .map_err(|error| CaptureError::at_byte(CaptureFault::NotUtf8, error.valid_up_to()))
        .and_then(|json| {
            let mut scanner = Scanner::new(json);
            scanner
                .object(|_| ())
                .and_then(|()| scanner.end())
                .map(|()| json)
                .map_err(CaptureError::from)
        });
    match whole {
        Ok(json) => captures_of(json)?.captures(),
        Err(_) if is_a_stream(input) => anywhere(input),
        Err(_) if is_a_log(input) => lines(input),
        Err(error) => Err(error),
    }
}

/// Whether the first line is more than an object, perhaps with text behind it, or a capture begins in a later one.
fn is_a_log(input: &[u8]) -> bool {
    let end = input.iter().position(|byte| *byte == b'\n');
    let (line, rest) = input
        .split_at_checked(end.unwrap_or(input.len()))
        .unwrap_or_default();
    let has_more = |line| Some(first_object(line).ok()?.len() < input.len());
    holds_a_line(rest) || core::str::from_utf8(line).ok().and_then(has_more) == Some(true)
}

/// Whether it begins with an object over several lines, as `wrangler tail` prints one after the other.
fn is_a_stream(input: &[u8]) -> bool {
    core::str::from_utf8(input)
        .is_ok_and(|text| first_object(text).is_ok_and(|object| object.contains('\n')))
}

/// Whether it is an array.
pub(super) fn is_a_list(input: &[u8]) -> bool {
    core::str::from_utf8(input).is_ok_and(|json| {
        let mut scanner = Scanner::new(json);
        scanner.array(|_| ()).and_then(|()| scanner.end()).is_ok()
    })
}

/// The object that the text begins with, whatever stands behind it; else how many bytes show that it is none.
fn first_object(text: &str) -> Result<&str, usize> {
    let mut scanner = Scanner::new(text);
    match scanner.object(|_| ()) {
        Ok(()) => Ok(text.get(..scanner.at()).unwrap_or_default()),
        Err(Fault::Syntax(at) | Fault::Depth(at)) => Err(at),
    }
}

/// The objects in a text, whatever stands around them. What begins as a capture and is no object is a fault.
struct Objects<'a> {
    rest: &'a str,
    /// How many bytes were gone over in vain.
    in_vain: usize,
    most_in_vain: usize,
}

impl<'a> Objects<'a> {
    /// From each brace of a text that is no JSON it may be read anew, 128 levels deep: what a stranger wrote must not take so
    /// much longer. Beyond this many times the text only captures are looked for.
    const MOST_TIMES_IN_VAIN: usize = 4;

    const fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            in_vain: 0,
            most_in_vain: text.len().saturating_mul(Self::MOST_TIMES_IN_VAIN),
        }
    }
}

impl<'a> Iterator for Objects<'a> {
    type Item = Result<&'a str, CaptureFault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let from_brace = self.rest.get(self.rest.find('{')?..)?;
            self.rest = from_brace.get(1..)?;
            let is_start = is_start(from_brace.as_bytes());
            if !is_start && self.in_vain > self.most_in_vain {
                continue;
            }
            match first_object(from_brace) {
                Ok(json) => {
                    self.rest = from_brace.get(json.len()..)?;
                    return Some(Ok(json));
                }
                Err(_) if is_start => return Some(Err(CaptureFault::NotJson)),
                Err(at) => self.in_vain = self.in_vain.saturating_add(at),
            }
        }
    }
}

/// Reads each line that holds captures, and skips all others.
pub(super) fn lines(input: &[u8]) -> Result<Vec<Captured>, CaptureError> {
    let mut found = Found::default();
    for (number, line) in input.split(|byte| *byte == b'\n').enumerate() {
        let in_line =
            |error: CaptureError| CaptureError::in_line(error.fault(), number.saturating_add(1));
        let Found { all, foreign } = captures_in(line).map_err(in_line)?;
        found.add(Found {
            all,
            foreign: foreign.map(in_line),
        });
    }
    found.captures()
}

/// Captures, and what is wrong with an object of another program: that matters only where there are none.
#[derive(Default)]
struct Found {
    all: Vec<Captured>,
    foreign: Option<CaptureError>,
}

impl Found {
    fn add(&mut self, more: Self) {
        self.all.extend(more.all);
        self.foreign = self.foreign.or(more.foreign);
    }

    fn captures(self) -> Result<Vec<Captured>, CaptureError> {
        match self.all.is_empty() {
            true => Err(self.foreign.unwrap_or(CaptureFault::UnknownJson.into())),
            false => Ok(self.all),
        }
    }
}

/// Reads what captures stand in a text, in whichever lines.
pub(super) fn anywhere(input: &[u8]) -> Result<Vec<Captured>, CaptureError> {
    captures_in(input)?.captures()
}

/// The captures that a text holds, whatever stands around them.
fn captures_in(text: &[u8]) -> Result<Found, CaptureError> {
    let mut found = Found::default();
    for chunk in text.utf8_chunks() {
        for json in Objects::new(chunk.valid()) {
            found.add(captures_of(json?)?);
        }
    }
    Ok(found)
}

/// The captures of an object: what it is itself, or where it is of another program those that it holds.
fn captures_of(json: &str) -> Result<Found, CaptureError> {
    let error = match object(json) {
        Ok(all) => return Ok(Found { all, foreign: None }),
        Err(error) => error,
    };
    // Of what begins as a capture does, nothing is passed over.
    if is_start(json.as_bytes()) || !error.fault().may_be_of_others() {
        return Err(error);
    }
    let mut found = Found::default();
    if holds_a_line(json.as_bytes())
        && let Some(node) = Node::read(json.as_bytes())
    {
        within(&node, &mut found)?;
    }
    found.foreign = Some(error).filter(|error| error.fault() != CaptureFault::UnknownJson);
    Ok(found)
}

/// The captures that a value holds, also those that stand in a text: a log of objects has each line as one. What a sender
/// wrote is no log: a request's headers and body, and an event.
fn within(node: &Node<'_>, found: &mut Found) -> Result<(), CaptureError> {
    match node {
        Node::Object(json, _) if is_start(json.as_bytes()) => found.add(captures_of(json)?),
        Node::Object(_, members) if record::is_of_a_sender(members) => {}
        Node::Object(_, members) => {
            for (_, value) in members {
                within(value, found)?;
            }
        }
        Node::Array(items) => {
            for item in items {
                within(item, found)?;
            }
        }
        Node::Leaf(leaf) if holds_a_line(leaf.as_bytes()) => {
            let line = text(leaf).unwrap_or_default();
            found.add(captures_in(line.as_bytes())?);
        }
        Node::Leaf(_) => {}
    }
    Ok(())
}

fn is_start(text: &[u8]) -> bool {
    STARTS.iter().any(|start| text.starts_with(start))
}

/// Whether a capture of one line begins somewhere in it, perhaps escaped in a JSON text.
pub(super) fn holds_a_line(line: &[u8]) -> bool {
    line.iter().enumerate().any(|(at, byte)| {
        let rest = line.get(at..).unwrap_or_default();
        let shown = || rest.iter().filter(|byte| **byte != b'\\');
        *byte == b'{'
            && STARTS
                .iter()
                .any(|start| shown().take(start.len()).eq(*start))
    })
}

pub(super) fn holds(text: &[u8], part: &[u8]) -> bool {
    coding::find(text, part).is_some()
}

/// Reads an object that is known to be JSON, by the members that it has.
fn object(json: &str) -> Result<Vec<Captured>, CaptureError> {
    let names = [
        "format", "raw", "headers", "log", "request", "version", "key", "postData", "event",
        "code", "level",
    ];
    let [
        format,
        raw,
        headers,
        log,
        request,
        version,
        key,
        post_data,
        event,
        code,
        level,
    ] = values_of(json, names)?;
    let format = format.and_then(text);
    if let Some(version) = format.and_then(|format| saved::version(&format)) {
        return saved::read(json, version).map(one);
    }
    if raw.is_some() && headers.is_some() {
        return raw_log(json).map(one);
    }
    if let Some(log) = log.filter(|log| log.starts_with('{')) {
        return har::file(log);
    }
    if request.is_some_and(har::is_request) {
        return har::entry(json).map(one);
    }
    if version == Some("1") && key.is_some() {
        return queue_message(json).map(one);
    }
    if post_data.is_some() {
        return har::request(json).map(one);
    }
    let is_text = |member: Option<&str>| member.is_some_and(|json| json.starts_with('"'));
    if is_text(code) && is_text(level) {
        return Err(CaptureFault::LogLine.into());
    }
    if is_text(event) && headers.is_none() {
        return Err(CaptureFault::BodyAlone.into());
    }
    record::read(json)
}

fn one(captured: Captured) -> Vec<Captured> {
    Vec::from([captured])
}

fn raw_log(json: &str) -> Result<Captured, CaptureError> {
    let names = ["headers", "body", "body_base64", "cut_at"];
    let [headers, body, base64, cut_at] = values_of(json, names)?;
    let mut captured = Captured::empty(Form::RawLog);
    captured.headers = pairs(headers.unwrap_or_default())?;
    let lack = match take_body(&mut captured, body, base64)? {
        false => Some(Lack::BodyAbsent),
        true => cut_at
            .filter(|cut_at| *cut_at != "null")
            .map(|_| Lack::BodyCut),
    };
    captured.lacks.extend(lack);
    Ok(captured)
}

fn queue_message(json: &str) -> Result<Captured, CaptureError> {
    let [body, timestamp, received] = values_of(json, ["body", "timestamp", "received_at_ms"])?;
    let [text, base64, stored] = values_of(
        body.filter(|body| body.starts_with('{'))
            .ok_or(CaptureFault::Member)?,
        ["text", "base64", "stored"],
    )?;
    let mut captured = Captured::empty(Form::QueueMessage);
    let timestamp = timestamp.and_then(integer).ok_or(CaptureFault::Member)?;
    let value = alloc::format!("{timestamp}").into_bytes();
    captured.headers = Vec::from([(TIMESTAMP_HEADER.as_bytes().to_vec(), value)]);
    let received = received.and_then(integer).ok_or(CaptureFault::Member)?;
    captured.received_at = Some(UnixSeconds::from_milliseconds(received));
    captured.lacks.push(Lack::Signature);
    match (take_body(&mut captured, text, base64)?, stored) {
        (true, _) => {}
        (false, Some(_)) => captured.lacks.push(Lack::BodyStored),
        (false, None) => return Err(CaptureFault::Member.into()),
    }
    Ok(captured)
}

/// Takes the body from whichever of its two forms is there; `false` where none is.
pub(super) fn take_body(
    captured: &mut Captured,
    plain: Option<&str>,
    base64: Option<&str>,
) -> Result<bool, CaptureError> {
    captured.body = match (plain, base64) {
        (Some(json), None) => text_of(json)?.into_owned().into_bytes(),
        (None, Some(json)) => from_base64(json)?,
        (None, None) => return Ok(false),
        (Some(_), Some(_)) => return Err(CaptureFault::Member.into()),
    };
    Ok(true)
}

/// The names and values of an object of texts.
fn pairs(json: &str) -> Result<Vec<Header>, CaptureError> {
    let mut pairs = Vec::new();
    let mut wrong = None;
    if !json.starts_with('{') {
        return Err(CaptureFault::Member.into());
    }
    Scanner::new(json).object(|Place { name, value, .. }| {
        let part = |range| json.get(range).and_then(text);
        match (part(name), part(value)) {
            _ if pairs.len() >= MOST_HEADERS => wrong = Some(CaptureFault::TooManyHeaders),
            (Some(name), Some(value)) => pairs.push((
                name.into_owned().into_bytes(),
                value.into_owned().into_bytes(),
            )),
            _ => wrong = Some(CaptureFault::Member),
        }
    })?;
    wrong.map_or(Ok(pairs), |fault| Err(fault.into()))
}

/// The items of an array, each as its JSON text.
pub(super) fn for_each_item<'a>(
    json: &'a str,
    mut item: impl FnMut(&'a str) -> Result<(), CaptureError>,
) -> Result<(), CaptureError> {
    if !json.starts_with('[') {
        return Err(CaptureFault::Member.into());
    }
    let mut taken = Ok(());
    Scanner::new(json).array(|range| {
        if taken.is_ok() {
            taken = json.get(range).map_or(Ok(()), &mut item);
        }
    })?;
    taken
}

pub(super) fn text_of(json: &str) -> Result<Cow<'_, str>, CaptureError> {
    text(json).ok_or(CaptureFault::Member.into())
}

pub(super) fn from_base64(json: &str) -> Result<Vec<u8>, CaptureError> {
    let digits = text_of(json)?;
    match digits.is_empty() {
        true => Ok(Vec::new()),
        false => coding::base64(digits.as_bytes())
            .map(|mut decoded| core::mem::take(&mut *decoded))
            .ok_or(CaptureFault::Member.into()),
    }
}

pub(super) fn integer(json: &str) -> Option<i64> {
    json.parse().ok()
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned as _;
    use alloc::format;

    use super::Objects;

    #[test]
    fn a_text_is_gone_over_in_vain_a_few_times_and_captures_are_found_behind_it() {
        let nested = r#"{"a":"#;
        for (text, found) in [
            (nested.repeat(5000), 0),
            (format!("{}[{}", nested.repeat(126), "0,".repeat(5000)), 0),
            (format!(r#"{} {{"raw":1}} {{}}"#, nested.repeat(5000)), 1),
            (r#"{x {"raw":1} {}"#.to_owned(), 2),
        ] {
            let mut objects = Objects::new(&text);
            assert_eq!(objects.by_ref().filter(Result::is_ok).count(), found);
            // The time that goes beyond what is allowed is the last one.
            let times = Objects::MOST_TIMES_IN_VAIN + 1;
            assert!(objects.in_vain <= times * text.len(), "{}", objects.in_vain);
        }
    }
}
