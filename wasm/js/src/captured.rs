//! Deliveries in the forms in which they are captured.

use js_sys::{Array, Uint8Array};
use overten_webhook::Code;
use overten_webhook::diagnose::{Captured, Lack};
use wasm_bindgen::prelude::*;

use crate::json::Object;
use crate::refusal;

/// Every delivery that `input` holds: what is known of it as JSON, then its body, in turn. `file` is what a `curl` command
/// reads its body from.
#[wasm_bindgen]
pub fn read_captures(input: &[u8], file: Option<Vec<u8>>) -> Result<Array, JsValue> {
    let captures = Captured::read(input).map_err(|error| {
        let mut refusal = refusal::plain(Code::InvalidArgument, error);
        refusal
            .text("fault", error.fault().as_str())
            .optional_number("line", error.line())
            .optional_number("offset", error.offset());
        refusal::thrown(&mut refusal)
    })?;
    let answer = Array::new();
    for captured in captures {
        let name_of_file = captured.body_file().map(lossy);
        let captured = match &file {
            Some(content) => captured.with_file(content.clone()),
            None => captured,
        };
        answer.push(&JsValue::from_str(&known_of(&captured, name_of_file)));
        answer.push(&Uint8Array::from(captured.body()));
    }
    Ok(answer)
}

fn known_of(captured: &Captured, name_of_file: Option<String>) -> String {
    let mut known = Object::new();
    known
        .text("form", captured.form().as_str())
        .optional_text("method", captured.method().map(lossy).as_deref())
        .optional_text("target", captured.target().map(lossy).as_deref())
        .optional_number("now", captured.received_at().map(|time| time.get()))
        .optional_text("bodyFile", name_of_file.as_deref())
        .optional_number("leftOutBytes", Some(captured.left_out_bytes()));
    let headers = known.member("headers").open('[');
    for (name, value) in captured.headers() {
        headers
            .open('[')
            .text(&lossy(name))
            .text(&lossy(value))
            .close(']');
    }
    headers.close(']');
    let lacks = known.member("lacks").open('[');
    for lack in captured.lacks() {
        lacks.json(&said_of(*lack));
    }
    lacks.close(']');
    known.end()
}

fn said_of(lack: Lack) -> String {
    let mut said = Object::new();
    said.text("lack", lack.as_str())
        .text("what", lack.what())
        .text("change", lack.change());
    said.end()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
