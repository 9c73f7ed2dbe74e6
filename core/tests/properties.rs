//! What holds for any input.

mod common;

use common::{SECRET, authentic};
use hmac::{Hmac, KeyInit, Mac};
use overten_webhook::{
    Code, Delivery, Event, Rejection, Scope, Secret, Secrets, SignedHeaders, Tolerance,
    UnixSeconds, Verifier, sign,
};
use proptest::prelude::*;
use sha2::Sha256;

fn secrets() -> impl Strategy<Value = String> {
    "(whsec_)?[A-Za-z0-9+/=._-]{16,200}"
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..600)
}

fn times() -> impl Strategy<Value = i64> {
    0..=999_999_999_999_i64
}

fn verifier(secret: &[u8]) -> Option<Verifier> {
    Some(Verifier::new(Secrets::new([secret]).ok()?))
}

fn signed(secret: &str, time: i64, body: &[u8]) -> (String, String) {
    let secret = Secret::new(secret.as_bytes()).unwrap();
    let signature = sign(&secret, UnixSeconds::new(time), body).unwrap();
    (
        signature.signature_value().into(),
        signature.timestamp_value().into(),
    )
}

fn verify<'b>(
    verifier: &Verifier,
    signature: &[u8],
    timestamp: &[u8],
    body: &'b [u8],
    now: i64,
) -> Result<Delivery<&'b [u8]>, Rejection> {
    let headers = SignedHeaders::from_values(Some(signature), Some(timestamp))?;
    verifier.verify(&headers, body, UnixSeconds::new(now))
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

fn event_body(event: &str, run_id: &str, task_id: Option<&str>) -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({"event": event, "run_id": run_id, "task_id": task_id}))
        .unwrap()
}

