//! What verifying and reading cost, beside SHA-256 alone, `ring` and the standard-webhooks library.
//!
//! `cargo bench` prints one table: a row a contender, a column for time per delivery.

use divan::{Bencher, black_box};
use overten_webhook::{Secret, Secrets, SignedHeaders, UnixSeconds, Verifier, sign};
use sha2::{Digest, Sha256};

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NOW: i64 = 1_760_000_000;
const SIZES: [usize; 4] = [256, 1024, 16 * 1024, 1024 * 1024];

fn main() {
    divan::main();
}

/// An event of exactly `bytes` bytes, with the members that Overten sends and a summary that fills the rest.
fn body(bytes: usize) -> Vec<u8> {
    let with = |summary: &str| {
        format!(
            "{{\"event\":\"run.completed\",\"run_id\":\"run_01HXYZ\",\"task_id\":\"task_01HXYZ\",\"format\":\"excel\",\
             \"status\":\"completed\",\"credits_used\":84,\"duration_ms\":187707,\"summary\":\"{summary}\"}}"
        )
    };
    with(&"a".repeat(bytes - with("").len())).into_bytes()
}

struct Signed {
    verifier: Verifier,
    signature: String,
    timestamp: String,
    body: Vec<u8>,
}

impl Signed {
    fn new(bytes: usize) -> Self {
        let body = body(bytes);
        let secret = Secret::new(SECRET.as_bytes()).expect("a secret of the right form");
        let signature =
            sign(&secret, UnixSeconds::new(NOW), &body).expect("a time that can be signed");
        Self {
            verifier: Verifier::new(Secrets::new([SECRET]).expect("a secret of the right form")),
            signature: signature.signature_value().into(),
            timestamp: signature.timestamp_value().into(),
            body,
        }
    }

    fn headers(&self) -> SignedHeaders {
        let pairs = [
            ("X-Overten-Signature", &self.signature),
            ("X-Overten-Timestamp", &self.timestamp),
        ];
        SignedHeaders::from_pairs(pairs).expect("well-formed headers")
    }
}

#[divan::bench(args = SIZES)]
fn verify(bencher: Bencher<'_, '_>, bytes: usize) {
    let signed = Signed::new(bytes);
    bencher.bench_local(|| {
        let headers = black_box(&signed).headers();
        signed
            .verifier
            .verify(&headers, signed.body.as_slice(), UnixSeconds::new(NOW))
            .is_ok()
    });
}

#[divan::bench(args = SIZES)]
fn verify_and_read(bencher: Bencher<'_, '_>, bytes: usize) {
    let signed = Signed::new(bytes);
    bencher.bench_local(|| {
        let headers = black_box(&signed).headers();
        let delivery =
            signed
                .verifier
                .verify(&headers, signed.body.as_slice(), UnixSeconds::new(NOW));
        let event = delivery.expect("authentic").event().expect("an event");
        event.run_id().len()
    });
}

/// The floor: SHA-256 over the signed content, without a key, a header or a check.
#[divan::bench(args = SIZES)]
fn sha256_alone(bencher: Bencher<'_, '_>, bytes: usize) {
    let body = body(bytes);
    bencher.bench_local(|| {
        let sum = Sha256::new()
            .chain_update(b"1760000000.")
            .chain_update(black_box(&body));
        sum.finalize()
    });
}

#[divan::bench(args = SIZES)]
fn peer_ring_hmac_alone(bencher: Bencher<'_, '_>, bytes: usize) {
    let signed = Signed::new(bytes);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    bencher.bench_local(|| {
        let mut context = ring::hmac::Context::with_key(&key);
        context.update(b"1760000000.");
        context.update(black_box(&signed.body));
        context.sign()
    });
}

/// Reads the host's clock itself, so the delivery is signed for the present.
#[divan::bench(args = SIZES)]
fn peer_standardwebhooks(bencher: Bencher<'_, '_>, bytes: usize) {
    let body = body(bytes);
    let webhook = standardwebhooks::Webhook::new(SECRET).expect("a base64 secret");
    let clock = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now =
        i64::try_from(clock.expect("a clock past 1970").as_secs()).expect("a clock of this era");
    let signature = webhook.sign("msg_1", now, &body).expect("a text body");
    let mut headers = http::HeaderMap::new();
    headers.insert("webhook-id", "msg_1".parse().expect("a header value"));
    headers.insert(
        "webhook-timestamp",
        now.to_string().parse().expect("a header value"),
    );
    headers.insert(
        "webhook-signature",
        signature.parse().expect("a header value"),
    );
    assert!(webhook.verify(&body, &headers).is_ok());
    bencher.bench_local(|| webhook.verify(black_box(&body), &headers).is_ok());
}
