//! The boundary from the Rust side, small enough for Miri. What a C program sees is tested by C programs in `tests/`.
#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::unwrap_used,
    reason = "each call below passes live objects of this test, or NULL"
)]

use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};
use std::thread;

use overten_webhook::Code;

use crate::delivery::*;
use crate::diagnose::*;
use crate::error::Error;
use crate::event::*;
use crate::fields;
use crate::headers::*;
use crate::packed::*;
use crate::pointers::{entry, entry_with_error};
use crate::sign::*;
use crate::status::*;
use crate::types::*;
use crate::verification::*;
use crate::verifier::*;
use crate::verify::*;
use crate::version::*;

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const NOW: i64 = 1_760_000_000;
const BODY: &str = r#"{"event":"run.completed","run_id":"run_01","summary":"caf\u00e9","message":"","credits_used":0.5,"n":1.50,"n":2}"#;

/// Any value of a plain struct, to be written over.
macro_rules! blank {
    () => {
        unsafe { std::mem::zeroed() }
    };
}

mod reception;

fn chars(text: &str) -> (*const c_char, usize) {
    (text.as_ptr().cast(), text.len())
}

fn read(view: View) -> Option<String> {
    if view.data.is_null() {
        assert_eq!(view.len, 0, "an absent view is (NULL, 0)");
        return None;
    }
    let bytes = unsafe { std::slice::from_raw_parts(view.data.cast::<u8>(), view.len) };
    Some(String::from_utf8(bytes.to_vec()).unwrap())
}

fn text(chars: &[c_char]) -> &str {
    unsafe { CStr::from_ptr(chars.as_ptr()) }.to_str().unwrap()
}

fn verifier() -> *mut Verifier {
    let (secret, secret_len) = chars(SECRET);
    let secret = Secret {
        label: null(),
        label_len: 0,
        secret,
        secret_len,
    };
    let mut verifier = null_mut();
    let status = unsafe { overten_verifier_new(&secret, 1, null(), &mut verifier, null_mut()) };
    assert_eq!(status, OVERTEN_OK);
    verifier
}

fn signed(body: &str) -> Signature {
    let (secret, secret_len) = chars(SECRET);
    let (data, len) = chars(body);
    let mut signature = blank!();
    let status = unsafe {
        let out = &mut signature;
        overten_sign(secret, secret_len, NOW, data.cast(), len, out, null_mut())
    };
    assert_eq!(status, OVERTEN_OK);
    signature
}

/// Verifies `body` under `signature`, with a delivery.
fn delivery(verifier: *const Verifier, signature: &Signature, body: &str) -> *mut Delivery {
    let (value, time) = (
        chars(text(&signature.signature)),
        chars(text(&signature.timestamp)),
    );
    let mut delivery = null_mut();
    let status = unsafe {
        overten_verify(
            verifier,
            value.0,
            value.1,
            time.0,
            time.1,
            body.as_ptr().cast(),
            body.len(),
            NOW,
            &mut delivery,
            null_mut(),
            null_mut(),
        )
    };
    assert_eq!(status, OVERTEN_OK);
    delivery
}

/// README: "does not need to outlive its events".
#[test]
fn an_event_outlives_its_delivery_and_its_verifier() {
    let (verifier, body) = (verifier(), BODY.to_owned());
    let delivery = delivery(verifier, &signed(&body), &body);
    let mut event = null_mut();
    assert_eq!(
        unsafe { overten_delivery_event(delivery, &mut event, null_mut()) },
        OVERTEN_OK
    );
    unsafe { overten_delivery_free(delivery) };
    unsafe { overten_verifier_free(verifier) };

    let field = |read_field: unsafe extern "C" fn(*const Event, *mut View) -> Status| {
        let mut view = blank!();
        assert_eq!(unsafe { read_field(event, &mut view) }, OVERTEN_OK);
        read(view)
    };
    assert_eq!(field(overten_event_run_id).as_deref(), Some("run_01"));
    assert_eq!(field(fields::summary).as_deref(), Some("café"), "decoded");
    assert_eq!(
        field(fields::message).as_deref(),
        Some(""),
        "empty is present"
    );
    assert_eq!(field(overten_event_task_id), None);

    let mut json = blank!();
    let (name, name_len) = chars("n");
    assert_eq!(
        unsafe { overten_event_member(event, name, name_len, &mut json) },
        OVERTEN_OK
    );
    assert_eq!(read(json).as_deref(), Some("2"), "the last one counts");

    let mut key: Key = blank!();
    let status = unsafe { overten_event_idempotency_key(event, OVERTEN_KEY_RUN, &mut key) };
    assert_eq!(
        (status, text(&key.text)),
        (OVERTEN_OK, "run.completed:run_01")
    );
    unsafe { overten_event_free(event) };
}