proptest! {
    #[test]
    fn signing_then_verifying_succeeds(secret in secrets(), time in times(), body in bodies()) {
        let (signature, timestamp) = signed(&secret, time, &body);
        let verifier = verifier(secret.as_bytes()).unwrap();
        let delivery = verify(&verifier, signature.as_bytes(), timestamp.as_bytes(), &body, time).unwrap();
        prop_assert_eq!(delivery.body(), body.as_slice());
        prop_assert_eq!(delivery.verdict().timestamp().get(), time);
    }

    #[test]
    fn signs_as_plain_hmac_does(secret in secrets(), time in times(), body in bodies()) {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{time}.").as_bytes());
        mac.update(&body);
        let plain = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        prop_assert_eq!(signed(&secret, time, &body).0, plain);
    }

    #[test]
    fn any_flipped_bit_fails(secret in secrets(), time in times(), body in bodies(), at in any::<prop::sample::Index>()) {
        let (signature, timestamp) = signed(&secret, time, &body);
        let (signature, timestamp) = (signature.as_bytes(), timestamp.as_bytes());
        let good = verifier(secret.as_bytes()).unwrap().with_tolerance(Tolerance::off());

        let wrong = flipped(timestamp, at.index(timestamp.len() * 8));
        prop_assert!(verify(&good, signature, &wrong, &body, time).is_err());

        let wrong = flipped(signature, at.index(signature.len() * 8));
        let same_digits = wrong.eq_ignore_ascii_case(signature) && wrong.starts_with(b"sha256=");
        prop_assert_eq!(verify(&good, &wrong, timestamp, &body, time).is_ok(), same_digits);

        if !body.is_empty() {
            let wrong = flipped(&body, at.index(body.len() * 8));
            prop_assert_eq!(verify(&good, signature, timestamp, &wrong, time).unwrap_err(), Rejection::SignatureMismatch { length: None });
        }

        if let Some(other) = verifier(&flipped(secret.as_bytes(), at.index(secret.len() * 8))) {
            prop_assert!(verify(&other, signature, timestamp, &body, time).is_err());
        }
    }

    #[test]
    fn chunks_do_not_change_the_verdict(
        body in bodies(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        forged in any::<bool>(), limit in 0_usize..700, now in -400_i64..400,
    ) {
        let secret = SECRET;
        let other = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
        let (signature, timestamp) = signed(if forged { "whsec_0123456789abcdef" } else { secret }, 0, &body);
        let headers = SignedHeaders::from_values(Some(signature.as_bytes()), Some(timestamp.as_bytes())).unwrap();
        let verifier = Verifier::new(Secrets::new([other, secret]).unwrap()).with_max_body_bytes(limit);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        let mut verification = verifier.begin(&headers);
        for ends in cuts.windows(2) {
            verification.update(&body[ends[0]..ends[1]]);
        }
        prop_assert_eq!(verification.is_too_large(), body.len() > limit);
        let in_chunks = verification.finish(UnixSeconds::new(now));
        let whole = verifier.verify(&headers, body.as_slice(), UnixSeconds::new(now));
        prop_assert_eq!(whole.as_ref().map(|delivery| *delivery.verdict()), in_chunks.as_ref().copied());
    }

    #[test]
    fn no_input_panics(
        secret in prop::collection::vec(any::<u8>(), 0..300), signature in prop::collection::vec(any::<u8>(), 0..100),
        timestamp in prop::collection::vec(any::<u8>(), 0..20), body in bodies(), now in any::<i64>(),
    ) {
        let _ = Secrets::from_lines(&secret);
        let _ = Secret::new(&secret);
        let verifier = verifier(b"whsec_0123456789abcdef").unwrap();
        prop_assert!(verify(&verifier, &signature, &timestamp, &body, now).is_err());
        let _ = authentic(&body).event();
    }

    #[test]
    fn any_json_or_almost_json_is_read_without_panic(body in "[\\[\\]{}\":,\\\\u0-9eE.+\\- a-dtrfalsn\u{e9}\u{feff}]{0,200}") {
        let body = format!("{{\"event\":\"e\",\"run_id\":\"r\",{body}}}");
        let delivery = authentic(body.as_bytes());
        let strict = serde_json::from_str::<serde_json::Value>(&body).is_ok();
        match delivery.event() {
            Ok(event) => touch_every_field(&event),
            Err(error) => {
                prop_assert_eq!(error.code(), Code::MalformedPayload);
                prop_assert!(error.offset().is_none_or(|offset| offset <= body.len()));
                // What serde_json reads whole, an event refuses only for its own three members.
                prop_assert!(!strict || error.field().is_some(), "{}", error);
            }
        }
    }

    #[test]
    fn texts_come_back_as_they_were_sent(event in "\\PC{1,20}", run_id in "(?s).{1,40}", summary in "(?s).{0,40}") {
        let body = serde_json::json!({"summary": summary, "event": event, "run_id": run_id});
        let ascii = escaped(&body.to_string());
        for body in [body.to_string(), ascii] {
            let delivery = authentic(body.as_bytes());
            let read = delivery.event().unwrap();
            prop_assert_eq!(read.name(), event.as_str());
            prop_assert_eq!(read.run_id(), run_id.as_str());
            let summary_read = read.summary();
            prop_assert_eq!(summary_read.as_deref(), Some(summary.as_str()));
        }
    }

    #[test]
    fn keys_are_injective(
        a in ("[a:.=]{1,4}", "[a:.=]{1,4}", "[a:.=]{1,4}"), b in ("[a:.=]{1,4}", "[a:.=]{1,4}", "[a:.=]{1,4}"),
    ) {
        let key = |(event, run, task): &(String, String, String), scope| {
            let body = event_body(event, run, Some(task));
            authentic(&body).event().unwrap().idempotency_key(scope)
        };
        prop_assert_eq!(key(&a, Scope::Task) == key(&b, Scope::Task), a == b);
        prop_assert_eq!(key(&a, Scope::Run) == key(&b, Scope::Run), (&a.0, &a.1) == (&b.0, &b.1));
        prop_assert_ne!(key(&a, Scope::Run), key(&b, Scope::Task));
    }
}

/// The same JSON in ASCII alone.
fn escaped(json: &str) -> String {
    let mut ascii = String::new();
    for c in json.chars() {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    ascii
}

fn touch_every_field(event: &Event<&[u8]>) {
    macro_rules! touch {
        ($($name:ident: $type:ident, $doc:literal;)*) => {
            $(let _ = event.$name();)*
        };
    }
    overten_webhook::optional_fields!(touch);
    let _ = (event.kind(), event.task_id(), event.error());
    assert!(
        event
            .members()
            .all(|(name, _)| event.member(name).is_some())
    );
    assert_ne!(
        event.idempotency_key(Scope::Run),
        event.idempotency_key(Scope::Task)
    );
}
