//! Captures that are JSON objects, one alone or one a line.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{CaptureError, CaptureFault, Captured, Form, Header, Lack, MOST_HEADERS, har, saved};
use crate::diagnose::coding;
use crate::json::{text, values_of};
use crate::json_scanner::{Place, Scanner};
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
        Ok(json) => match known(json)? {
            Some(captured) => Ok(captured),
            None => lines(input),
        },
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
    holds_a_line(rest) || first_object(line).is_some_and(|object| object.len() < input.len())
}

/// The object that the text begins with, whatever stands behind it.
fn first_object(text: &[u8]) -> Option<&str> {
    let json = match core::str::from_utf8(text) {
        Ok(json) => json,
        Err(error) => core::str::from_utf8(text.get(..error.valid_up_to())?).ok()?,
    };
    let mut scanner = Scanner::new(json);
    scanner.object(|_| ()).ok()?;
    json.get(..scanner.at())
}

/// Reads each line that holds captures, and skips all others.
pub(super) fn lines(input: &[u8]) -> Result<Vec<Captured>, CaptureError> {
    let mut all = Vec::new();
    for (number, line) in input.split(|byte| *byte == b'\n').enumerate() {
        let in_line =
            |error: CaptureError| CaptureError::in_line(error.fault(), number.saturating_add(1));
        all.extend(captures_in(line).map_err(in_line)?);
    }
    match all.is_empty() {
        true => Err(CaptureFault::UnknownJson.into()),
        false => Ok(all),
    }
}

/// The captures of a line: the object that it is, or those that begin as captures do, whatever stands around them.
fn captures_in(line: &[u8]) -> Result<Vec<Captured>, CaptureError> {
    let start = line.iter().position(|byte| *byte == b'{');
    let from_brace = start
        .and_then(|start| line.get(start..))
        .unwrap_or_default();
    if let Some(json) = first_object(from_brace)
        && let Some(captured) = known(json)?
        && !holds_a_line(from_brace.get(json.len()..).unwrap_or_default())
    {
        return Ok(captured);
    }
    let mut all = Vec::new();
    let mut rest = line;
    while let Some(start) = next_start(rest) {
        let from_start = rest.get(start..).unwrap_or_default();
        let json = first_object(from_start).ok_or(CaptureFault::NotJson)?;
        all.extend(known(json)?.unwrap_or_default());
        rest = from_start.get(json.len()..).unwrap_or_default();
    }
    Ok(all)
}

/// The captures of an object; `None` where it is of another program.
fn known(json: &str) -> Result<Option<Vec<Captured>>, CaptureError> {
    match object(json) {
        Ok(captured) => Ok(Some(captured)),
        Err(error) if error.fault() == CaptureFault::UnknownJson => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where the next capture of one line begins.
fn next_start(line: &[u8]) -> Option<usize> {
    line.iter().enumerate().position(|(at, byte)| {
        let rest = line.get(at..).unwrap_or_default();
        *byte == b'{' && STARTS.iter().any(|start| rest.starts_with(start))
    })
}

/// Whether a capture of one line begins somewhere in it.
pub(super) fn holds_a_line(line: &[u8]) -> bool {
    next_start(line).is_some()
}

pub(super) fn holds(text: &[u8], part: &[u8]) -> bool {
    coding::find(text, part).is_some()
}

/// Reads an object that is known to be JSON.
fn object(json: &str) -> Result<Vec<Captured>, CaptureError> {
    let names = [
        "format", "raw", "log", "request", "key", "postData", "event", "headers",
    ];
    let [format, raw, log, request, key, post_data, event, headers] = values_of(json, names)?;
    let format = format.and_then(text);
    if let Some(version) = format.and_then(|format| saved::version(&format)) {
        return saved::read(json, version).map(one);
    }
    match (raw, log, request, key, post_data, event) {
        (Some(_), ..) if headers.is_some() => raw_log(json).map(one),
        (_, Some(log), ..) => har::file(log),
        (_, _, Some(_), ..) => har::entry(json).map(one),
        (_, _, _, Some(_), ..) => queue_message(json).map(one),
        (_, _, _, _, Some(_), _) => har::request(json).map(one),
        (_, _, _, _, _, Some(_)) => Err(CaptureFault::BodyAlone.into()),
        _ => Err(CaptureFault::UnknownJson.into()),
    }
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