#[test]
fn a_decoded_text_stays_where_it_is() {
    let verifier = verifier();
    let delivery = delivery(verifier, &signed(BODY), BODY);
    let mut event = null_mut();
    unsafe { overten_delivery_event(delivery, &mut event, null_mut()) };
    let (mut first, mut second): (View, View) = (blank!(), blank!());
    unsafe { fields::summary(event, &mut first) };
    unsafe { fields::summary(event, &mut second) };
    assert_eq!(first.data, second.data);
    unsafe { overten_event_free(event) };
    unsafe { overten_delivery_free(delivery) };
    unsafe { overten_verifier_free(verifier) };
}

/// What the convention allows C to do with an event.
struct Shared(*mut Event);

unsafe impl Sync for Shared {}

impl Shared {
    fn pointer(&self) -> *const Event {
        self.0
    }
}

#[test]
fn one_event_is_read_by_many_threads() {
    let verifier = verifier();
    let delivery = delivery(verifier, &signed(BODY), BODY);
    let mut event = null_mut();
    unsafe { overten_delivery_event(delivery, &mut event, null_mut()) };
    let shared = Shared(event);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let event = shared.pointer();
                let mut view = blank!();
                assert_eq!(unsafe { fields::summary(event, &mut view) }, OVERTEN_OK);
                assert_eq!(read(view).as_deref(), Some("café"));
            });
        }
    });
    unsafe { overten_event_free(event) };
    unsafe { overten_delivery_free(delivery) };
    unsafe { overten_verifier_free(verifier) };
}

#[test]
fn a_verification_does_not_need_the_headers_any_more() {
    let verifier = verifier();
    let signature = signed(BODY);
    let mut verification = null_mut();
    {
        let names = (
            "x-overten-signature".to_owned(),
            "X-Overten-Timestamp".to_owned(),
        );
        let values = (
            text(&signature.signature).to_owned(),
            format!(" {}\t", text(&signature.timestamp)),
        );
        let header = |name: &str, value: &str| Header {
            name: chars(name).0,
            name_len: name.len(),
            value: chars(value).0,
            value_len: value.len(),
        };
        let headers = [header(&names.0, &values.0), header(&names.1, &values.1)];
        let status = unsafe {
            let out = &mut verification;
            overten_verification_new_headers(verifier, headers.as_ptr(), 2, out, null_mut())
        };
        assert_eq!(status, OVERTEN_OK);
        assert_eq!(
            unsafe { overten_headers_check(headers.as_ptr(), 2, null_mut()) },
            OVERTEN_OK
        );
    }
    for chunk in BODY.as_bytes().chunks(7) {
        let (data, len) = (chunk.as_ptr().cast(), chunk.len());
        let status = unsafe { overten_verification_update(verification, data, len) };
        assert_eq!(status, OVERTEN_OK);
    }
    let mut verdict: Verdict = blank!();
    let finish =
        |out| unsafe { overten_verification_finish(verification, NOW + 5, out, null_mut()) };
    assert_eq!(finish(&mut verdict), OVERTEN_OK);
    assert_eq!(
        (verdict.timestamp_unix_seconds, verdict.age_seconds),
        (NOW, 5)
    );
    assert_eq!(finish(&mut verdict), OVERTEN_INVALID_ARGUMENT, "once only");
    let status = unsafe { overten_verification_update(verification, null(), 0) };
    assert_eq!(status, OVERTEN_INVALID_ARGUMENT, "nothing after the end");
    unsafe { overten_verification_free(verification) };
    unsafe { overten_verifier_free(verifier) };
}

