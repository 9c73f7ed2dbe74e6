//! Bodies that were verified before, by whoever kept them.

use overten_webhook::{
    Delivery, Secret, Secrets, SignedHeaders, Tolerance, UnixSeconds, Verifier, sign,
};
use wasm_bindgen::prelude::*;

use crate::{event, refusal};

/// The record of a stored body. It proves nothing of where the bytes came from.
#[wasm_bindgen]
pub fn read_stored(body: &[u8]) -> Result<Vec<u32>, JsValue> {
    delivered(body, event::record)
}

/// The key of a body that is not told apart by what it says.
#[wasm_bindgen]
pub fn body_key(body: &[u8]) -> Result<String, JsValue> {
    delivered(body, |delivery| delivery.body_key().as_str().to_owned())
}

/// Goes the one way to a delivery: signs the body with a secret made up on the spot, and verifies it.
pub(crate) fn delivered<R>(
    body: &[u8],
    read: impl FnOnce(&Delivery<&[u8]>) -> R,
) -> Result<R, JsValue> {
    let made_up = [random_digits(), random_digits()].concat();
    let secrets = Secrets::new([made_up.as_str()]).map_err(refusal::of_secrets)?;
    let secret = Secret::new(made_up.as_bytes()).map_err(refusal::of_secrets)?;
    let epoch = UnixSeconds::new(0);
    let signature = sign(&secret, epoch, body).map_err(refusal::of_signing)?;
    let signed = SignedHeaders::from_values(
        Some(signature.signature_value().as_bytes()),
        Some(signature.timestamp_value().as_bytes()),
    );
    let verifier = Verifier::new(secrets)
        .with_tolerance(Tolerance::off())
        .with_max_body_bytes(body.len());
    let delivery = signed.and_then(|signed| verifier.verify(&signed, body, epoch));
    delivery
        .map(|delivery| read(&delivery))
        .map_err(refusal::of_delivery)
}

/// Digits enough for a secret, which need not be hard to guess: it is gone when the body is read.
fn random_digits() -> String {
    js_sys::Math::random().to_bits().to_string()
}
