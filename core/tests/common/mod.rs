//! A delivery that verifies, for the tests whose subject comes after that.
#![allow(dead_code, reason = "each test takes what it needs")]

use overten_webhook::{
    Delivery, Secret, Secrets, Signature, SignedHeaders, UnixSeconds, Verifier, sign,
};

pub(crate) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

pub(crate) fn signed(body: &[u8], now: UnixSeconds) -> Signature {
    sign(&Secret::new(SECRET.as_bytes()).unwrap(), now, body).unwrap()
}

pub(crate) fn headers_of(signature: &Signature) -> SignedHeaders {
    SignedHeaders::from_values(
        Some(signature.signature_value().as_bytes()),
        Some(signature.timestamp_value().as_bytes()),
    )
    .unwrap()
}

pub(crate) fn authentic(body: &[u8]) -> Delivery<&[u8]> {
    let now = UnixSeconds::new(1_760_000_000);
    let verifier = Verifier::new(Secrets::new([SECRET]).unwrap());
    verifier
        .verify(&headers_of(&signed(body, now)), body, now)
        .unwrap()
}