#[test]
fn a_verification_may_be_given_up() {
    let verifier = verifier();
    let signature = signed(BODY);
    let (value, time) = (
        chars(text(&signature.signature)),
        chars(text(&signature.timestamp)),
    );
    let mut verification = null_mut();
    let status = unsafe {
        let out = &mut verification;
        overten_verification_new(verifier, value.0, value.1, time.0, time.1, out, null_mut())
    };
    assert_eq!(status, OVERTEN_OK);
    unsafe { overten_verification_free(verification) };
    unsafe { overten_verifier_free(verifier) };
}

/// README: "the function returns `OVERTEN_INTERNAL`, with its outputs untouched."
#[test]
fn a_panic_becomes_a_status_and_writes_only_the_error() {
    let mut error: Error = blank!();
    let status = unsafe { entry_with_error(&mut error, |_| panic!("a fault of ours")) };
    assert_eq!((status, error.code), (OVERTEN_INTERNAL, OVERTEN_INTERNAL));
    assert_eq!(
        unsafe { entry(|_| panic!("a fault of ours")) },
        OVERTEN_INTERNAL
    );
}

#[test]
fn a_length_that_no_object_has_is_refused_unread() {
    let one = [0_u8; 1];
    let max = isize::MAX.unsigned_abs();
    for (len, status) in [
        (0, OVERTEN_OK),
        (1, OVERTEN_OK),
        (max + 1, OVERTEN_INVALID_ARGUMENT),
        (usize::MAX, OVERTEN_INVALID_ARGUMENT),
    ] {
        let got = unsafe { entry(|caller| caller.array(one.as_ptr(), len).map(drop)) };
        assert_eq!(got, status, "{len} bytes");
    }
    // Elements, not bytes: 2^59 headers of 32 bytes are too many.
    let header: *const Header = null();
    let got = unsafe { entry(|caller| caller.array(header, max / 2).map(drop)) };
    assert_eq!(got, OVERTEN_INVALID_ARGUMENT);
    let got = unsafe { entry(|caller| caller.array(header, 1).map(drop)) };
    assert_eq!(got, OVERTEN_NULL_ARGUMENT);
    assert_eq!(
        unsafe { entry(|caller| caller.array(header, 0).map(drop)) },
        OVERTEN_OK
    );
}

/// README: "as long as the options it does not know are zero; else it gets `OVERTEN_INVALID_ARGUMENT` rather than silence."
#[test]
fn options_grow_and_unknown_ones_are_refused() {
    #[repr(C)]
    struct Newer {
        known: Options,
        added: u64,
    }
    let known = Options {
        struct_size: 0,
        flags: 0,
        past_seconds: 300,
        future_seconds: 300,
        max_body_bytes: 1_048_576,
    };
    let (lines, lines_len) = chars(SECRET);
    let make = |options: *const Options| {
        let mut verifier = null_mut();
        let status = unsafe {
            let out = &mut verifier;
            overten_verifier_new_from_lines(lines, lines_len, options, out, null_mut())
        };
        unsafe { overten_verifier_free(verifier) };
        status
    };
    for (size, added, status) in [
        (size_of::<Options>(), 7, OVERTEN_OK),
        (size_of::<Newer>(), 0, OVERTEN_OK),
        (size_of::<Newer>(), 7, OVERTEN_INVALID_ARGUMENT),
        (size_of::<Options>() - 1, 0, OVERTEN_INVALID_ARGUMENT),
        (0, 0, OVERTEN_INVALID_ARGUMENT),
        (usize::MAX, 0, OVERTEN_INVALID_ARGUMENT),
    ] {
        let struct_size = u32::try_from(size).unwrap_or(u32::MAX);
        let options = Newer {
            known: Options {
                struct_size,
                ..known
            },
            added,
        };
        assert_eq!(
            make((&raw const options).cast()),
            status,
            "size {size}, added {added}"
        );
    }
    assert_eq!(make(null()), OVERTEN_OK);
}

