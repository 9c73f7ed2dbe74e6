//! Why a captured delivery does not verify.

use js_sys::{Array, Uint8Array};
use overten_webhook::diagnose::{Capture, Captured, Lack};
use overten_webhook::{Code, UnixSeconds};
use wasm_bindgen::prelude::*;
use zeroize::Zeroize as _;

use crate::json::{Json, Object};
use crate::verifier::{inputs, leaving_nothing_below, tolerance};
use crate::{packed, refusal};

/// The report as JSON: an array of the structure and of the same in words. Secrets are packed or, without lengths, lines of
/// text.
#[wasm_bindgen]
#[expect(clippy::too_many_arguments, reason = "each crosses as it is")]
pub fn diagnose(
    headers: &[u8],
    header_lengths: &[i32],
    body: &[u8],
    now: i64,
    mut secrets: Vec<u8>,
    secret_lengths: Option<Vec<i32>>,
    mut others: Vec<u8>,
    other_lengths: Option<Vec<i32>>,
    past: Option<u64>,
    future: Option<u64>,
    max_body_bytes: u32,
    method: Option<String>,
    lacks: &str,
) -> String {
    let pairs = packed::pairs(headers, header_lengths);
    let pairs = pairs.map(|(name, value)| (name.unwrap_or_default(), value));
    let is_lacking = |lack: &Lack| lacks.split(',').any(|word| word == lack.as_str());
    let report = leaving_nothing_below(|| {
        Capture::new(pairs, body, UnixSeconds::new(now))
            .with_method(method.as_deref().unwrap_or("POST").as_bytes())
            .with_lacks(Lack::ALL.into_iter().filter(is_lacking))
            .with_tolerance(tolerance(past, future))
            .with_max_body_bytes(max_body_bytes as usize)
            .with_other_secrets(inputs(&others, other_lengths.as_deref()))
            .diagnose(inputs(&secrets, secret_lengths.as_deref()))
    });
    secrets.zeroize();
    others.zeroize();
    let mut answer = Json::default();
    answer
        .open('[')
        .json(&report.to_json())
        .text(&report.to_string())
        .close(']');
    answer.end()
}

/// Every delivery that a text holds: for each its JSON, then its body; `file` is what the file holds that one names.
#[wasm_bindgen]
pub fn read_capture(input: &[u8], file: Option<Vec<u8>>) -> Result<Array, JsValue> {
    let captures = Captured::read(input).map_err(|error| {
        let mut refusal = refusal::plain(Code::InvalidArgument, &error);
        refusal
            .text("fault", error.fault().as_str())
            .optional_number("line", error.line())
            .optional_number("offset", error.offset());
        refusal::thrown(&mut refusal)
    })?;
    let read = Array::new();
    for captured in captures {
        let captured = match &file {
            Some(content) => captured.with_file(content.clone()),
            None => captured,
        };
        read.push(&described(&captured).into());
        read.push(&Uint8Array::from(captured.body()).into());
    }
    Ok(read)
}

fn described(captured: &Captured) -> String {
    let mut json = Object::new();
    json.text("form", captured.form().as_str())
        .optional_text("method", captured.method().map(text).as_deref())
        .optional_text("target", captured.target().map(text).as_deref())
        .optional_number("receivedAt", captured.received_at().map(UnixSeconds::get))
        .json("isCut", if captured.is_cut() { "true" } else { "false" })
        .optional_text("bodyFile", captured.body_file().map(text).as_deref());
    let headers = json.member("headers").open('[');
    for (name, value) in captured.headers() {
        headers
            .open('[')
            .text(&text(name))
            .text(&text(value))
            .close(']');
    }
    headers.close(']');
    let lacks = json.member("lacks").open('[');
    for lack in captured.lacks() {
        let lack = Object::new()
            .text("lack", lack.as_str())
            .text("what", lack.what())
            .text("change", lack.change())
            .end();
        lacks.json(&lack);
    }
    lacks.close(']');
    json.end()
}

/// Bytes that are not UTF-8 as a host shows them, each a character.
fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec())
        .unwrap_or_else(|_| bytes.iter().copied().map(char::from).collect())
}
