//! The sending side.

use overten_webhook::scheme::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use overten_webhook::{Secret, UnixSeconds, sign as core_sign};
use wasm_bindgen::prelude::*;
use zeroize::Zeroize as _;

use crate::json::Object;
use crate::refusal;
use crate::verifier::leaving_nothing_below;

/// The two signed headers as JSON.
#[wasm_bindgen]
pub fn sign(body: &[u8], mut secret: Vec<u8>, now: i64) -> Result<String, JsValue> {
    let signed = leaving_nothing_below(|| signed(body, &secret, now));
    secret.zeroize();
    signed
}

fn signed(body: &[u8], secret: &[u8], now: i64) -> Result<String, JsValue> {
    let made = Secret::new(secret);
    let made = made.map_err(refusal::of_secrets)?;
    let signature = core_sign(&made, UnixSeconds::new(now), body).map_err(refusal::of_signing)?;
    let headers = Object::new()
        .text(SIGNATURE_HEADER, signature.signature_value())
        .text(TIMESTAMP_HEADER, signature.timestamp_value())
        .end();
    Ok(headers)
}
