//! The deliveries that are measured: documented fields, and either one long text or many small members.

use overten_webhook::{Delivery, Secret, Secrets, SignedHeaders, UnixSeconds, Verifier, sign};

pub(crate) const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const NOW: UnixSeconds = UnixSeconds::new(1_760_000_000);

/// An event of exactly `bytes` bytes, with a summary that fills the rest.
pub(crate) fn one_long_text(bytes: usize) -> Vec<u8> {
    filled("", bytes)
}

/// The same, with as many small members as there is room for.
pub(crate) fn many_small_members(bytes: usize) -> Vec<u8> {
    const ROW: &str = r#"{"row":12,"sheet":"Q3","ok":true},"#;
    let room = bytes - filled(r#","rows":[null]"#, 0).len();
    let rows = ROW.repeat(room / ROW.len());
    filled(&format!(r#","rows":[{rows}null]"#), bytes)
}

/// At least `bytes` bytes, with these other members.
fn filled(members: &str, bytes: usize) -> Vec<u8> {
    let with = |summary: &str| {
        format!(
            r#"{{"event":"run.completed","run_id":"run_01HXYZ","task_id":"task_01HXYZ","format":"excel","status":"completed","credits_used":84,"duration_ms":187707{members},"summary":"{summary}"}}"#
        )
    };
    let missing = bytes.saturating_sub(with("").len());
    with(&"a".repeat(missing)).into_bytes()
}

/// A body with what it takes to verify it.
pub(crate) struct Signed {
    pub(crate) verifier: Verifier,
    pub(crate) body: Vec<u8>,
    signature: String,
    timestamp: String,
}

impl Signed {
    pub(crate) fn new(body: Vec<u8>) -> Self {
        let secret = Secret::new(SECRET.as_bytes()).expect("a secret of the right form");
        let signature = sign(&secret, NOW, &body).expect("a time that can be signed");
        Self {
            verifier: Verifier::new(Secrets::new([SECRET]).expect("a secret of the right form")),
            signature: signature.signature_value().into(),
            timestamp: signature.timestamp_value().into(),
            body,
        }
    }

    pub(crate) fn headers(&self) -> SignedHeaders {
        let pairs = [
            ("X-Overten-Signature", &self.signature),
            ("X-Overten-Timestamp", &self.timestamp),
        ];
        SignedHeaders::from_pairs(pairs).expect("well-formed headers")
    }

    pub(crate) fn delivery(&self) -> Delivery<&[u8]> {
        let verified = self
            .verifier
            .verify(&self.headers(), self.body.as_slice(), NOW);
        verified.expect("an authentic delivery")
    }
}
