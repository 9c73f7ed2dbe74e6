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

/// A receiver takes nothing from the heap but the event's places and, at the end, the log line.
#[cfg(feature = "alloc")]
#[test]
fn receives_without_allocating_but_for_the_event_and_the_line() {
    use std::fmt::Write as _;

    use overten_webhook::{Claim, Ending, Receiver, Request, Retention, Step};

    let verifier = Verifier::new(Secrets::new([SECRET]).unwrap());
    let receiver = Receiver::new(verifier, Retention::default()).unwrap();
    let event = br#"{"event":"run.completed","run_id":"run_01"}"#.as_slice();
    let request = Request {
        method: b"POST",
        target: b"/",
    };
    let signature = signed(event, SIGNED_AT);
    let headers = [
        ("X-Overten-Signature", signature.signature_value()),
        ("X-Overten-Timestamp", signature.timestamp_value()),
    ];
    let run = |body| -> Result<Ending, Ending> {
        let reading = receiver.begin(request, headers, 0)?;
        let received = reading.whole(&receiver, body, SIGNED_AT)?;
        let mut step = Step::Claim(received.claiming);
        loop {
            step = match step {
                Step::Claim(step) => step.answered(Claim::New, 0, 0),
                Step::HandOn(step) => step.done(0),
                Step::SetAside(step) => step.done(0),
                Step::Commit(step) => step.done(),
                Step::Release(step) => step.done(),
                Step::Answer(ending) => return Ok(ending),
            };
        }
    };
    let mut ending = None;
    let accepted = measure(|| ending = run(event).ok());
    assert_eq!(accepted.count_total, 1, "the event's places");
    let forged = measure(|| assert!(run(&event[1..]).is_err()));
    assert_eq!(forged.count_total, 0);
    let ending = ending.unwrap();
    let mut line = String::with_capacity(256);
    let ended = measure(|| {
        assert_eq!(ending.answer(&receiver).unwrap().status(), 200);
        write!(line, "{}", ending.record(&receiver, None, &[], 0)).unwrap();
    });
    assert_eq!(ended.count_total, 0, "but for the line");
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
