//! The sending side.

use overten_webhook::scheme::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use overten_webhook::{Code, UnixSeconds, sign as core_sign};
use wasm_bindgen::prelude::*;
use zeroize::Zeroize as _;

use crate::json::Object;
use crate::refusal;
use crate::verifier::{keyed, leaving_nothing_below};

/// The two signed headers as JSON, by the first of the secrets: they are packed or, without lengths, lines of text.
#[wasm_bindgen]
pub fn sign(
    body: &[u8],
    mut secrets: Vec<u8>,
    lengths: Option<Vec<i32>>,
    now: i64,
) -> Result<String, JsValue> {
    let signed = leaving_nothing_below(|| signed(body, &secrets, lengths.as_deref(), now));
    secrets.zeroize();
    signed
}

fn signed(
    body: &[u8],
    secrets: &[u8],
    lengths: Option<&[i32]>,
    now: i64,
) -> Result<String, JsValue> {
    let (secrets, _) = keyed(secrets, lengths, false).map_err(refusal::of_secrets)?;
    let none = || refusal::thrown(&mut refusal::plain(Code::NoSecrets, &Code::NoSecrets));
    let first = secrets.iter().next().ok_or_else(none)?;
    let signature = core_sign(first, UnixSeconds::new(now), body).map_err(refusal::of_signing)?;
    let headers = Object::new()
        .text(SIGNATURE_HEADER, signature.signature_value())
        .text(TIMESTAMP_HEADER, signature.timestamp_value())
        .end();
    Ok(headers)
}
