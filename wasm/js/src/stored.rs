//! Bodies that were verified before, by whoever kept them.

use overten_webhook::{
    Delivery, Secret, Secrets, SignedHeaders, Tolerance, UnixSeconds, Verifier, sign,
};
use wasm_bindgen::prelude::*;

use crate::{event, refusal};

#[wasm_bindgen]
extern "C" {
    /// From 0 on, and less than 1.
    #[wasm_bindgen(js_namespace = Math)]
    fn random() -> f64;
}

/// The record of a stored body. It proves nothing of where the bytes came from.
#[wasm_bindgen]
pub fn read_stored(body: &[u8]) -> Result<Vec<u32>, JsValue> {
    let delivery = delivered(body)?;
    let mut words = Vec::new();
    event::write(&mut words, &delivery, &delivery.event());
    Ok(words)
}

/// The key of a body that is not told apart by what it says.
#[wasm_bindgen]
pub fn body_key(body: &[u8]) -> Result<String, JsValue> {
    Ok(delivered(body)?.body_key().as_str().to_owned())
}

/// Goes the one way to a delivery: signs the body with a secret made up on the spot, and verifies it.
pub(crate) fn delivered(body: &[u8]) -> Result<Delivery<&[u8]>, JsValue> {
    let made_up = made_up_secret();
    let secrets = Secrets::new([made_up.as_str()]).map_err(refusal::of_secrets)?;
    let headers = signed(&made_up, body)?;
    let verifier = Verifier::new(secrets)
        .with_tolerance(Tolerance::off())
        .with_max_body_bytes(body.len());
    verifier
        .verify(&headers, body, EPOCH)
        .map_err(refusal::of_delivery)
}

/// When what is signed here is said to be sent.
pub(crate) const EPOCH: UnixSeconds = UnixSeconds::new(0);

/// The headers of a body that was signed with this secret.
pub(crate) fn signed(secret: &str, body: &[u8]) -> Result<SignedHeaders, JsValue> {
    let secret = Secret::new(secret.as_bytes()).map_err(refusal::of_secrets)?;
    let signature = sign(&secret, EPOCH, body).map_err(refusal::of_signing)?;
    let headers = SignedHeaders::from_values(
        Some(signature.signature_value().as_bytes()),
        Some(signature.timestamp_value().as_bytes()),
    );
    headers.map_err(refusal::of_delivery)
}

/// It need not be hard to guess: it is gone when the body is read.
pub(crate) fn made_up_secret() -> String {
    let digits = || random().to_bits().to_string();
    [digits(), digits()].concat()
}