#[test]
fn a_record_says_what_the_accessors_say() {
    let verifier = verifier();
    let delivery = delivery(verifier, &signed(BODY), BODY);
    let mut record = vec![0_u8; 1024];
    let mut len = 0;
    let mut pack = |capacity: usize, record: &mut [u8]| {
        let status = unsafe {
            let out = record.as_mut_ptr().cast();
            overten_delivery_packed(delivery, OVERTEN_KEY_RUN, out, capacity, &mut len)
        };
        assert_eq!(status, OVERTEN_OK);
        len
    };
    let needed = pack(0, &mut record);
    assert_eq!(pack(needed - 1, &mut record), needed);
    assert!(
        record.iter().all(|byte| *byte == 0),
        "nothing written where it does not fit"
    );
    pack(needed, &mut record);

    let word = |at: usize| u32::from_le_bytes(record[at..at + 4].try_into().unwrap());
    let at_ref = |index: usize| {
        let (offset, len) = (word(48 + 8 * index) as usize, word(52 + 8 * index) as usize);
        let whole: Vec<u8> = [BODY.as_bytes(), &record[..needed]].concat();
        (offset != u32::MAX as usize)
            .then(|| String::from_utf8(whole[offset..offset + len].to_vec()).unwrap())
    };
    assert_eq!(
        (word(0) as usize, word(4), word(28)),
        (needed, 0, OVERTEN_KIND_RUN_COMPLETED)
    );
    assert_eq!(at_ref(0).as_deref(), Some("run.completed"));
    assert_eq!(at_ref(1).as_deref(), Some("run_01"));
    assert_eq!(at_ref(2), None, "no task_id");
    assert_eq!(at_ref(5).as_deref(), Some("run.completed:run_01"));
    assert_eq!((at_ref(6), at_ref(7)), (None, None), "keys not asked for");
    let optional = |index: usize| 10 + index;
    assert_eq!(at_ref(optional(0)), None, "no agent_name");
    assert_eq!(at_ref(optional(3)).as_deref(), Some("café"));
    assert_eq!(at_ref(optional(6)).as_deref(), Some(""));
    let number =
        |index: usize| u64::from(word(52 + 8 * index)) << 32 | u64::from(word(48 + 8 * index));
    assert_eq!(f64::from_bits(number(optional(7))), 0.5, "credits_used");
    assert_eq!(number(optional(8)), u64::MAX, "no duration_ms");
    let members = word(32) as usize;
    assert!(members >= optional(9), "a field is added at the end");
    assert_eq!(word(36), 7, "members");
    assert_eq!(at_ref(members).as_deref(), Some("event"));
    assert_eq!(
        (at_ref(members + 12), at_ref(members + 13)),
        (Some("n".into()), Some("2".into()))
    );
    unsafe { overten_delivery_free(delivery) };
    unsafe { overten_verifier_free(verifier) };
}

