//! The form in which captures are kept: one JSON object on one line.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

use super::json::{for_each_item, from_base64, integer, take_body, text_of};
use super::{BodyFile, CaptureError, CaptureFault, Captured, Form, Header, Lack, MOST_HEADERS};
use crate::diagnose::coding;
use crate::json::values_of;
use crate::record::write_escaped;
use crate::time::UnixSeconds;

const FORMAT: &str = "overten-webhook-capture/";
const VERSION: &str = "1";

/// What stands behind the form's name, where this is its name.
pub(super) fn version(format: &str) -> Option<bool> {
    format
        .strip_prefix(FORMAT)
        .map(|version| version == VERSION)
}

/// Reads an object of the form; whether in the version that is known here was looked at before.
pub(super) fn read(json: &str, is_known: bool) -> Result<Captured, CaptureError> {
    if !is_known {
        return Err(CaptureFault::UnknownVersion.into());
    }
    let names = [
        "received_at",
        "method",
        "target",
        "headers",
        "body",
        "body_base64",
        "missing",
        "body_file",
        "body_file_loses_line_ends",
    ];
    let [
        received,
        method,
        target,
        headers,
        body,
        base64,
        missing,
        file,
        loses,
    ] = values_of(json, names)?;
    let mut captured = Captured::empty(Form::Saved);
    captured.received_at = match received {
        Some(json) => Some(UnixSeconds::new(integer(json).ok_or(CaptureFault::Member)?)),
        None => None,
    };
    captured.method = method.map(bytes).transpose()?;
    captured.target = target.map(bytes).transpose()?;
    for_each_item(headers.ok_or(CaptureFault::Member)?, |item| {
        if captured.headers.len() >= MOST_HEADERS {
            return Err(CaptureFault::TooManyHeaders.into());
        }
        captured.headers.push(pair(item)?);
        Ok(())
    })?;
    if !take_body(&mut captured, body, base64)? {
        return Err(CaptureFault::Member.into());
    }
    if let Some(missing) = missing {
        for_each_item(missing, |item| {
            let word = text_of(item)?;
            let lack = Lack::ALL.iter().find(|lack| lack.as_str() == word);
            let lack = *lack.ok_or(CaptureFault::Member)?;
            if !captured.lacks.contains(&lack) {
                captured.lacks.push(lack);
            }
            Ok(())
        })?;
    }
    if let Some(name) = file {
        captured.body_file = Some(BodyFile {
            name: bytes(name)?,
            loses_line_ends: loses == Some("true"),
        });
    }
    Ok(captured)
}

/// A header: an array of its name and its value.
fn pair(json: &str) -> Result<Header, CaptureError> {
    let (mut name, mut value, mut is_more) = (None, None, false);
    for_each_item(json, |item| {
        match (&name, &value) {
            (None, _) => name = Some(bytes(item)?),
            (_, None) => value = Some(bytes(item)?),
            _ => is_more = true,
        }
        Ok(())
    })?;
    match (name, value, is_more) {
        (Some(name), Some(value), false) => Ok((name, value)),
        _ => Err(CaptureFault::Member.into()),
    }
}

/// A text, or bytes that are none.
fn bytes(json: &str) -> Result<Vec<u8>, CaptureError> {
    if json.starts_with('{') {
        let [base64] = values_of(json, ["base64"])?;
        return from_base64(base64.ok_or(CaptureFault::Member)?);
    }
    Ok(text_of(json)?.into_owned().into_bytes())
}

/// Writes what [`read`] reads. Writing to a string fails for nothing.
pub(super) fn write(captured: &Captured) -> String {
    let mut json = String::with_capacity(captured.body.len().saturating_add(1024));
    let _ = write!(json, r#"{{"format":"{FORMAT}{VERSION}""#);
    if let Some(seconds) = captured.received_at {
        let _ = write!(json, r#","received_at":{seconds}"#);
    }
    for (name, value) in [("method", captured.method()), ("target", captured.target())] {
        if let Some(value) = value {
            let _ = write!(json, r#","{name}":"#);
            write_bytes(&mut json, value);
        }
    }
    json.push_str(r#","headers":["#);
    for (number, (name, value)) in captured.headers().enumerate() {
        json.push_str(if number == 0 { "[" } else { ",[" });
        write_bytes(&mut json, name);
        json.push(',');
        write_bytes(&mut json, value);
        json.push(']');
    }
    json.push(']');
    write_body(&mut json, captured.body());
    for (number, lack) in captured.lacks().iter().enumerate() {
        json.push_str(if number == 0 { r#","missing":["# } else { "," });
        let _ = write!(json, r#""{lack}""#);
    }
    if !captured.lacks().is_empty() {
        json.push(']');
    }
    if let Some(file) = &captured.body_file {
        json.push_str(r#","body_file":"#);
        write_bytes(&mut json, &file.name);
        if file.loses_line_ends {
            json.push_str(r#","body_file_loses_line_ends":true"#);
        }
    }
    json.push('}');
    json
}

fn write_body(json: &mut String, body: &[u8]) {
    match core::str::from_utf8(body) {
        Ok(text) => {
            json.push_str(r#","body":"#);
            write_text(json, text);
        }
        Err(_) => {
            json.push_str(r#","body_base64":""#);
            push_base64(json, body);
            json.push('"');
        }
    }
}

fn write_bytes(json: &mut String, bytes: &[u8]) {
    match core::str::from_utf8(bytes) {
        Ok(text) => write_text(json, text),
        Err(_) => {
            json.push_str(r#"{"base64":""#);
            push_base64(json, bytes);
            json.push_str(r#""}"#);
        }
    }
}

fn write_text(json: &mut String, text: &str) {
    json.push('"');
    let _ = write_escaped(json, text);
    json.push('"');
}

fn push_base64(json: &mut String, bytes: &[u8]) {
    // Base64 is ASCII.
    json.push_str(core::str::from_utf8(&coding::to_base64(bytes)).unwrap_or_default());
}
