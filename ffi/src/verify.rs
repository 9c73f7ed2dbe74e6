//! Verifying a delivery whose whole body is in memory.

use std::ffi::{c_char, c_void};

use overten_webhook::{Code, SignedHeaders, UnixSeconds};

use crate::delivery::Delivery;
use crate::error::{Error, Failure};
use crate::headers::{from_pairs, from_values};
use crate::pointers::{Body, Caller, entry_with_error};
use crate::status::Status;
use crate::types::Verdict;
use crate::verifier::Verifier;

/// Checks a delivery, given its two header values.
///
/// `signature` and `timestamp` are the values of `X-Overten-Signature` and `X-Overten-Timestamp` as received, those of a
/// repeated header joined by commas; NULL with length 0 where the header was not sent. `body` is the exact bytes received,
/// before any parsing or decoding. `now_unix_seconds` is your clock.
///
/// In this order: `OVERTEN_MISSING_SIGNATURE`, `OVERTEN_MALFORMED_SIGNATURE`, `OVERTEN_MISSING_TIMESTAMP`,
/// `OVERTEN_MALFORMED_TIMESTAMP`, `OVERTEN_BODY_TOO_LARGE`, `OVERTEN_SIGNATURE_MISMATCH`, and for an authentic delivery
/// `OVERTEN_TIMESTAMP_TOO_OLD` or `OVERTEN_TIMESTAMP_IN_FUTURE`. The body is not parsed and need not be JSON.
///
/// `out_delivery`, `out_verdict` and `out_error` may be NULL. Without `out_delivery` nothing is allocated. With it,
/// `*out_delivery` is freed with `overten_delivery_free`, and refers to the body, which must stay until then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verify(
    verifier: *const Verifier,
    signature: *const c_char,
    signature_len: usize,
    timestamp: *const c_char,
    timestamp_len: usize,
    body: *const c_void,
    body_len: usize,
    now_unix_seconds: i64,
    out_delivery: *mut *mut Delivery,
    out_verdict: *mut Verdict,
    out_error: *mut Error,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let verifier = caller.object(verifier)?;
        let body = caller.body(body.cast(), body_len)?;
        let signature = (signature, signature_len);
        let headers = from_values(caller, signature, (timestamp, timestamp_len))?;
        let delivery = verify(verifier, &headers, body, now_unix_seconds)?;
        hand_over(caller, delivery, out_delivery, out_verdict)
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, run) }
}

/// Checks a delivery, given all headers of its request in any order.
///
/// A name in any case is found, and a signed header that was sent twice is refused. Where `Content-Length` is among them and the
/// body has another length, a mismatch says so: something in front of you read, emptied or cut it. All else as `overten_verify`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verify_headers(
    verifier: *const Verifier,
    headers: *const crate::types::Header,
    headers_len: usize,
    body: *const c_void,
    body_len: usize,
    now_unix_seconds: i64,
    out_delivery: *mut *mut Delivery,
    out_verdict: *mut Verdict,
    out_error: *mut Error,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let verifier = caller.object(verifier)?;
        let body = caller.body(body.cast(), body_len)?;
        let headers = from_pairs(caller, headers, headers_len)?;
        let delivery = verify(verifier, &headers, body, now_unix_seconds)?;
        hand_over(caller, delivery, out_delivery, out_verdict)
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, run) }
}

pub(crate) fn verify(
    verifier: &Verifier,
    headers: &SignedHeaders,
    body: Body,
    now_unix_seconds: i64,
) -> Result<overten_webhook::Delivery<Body>, Failure> {
    let now = UnixSeconds::new(now_unix_seconds);
    Ok(verifier.verifier.verify(headers, body, now)?)
}

fn hand_over(
    caller: &Caller<'_>,
    delivery: overten_webhook::Delivery<Body>,
    out_delivery: *mut *mut Delivery,
    out_verdict: *mut Verdict,
) -> Result<(), Failure> {
    let verdict = verdict(delivery.verdict())?;
    if let Some(out) = caller.optional_out(out_delivery) {
        out.give(Delivery::new(delivery));
    }
    if let Some(out) = caller.optional_out(out_verdict) {
        out.write(verdict);
    }
    Ok(())
}

pub(crate) fn verdict(verdict: &overten_webhook::Verdict) -> Result<Verdict, Failure> {
    Ok(Verdict {
        timestamp_unix_seconds: verdict.timestamp().get(),
        age_seconds: verdict.age_seconds(),
        secret_index: u32::try_from(verdict.secret_index()).map_err(|_| Code::Internal)?,
        reserved: 0,
    })
}
