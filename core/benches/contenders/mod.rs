//! What is measured: ours, and what stands beside it.

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use standardwebhooks::Webhook;

use crate::delivery::{SECRET, Signed, many_small_members, one_long_text};

pub(crate) const SHA256_ALONE: &str = "SHA-256 alone";
pub(crate) const VERIFY: &str = "verify";
pub(crate) const READ_ONE_LONG_TEXT: &str = "reading one long text";
pub(crate) const READ_MANY_SMALL_MEMBERS: &str = "reading many small members";

pub(crate) struct Contender {
    pub(crate) name: &'static str,
    /// Does its work that many times, and tells how long that took.
    pub(crate) time: Box<dyn FnMut(u32) -> Duration>,
}

/// All of them, for bodies of that many bytes.
pub(crate) fn contenders(bytes: usize) -> Vec<Contender> {
    vec![
        sha256_alone(one_long_text(bytes)),
        verify(Signed::new(one_long_text(bytes))),
        read(READ_ONE_LONG_TEXT, one_long_text(bytes)),
        read(READ_MANY_SMALL_MEMBERS, many_small_members(bytes)),
        ring_hmac_alone(one_long_text(bytes)),
        standardwebhooks(one_long_text(bytes)),
    ]
}

fn contender<R>(name: &'static str, mut work: impl FnMut() -> R + 'static) -> Contender {
    let time = move |rounds| {
        let began = Instant::now();
        for _ in 0..rounds {
            black_box(work());
        }
        began.elapsed()
    };
    Contender {
        name,
        time: Box::new(time),
    }
}

/// The floor: SHA-256 over the signed content, without a key, a header or a check.
fn sha256_alone(body: Vec<u8>) -> Contender {
    contender(SHA256_ALONE, move || {
        Sha256::new()
            .chain_update(b"1760000000.")
            .chain_update(black_box(&body))
            .finalize()
    })
}

fn verify(signed: Signed) -> Contender {
    contender(VERIFY, move || black_box(&signed).delivery().body().len())
}

fn read(name: &'static str, body: Vec<u8>) -> Contender {
    // The delivery borrows its body for as long as the program runs.
    let delivery = Box::leak(Box::new(Signed::new(body))).delivery();
    contender(name, move || {
        let event = black_box(&delivery).event().expect("an event");
        event.run_id().len()
    })
}

fn ring_hmac_alone(body: Vec<u8>) -> Contender {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET.as_bytes());
    contender("ring, HMAC alone", move || {
        let mut context = ring::hmac::Context::with_key(&key);
        context.update(b"1760000000.");
        context.update(black_box(&body));
        context.sign()
    })
}

/// Reads the host's clock itself, so the delivery is signed for the present.
fn standardwebhooks(body: Vec<u8>) -> Contender {
    let webhook = Webhook::new(SECRET).expect("a base64 secret");
    let clock = SystemTime::now().duration_since(UNIX_EPOCH);
    let now =
        i64::try_from(clock.expect("a clock past 1970").as_secs()).expect("a clock of this era");
    let signature = webhook.sign("msg_1", now, &body).expect("a text body");
    let mut headers = http::HeaderMap::new();
    for (name, value) in [
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", &now.to_string()),
        ("webhook-signature", &signature),
    ] {
        headers.insert(name, value.parse().expect("a header value"));
    }
    contender("standardwebhooks", move || {
        let verified = webhook.verify(black_box(&body), &headers);
        assert!(verified.is_ok());
    })
}
