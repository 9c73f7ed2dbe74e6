//! Captures that are JSON objects, one alone or one a line.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{
    CaptureError, CaptureFault, Captured, Form, Header, Lack, MOST_HEADERS, har, saved, shortened,
};
use crate::diagnose::coding;
use crate::json::{text, values_of};
use crate::json_scanner::Scanner;
use crate::scheme::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::time::UnixSeconds;

/// How a line begins that holds a capture, whatever stands before it in a log.
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
                .object(|_, _| ())
                .and_then(|()| scanner.end())
                .map(|()| json)
                .map_err(CaptureError::from)
        });
    match whole {
        Ok(json) => object(json),
        Err(_) if begins_with_an_object_line(input) => lines(input),
        Err(error) => Err(error),
    }
}

fn begins_with_an_object_line(input: &[u8]) -> bool {
    let line = input.split(|byte| *byte == b'\n').next();
    line.filter(|line| line.len() < input.len())
        .and_then(|line| core::str::from_utf8(line).ok())
        .is_some_and(is_object)
}

fn is_object(json: &str) -> bool {
    let mut scanner = Scanner::new(json);
    let read = scanner.object(|_, _| ()).and_then(|()| scanner.end());
    read.is_ok()
}

/// Reads each line that holds a capture, and skips all others.
pub(super) fn lines(input: &[u8]) -> Result<Vec<Captured>, CaptureError> {
    let mut all = Vec::new();
    for (number, line) in input.split(|byte| *byte == b'\n').enumerate() {
        let Some(start) = line.iter().position(|byte| *byte == b'{') else {
            continue;
        };
        let line = line.get(start..).unwrap_or_default();
        let number = number.saturating_add(1);
        let json = core::str::from_utf8(line)
            .ok()
            .filter(|json| is_object(json));
        match json.map(object) {
            Some(Ok(captured)) => all.extend(captured),
            Some(Err(error)) if error.fault() == CaptureFault::UnknownJson => {}
            Some(Err(error)) => return Err(CaptureError::in_line(error.fault(), number)),
            None if holds_a_line(line) => {
                return Err(CaptureError::in_line(CaptureFault::NotJson, number));
            }
            None => {}
        }
    }
    match all.is_empty() {
        true => Err(CaptureFault::UnknownJson.into()),
        false => Ok(all),
    }
}

/// Whether a capture of one line begins somewhere in it.
pub(super) fn holds_a_line(line: &[u8]) -> bool {
    STARTS.iter().any(|start| holds(line, start))
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
    let is_shortened = captured.headers().any(|(name, value)| {
        name.eq_ignore_ascii_case(SIGNATURE_HEADER.as_bytes())
            && value.ends_with(shortened::MARK.as_bytes())
    });
    if is_shortened {
        captured.lacks.push(Lack::SignatureShortened);
    }
    let lack = match take_body(&mut captured, body, base64)? {
        false => Some(Lack::BodyAbsent),
        true => cut_at.map(|_| Lack::BodyCut),
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
    Scanner::new(json).object(|name, value| {
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
