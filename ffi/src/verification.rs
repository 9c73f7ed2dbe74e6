//! Verifying a body that arrives in chunks.

use std::ffi::{c_char, c_void};

use overten_webhook::{Code, SignedHeaders, UnixSeconds};

use crate::error::Error;
use crate::headers::{from_pairs, from_values};
use crate::pointers::{self, Caller, entry, entry_with_secrets, outlive};
use crate::status::Status;
use crate::types::{Header, Verdict};
use crate::verifier::Verifier;
use crate::verify::verdict;

/// A delivery that is being checked while its body arrives. It holds none of the body; one thread at a time uses it.
#[derive(Debug)]
pub struct Verification {
    /// `None` once finished. Its verifier is the caller's, who keeps it.
    running: Option<overten_webhook::Verification<'static>>,
}

impl Verification {
    fn begin(verifier: &Verifier, headers: &SignedHeaders) -> Self {
        // SAFETY: the convention: a verifier outlives its verifications.
        let verifier: &'static Verifier = unsafe { outlive(verifier) };
        Self {
            running: Some(verifier.verifier.begin(headers)),
        }
    }
}

/// Begins to check a delivery, given its two header values, before any of its body is there.
///
/// The values are as in `overten_verify`, and so are the statuses for them. The verifier must outlive the verification; the
/// values may go when this returns. `*out_verification` is freed with `overten_verification_free`. `out_error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verification_new(
    verifier: *const Verifier,
    signature: *const c_char,
    signature_len: usize,
    timestamp: *const c_char,
    timestamp_len: usize,
    out_verification: *mut *mut Verification,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let (verifier, out) = (caller.object(verifier)?, caller.out(out_verification)?);
        let signature = (signature, signature_len);
        let headers = from_values(caller, signature, (timestamp, timestamp_len))?;
        out.give(Verification::begin(verifier, &headers));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_secrets(out_error, body) }
}

/// Begins to check a delivery, given all headers of its request as in `overten_verify_headers`; else the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verification_new_headers(
    verifier: *const Verifier,
    headers: *const Header,
    headers_len: usize,
    out_verification: *mut *mut Verification,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let (verifier, out) = (caller.object(verifier)?, caller.out(out_verification)?);
        let headers = from_pairs(caller, headers, headers_len)?;
        out.give(Verification::begin(verifier, &headers));
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_secrets(out_error, body) }
}

/// Takes in the next bytes of the body. The verdict is the same for every way of cutting it.
///
/// `OVERTEN_BODY_TOO_LARGE` once the body is over the limit: stop reading, no more is hashed. `OVERTEN_INVALID_ARGUMENT`
/// after `overten_verification_finish`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verification_update(
    verification: *mut Verification,
    chunk: *const c_void,
    chunk_len: usize,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let verification = caller.object_mut(verification)?;
        let chunk = caller.array::<u8>(chunk.cast(), chunk_len)?;
        let running = verification.running.as_mut().ok_or(Code::InvalidArgument)?;
        running.update(chunk);
        if running.is_too_large() {
            return Err(Code::BodyTooLarge.into());
        }
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// Gives the verdict, once the whole body has been taken in. Called once; it does not free the verification.
///
/// The statuses are those of `overten_verify`; `OVERTEN_INVALID_ARGUMENT` the second time. `out_verdict` and `out_error`
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verification_finish(
    verification: *mut Verification,
    now_unix_seconds: i64,
    out_verdict: *mut Verdict,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let verification = caller.object_mut(verification)?;
        let running = verification.running.take().ok_or(Code::InvalidArgument)?;
        let verdict = verdict(&running.finish(UnixSeconds::new(now_unix_seconds))?)?;
        if let Some(out) = caller.optional_out(out_verdict) {
            out.write(verdict);
        }
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_secrets(out_error, body) }
}

/// Ends a verification, finished or not. NULL is nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_verification_free(verification: *mut Verification) {
    // SAFETY: the convention: NULL, or from `overten_verification_new` and not freed yet.
    unsafe { pointers::free(verification) }
}
