//! What is refused, as the text that `js/error.js` makes a `WebhookError` of.

use core::fmt::Display;

use overten_webhook::{Code, PayloadError, Rejection, SecretError, SignError};
use wasm_bindgen::JsValue;

use crate::json::Object;

/// A refusal that has nothing to say but its code and words.
pub(crate) fn plain(code: Code, text: impl Display) -> Object {
    let mut refusal = Object::new();
    refusal
        .text("code", code.as_str())
        .json("status", &code.http_status().to_string())
        .json(
            "retryable",
            if code.is_retryable() { "true" } else { "false" },
        )
        .text("message", &text.to_string());
    refusal
}

pub(crate) fn of_secrets(error: SecretError) -> JsValue {
    let mut refusal = plain(error.code(), error);
    thrown(refusal.optional_number("position", error.position()))
}

pub(crate) fn of_delivery(rejection: Rejection) -> JsValue {
    let mut refusal = plain(rejection.code(), rejection);
    if let Rejection::BodyTooLarge { max_body_bytes } = rejection {
        refusal.json("maxBodyBytes", &max_body_bytes.to_string());
    }
    let refusal = refusal
        .optional_number("age", rejection.age_seconds())
        .optional_number("tolerance", rejection.tolerance_seconds())
        .optional_number("secretIndex", rejection.secret_index());
    thrown(refusal)
}

/// As JSON, since it does not keep a delivery from being one.
pub(crate) fn of_payload(error: PayloadError) -> String {
    plain(error.code(), error)
        .optional_text("field", error.field())
        .optional_number("offset", error.offset())
        .end()
}

pub(crate) fn of_signing(error: SignError) -> JsValue {
    thrown(&mut plain(error.code(), error))
}

pub(crate) fn thrown(refusal: &mut Object) -> JsValue {
    JsValue::from_str(&refusal.end())
}
