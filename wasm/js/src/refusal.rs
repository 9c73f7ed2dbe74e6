//! What is refused, as the text that `js/error.js` makes a `WebhookError` of.

use core::fmt::Display;

use overten_webhook::{Code, PayloadError, Rejection, SecretError, SignError};
use wasm_bindgen::JsValue;

use crate::json::Object;

/// A refusal that has nothing to say but its code and words.
pub(crate) fn plain(code: Code, text: &dyn Display) -> Object {
    let mut refusal = Object::new();
    write(&mut refusal, code, text);
    refusal
}

pub(crate) fn of_secrets(error: SecretError) -> JsValue {
    let mut refusal = plain(error.code(), &error);
    thrown(refusal.optional_number("position", error.position()))
}

pub(crate) fn of_delivery(rejection: Rejection) -> JsValue {
    JsValue::from_str(&delivery_text(rejection))
}

pub(crate) fn delivery_text(rejection: Rejection) -> String {
    let mut refusal = plain(rejection.code(), &rejection);
    let max_body_bytes = match rejection {
        Rejection::BodyTooLarge { max_body_bytes } => Some(max_body_bytes),
        _ => None,
    };
    refusal
        .optional_number("maxBodyBytes", max_body_bytes)
        .optional_number("age", rejection.age_seconds())
        .optional_number("tolerance", rejection.tolerance_seconds())
        .optional_number("secretIndex", rejection.secret_index());
    refusal.end()
}

/// As members, since it does not keep a delivery from being one.
pub(crate) fn write_payload(to: &mut Object, error: PayloadError) {
    write(to, error.code(), &error);
    to.optional_text("field", error.field())
        .optional_number("offset", error.offset());
}

pub(crate) fn of_signing(error: SignError) -> JsValue {
    thrown(&mut plain(error.code(), &error))
}

pub(crate) fn thrown(refusal: &mut Object) -> JsValue {
    JsValue::from_str(&refusal.end())
}

fn write(to: &mut Object, code: Code, text: &dyn Display) {
    let is_retryable = if code.is_retryable() { "true" } else { "false" };
    to.text("code", code.as_str())
        .number("status", code.http_status().into())
        .json("retryable", is_retryable)
        .text("message", &text.to_string());
}
