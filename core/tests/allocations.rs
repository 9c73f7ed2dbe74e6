//! Verifying takes nothing from the heap, however it ends.

use allocation_counter::measure;
use overten_webhook::{Secret, Secrets, SignedHeaders, UnixSeconds, Verifier, sign};

const SECRETS: [&str; 2] = [
    "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
];

/// Gives the heap allocations of checking `body` with headers made for `signed`, at `now`.
fn allocations(signed: &[u8], body: &[u8], now: i64) -> u64 {
    let time = UnixSeconds::new(1_760_000_000);
    let signature = sign(&Secret::new(SECRETS[1].as_bytes()).unwrap(), time, signed).unwrap();
    let pairs = [
        ("X-Overten-Signature", signature.signature_value()),
        ("X-Overten-Timestamp", signature.timestamp_value()),
    ];
    let verifier = Verifier::new(Secrets::new(SECRETS).unwrap());
    let info = measure(|| {
        let headers = SignedHeaders::from_pairs(pairs).unwrap();
        let whole = verifier.verify(&headers, body, UnixSeconds::new(now));
        let mut verification = verifier.begin(&headers);
        for chunk in body.chunks(100) {
            verification.update(chunk);
        }
        let in_chunks = verification.finish(UnixSeconds::new(now));
        assert_eq!(whole.as_deref().copied(), in_chunks.as_ref().copied());
        if let Ok(delivery) = whole {
            assert!(delivery.body_key().as_str().starts_with("body="));
        }
    });
    info.count_total
}

#[test]
fn verifies_without_allocating() {
    let body = [b' '; 5000];
    assert_eq!(allocations(&body, &body, 1_760_000_000), 0, "authentic");
    assert_eq!(allocations(b"", &body, 1_760_000_000), 0, "forged");
    assert_eq!(allocations(&body, &body, 1_760_000_301), 0, "too old");
    let over = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(allocations(&body, &over, 1_760_000_000), 0, "too large");
}

#[test]
fn counts_what_is_allocated() {
    assert_eq!(measure(|| drop(Box::new(1))).count_total, 1);
}