/// Without a signature no MAC is computed, which takes Miri minutes; the C programs have those that are.
///
/// README: "a report | does not need anything that it was made of".
#[test]
fn a_report_needs_nothing_that_it_was_made_of() {
    let mut report = null_mut();
    {
        let lines = format!("mine:{SECRET}\n");
        let (body, lines) = (format!("{BODY}\n"), chars(&lines));
        let header = |name: &'static str, value: &str| Header {
            name: chars(name).0,
            name_len: name.len(),
            value: chars(value).0,
            value_len: value.len(),
        };
        let headers = [
            header("X-Other", "1"),
            header("X-Overten-Timestamp", "1760000000"),
        ];
        let (data, len) = (body.as_ptr().cast(), body.len());
        let (out, error) = (&mut report, null_mut());
        let (options, others) = (null(), null());
        let status = unsafe {
            overten_diagnose_from_lines(
                headers.as_ptr(),
                2,
                data,
                len,
                NOW,
                lines.0,
                lines.1,
                others,
                0,
                options,
                out,
                error,
            )
        };
        assert_eq!(status, OVERTEN_OK);
    }
    let (mut json, mut words): (View, View) = (blank!(), blank!());
    assert_eq!(
        unsafe { overten_report_json(report, &mut json) },
        OVERTEN_OK
    );
    assert_eq!(
        unsafe { overten_report_text(report, &mut words) },
        OVERTEN_OK
    );
    let (json, words) = (read(json).unwrap(), read(words).unwrap());
    assert!(json.contains(r#""suspicions":[{"suspicion":"signature_missing","#));
    assert!(words.contains("secret 'mine': configured, fingerprint ") && !words.contains(SECRET));
    unsafe { overten_report_free(report) };
}

#[test]
fn every_free_takes_null() {
    unsafe { overten_report_free(null_mut()) };
    unsafe { overten_verifier_free(null_mut()) };
    unsafe { overten_delivery_free(null_mut()) };
    unsafe { overten_event_free(null_mut()) };
    unsafe { overten_verification_free(null_mut()) };
}

#[test]
fn the_error_never_cuts_a_message() {
    let room = size_of_val(&Error::of(Code::Ok.into()).message);
    for code in Code::ALL {
        assert!(message(code).len() < room, "{code}");
    }
    let longest = u64::MAX.to_string();
    let malformed = [
        "whsec_whsec_",
        "NAME=whsec_",
        "v1,",
        "\"",
        "a b",
        "\x7f",
        "\u{e9}",
    ];
    for secret in [&malformed[..], &["", "short", &"long".repeat(80)]].concat() {
        let refused = overten_webhook::Secret::new(secret.as_bytes()).unwrap_err();
        assert!(refused.to_string().len() < room, "{refused}");
    }
    let refused = overten_webhook::Secret::new(b"\xff").unwrap_err();
    assert!(refused.to_string().len() < room, "{refused}");
    let window = overten_webhook::Tolerance::seconds(longest.parse().unwrap());
    let refused = overten_webhook::Retention::from_seconds(0)
        .check(window)
        .unwrap_err();
    assert!(refused.to_string().len() < room, "{refused}");
    use overten_webhook::{LengthDifference, Rejection};
    for rejection in [
        Rejection::SignatureMismatch {
            length: Some(LengthDifference {
                body_bytes: u64::MAX,
                content_length: u64::MAX,
            }),
        },
        Rejection::MissingTimestamp,
        Rejection::BodyTooLarge {
            max_body_bytes: usize::MAX,
        },
        Rejection::TimestampTooOld {
            secret_index: 7,
            age_seconds: i64::MAX,
            past_seconds: u64::MAX,
        },
        Rejection::TimestampInFuture {
            secret_index: 7,
            age_seconds: i64::MIN,
            future_seconds: u64::MAX,
        },
    ] {
        assert!(rejection.to_string().len() < room, "{rejection}");
    }
    assert!(overten_webhook::PathError.to_string().len() < room);
}

#[test]
fn the_numbers_words_and_versions_are_the_cores() {
    let word = |status| unsafe { CStr::from_ptr(overten_status_code(status)) };
    for code in Code::ALL {
        assert_eq!(word(code.number()).to_str(), Ok(code.as_str()));
        assert_eq!(
            overten_status_http_status(code.number()),
            u32::from(code.http_status())
        );
        assert_eq!(overten_status_retryable(code.number()), code.is_retryable());
    }
    for unknown in [4, 99, 108, 301, u32::MAX] {
        assert_eq!(word(unknown), c"unknown");
        assert_eq!(overten_status_http_status(unknown), 503);
        assert!(overten_status_retryable(unknown));
        assert!(!unsafe { CStr::from_ptr(overten_status_message(unknown)) }.is_empty());
    }
    let version = unsafe { CStr::from_ptr(overten_version()) };
    assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
    let number = overten_version_number();
    let parts = format!("{}.{}.{}", number >> 16, number >> 8 & 0xff, number & 0xff);
    assert_eq!(parts, env!("CARGO_PKG_VERSION"));
}
