//! What verifying and reading cost, beside SHA-256 alone, `ring` and the standard-webhooks library.
//!
//! `cargo bench` prints one table: a row a contender, a column for time per delivery.

mod delivery;

use delivery::{NOW, SECRET, Signed, many_small_members, one_long_text};
use divan::{Bencher, black_box};
use sha2::{Digest, Sha256};

const SIZES: [usize; 4] = [256, 1024, 16 * 1024, 1024 * 1024];

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES)]
fn verify(bencher: Bencher<'_, '_>, bytes: usize) {
    let signed = Signed::new(one_long_text(bytes));
    bencher.bench_local(|| {
        let headers = black_box(&signed).headers();
        signed
            .verifier
            .verify(&headers, signed.body.as_slice(), NOW)
            .is_ok()
    });
}

#[divan::bench(args = SIZES)]
fn verify_and_read(bencher: Bencher<'_, '_>, bytes: usize) {
    read(bencher, &Signed::new(one_long_text(bytes)));
}

#[divan::bench(args = SIZES)]
fn verify_and_read_many_members(bencher: Bencher<'_, '_>, bytes: usize) {
    read(bencher, &Signed::new(many_small_members(bytes)));
}

fn read(bencher: Bencher<'_, '_>, signed: &Signed) {
    bencher.bench_local(|| {
        let event = black_box(signed).delivery().event().expect("an event");
        event.run_id().len()
    });
}

/// The floor: SHA-256 over the signed content, without a key, a header or a check.
#[divan::bench(args = SIZES)]
fn sha256_alone(bencher: Bencher<'_, '_>, bytes: usize) {
    let body = one_long_text(bytes);
    bencher.bench_local(|| {
        let sum = Sha256::new()
            .chain_update(b"1760000000.")
            .chain_update(black_box(&body));
        sum.finalize()
    });
}

#[divan::bench(args = SIZES)]
fn peer_ring_hmac_alone(bencher: Bencher<'_, '_>, bytes: usize) {
    let body = one_long_text(bytes);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    bencher.bench_local(|| {
        let mut context = ring::hmac::Context::with_key(&key);
        context.update(b"1760000000.");
        context.update(black_box(&body));
        context.sign()
    });
}

/// Reads the host's clock itself, so the delivery is signed for the present.
#[divan::bench(args = SIZES)]
fn peer_standardwebhooks(bencher: Bencher<'_, '_>, bytes: usize) {
    let body = one_long_text(bytes);
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
