//! Verifying takes nothing from the heap, however it ends.

mod common;

use allocation_counter::measure;
use common::{SECRET, signed};
use overten_webhook::{Code, Secrets, SignedHeaders, UnixSeconds, Verifier};

const SIGNED_AT: UnixSeconds = UnixSeconds::new(1_760_000_000);

/// Gives the verdict on `body` with these headers, whole and in chunks, and the heap allocations of reaching it.
fn judged(verifier: &Verifier, pairs: [(&str, &str); 2], body: &[u8], now: i64) -> (Code, u64) {
    let mut code = Code::Ok;
    let info = measure(|| {
        let headers = match SignedHeaders::from_pairs(pairs) {
            Ok(headers) => headers,
            Err(rejection) => {
                code = rejection.code();
                return;
            }
        };
        let whole = verifier.verify(&headers, body, UnixSeconds::new(now));
        let mut verification = verifier.begin(&headers);
        for chunk in body.chunks(100) {
            verification.update(chunk);
        }
        let in_chunks = verification.finish(UnixSeconds::new(now));
        assert_eq!(
            whole.as_ref().map(|delivery| *delivery.verdict()),
            in_chunks.as_ref().copied()
        );
        match whole {
            Ok(delivery) => assert!(delivery.body_key().as_str().starts_with("body=")),
            Err(rejection) => code = rejection.code(),
        }
    });
    (code, info.count_total)
}

#[test]
fn verifies_without_allocating_however_it_ends() {
    let body = [b' '; 5000];
    let over = vec![b' '; 1024 * 1024 + 1];
    let signature = signed(&body, SIGNED_AT);
    let timestamp = ("X-Overten-Timestamp", signature.timestamp_value());
    let pairs = [
        ("X-Overten-Signature", signature.signature_value()),
        timestamp,
    ];
    let broken = [("X-Overten-Signature", "sha256=00"), timestamp];
    let others = [1, 2, 3, 4, 5, 6, 7].map(|number| format!("whsec_another-secret-{number}"));
    let others = others.iter().map(String::as_str);
    let verifier = Verifier::new(Secrets::new(others.chain([SECRET])).unwrap());

    for (pairs, body, now, code) in [
        (pairs, body.as_slice(), 1_760_000_000, Code::Ok),
        (pairs, &body[1..], 1_760_000_000, Code::SignatureMismatch),
        (pairs, &body, 1_760_000_301, Code::TimestampTooOld),
        (pairs, &over, 1_760_000_000, Code::BodyTooLarge),
        (broken, &body, 1_760_000_000, Code::MalformedSignature),
    ] {
        assert_eq!(judged(&verifier, pairs, body, now), (code, 0));
    }
}

#[test]
fn makes_secrets_and_signatures_without_allocating() {
    let info = measure(|| {
        let signature = signed(b"{}", SIGNED_AT);
        assert!(signature.signature_value().starts_with("sha256="));
    });
    assert_eq!(info.count_total, 0);
}

#[test]
fn counts_what_is_allocated() {
    assert_eq!(measure(|| drop(Box::new(1))).count_total, 1);
}
