//! What a receiver answers to a delivery: that it verifies is not all that it asks.

use alloc::string::{String, ToString};

use super::Capture;
use crate::code::Code;
use crate::event::Event;
use crate::rejection::LengthDifference;

/// The code that a receiver answers, and why: in the order in which it looks. `code` is what verifying came to.
pub(super) fn answer(capture: &Capture<'_>, code: Code, detail: &str) -> (Code, String) {
    let is_post = capture.method.is_none_or(|method| method == b"POST");
    let length = LengthDifference::between(capture.body.len(), capture.content_length());
    match (code, length) {
        _ if !is_post => (
            Code::MethodNotAllowed,
            "a receiver takes POST, and no other method".into(),
        ),
        (code, _) if code.says_unchecked() => (Code::Misconfigured, detail.into()),
        (
            Code::Ok | Code::SignatureMismatch | Code::TimestampTooOld | Code::TimestampInFuture,
            Some(length),
        ) => (Code::Unavailable, length.to_string()),
        (Code::SignatureMismatch, None) if capture.body.is_empty() => (
            Code::Unavailable,
            "the body is empty, and no Content-Length says how long it is".into(),
        ),
        (Code::Ok, None) => event(capture.body),
        (code, _) => (code, detail.into()),
    }
}

fn event(body: &[u8]) -> (Code, String) {
    match Event::read(body) {
        Ok(_) => (Code::Accepted, String::new()),
        Err(error) => (Code::Quarantined, error.to_string()),
    }
}
