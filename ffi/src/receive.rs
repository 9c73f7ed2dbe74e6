//! A receiver's rules: which request is its own, what a claim means, what to answer.

use std::ffi::c_char;
use std::str;

use overten_webhook::{
    Claim, Code, DEFAULT_MAX_BODY_BYTES, LedgerEntry, MismatchAnswer, Retention, Tolerance,
    UnixSeconds, check_request,
};

use crate::error::Error;
use crate::pointers::{Caller, entry, entry_with_error};
use crate::status::Status;
use crate::types::{Answer, Defaults, terminated};
use crate::verifier::Verifier;

/// A ledger knows nothing of the key.
pub const OVERTEN_LEDGER_NOTHING: u32 = 0;
/// Somebody claimed the key, and has neither committed nor released it.
pub const OVERTEN_LEDGER_CLAIMED: u32 = 1;
/// The key was handled.
pub const OVERTEN_LEDGER_COMMITTED: u32 = 2;

/// Tells whether a request is for this receiver, before anything else about it is looked at.
///
/// `path` is the configured one, `target` the requested one with or without a query, which is ignored, as is a trailing
/// slash. `OVERTEN_OK`, `OVERTEN_NOT_FOUND` for another path, or else `OVERTEN_METHOD_NOT_ALLOWED` for anything but a POST.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_request_check(
    path: *const c_char,
    path_len: usize,
    method: *const c_char,
    method_len: usize,
    target: *const c_char,
    target_len: usize,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let path = str::from_utf8(caller.text(path, path_len)?);
        let method = str::from_utf8(caller.text(method, method_len)?);
        let target = str::from_utf8(caller.text(target, target_len)?);
        let path = path.map_err(|_| Code::InvalidArgument)?;
        let target = target.map_err(|_| Code::NotFound)?;
        // No method that is not text is a POST; the path still goes first.
        Ok(check_request(path, method.unwrap_or_default(), target)?)
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// What to answer to an outcome.
///
/// `status` is what a function returned, or a receiver's own: `OVERTEN_ACCEPTED` (as `OVERTEN_OK`), `OVERTEN_DUPLICATE`,
/// `OVERTEN_QUARANTINED` (as `OVERTEN_MALFORMED_PAYLOAD`), `OVERTEN_IN_FLIGHT`, `OVERTEN_UNAVAILABLE`... What says that
/// nothing could be checked, a number that is no status included, is answered as misconfigured.
/// `mismatch_http_status` is what a wrong signature gets: 401, or 503 until the first delivery has verified and while
/// secrets are being changed, since Overten never sends a delivery again after a 4xx; another number is
/// `OVERTEN_INVALID_ARGUMENT`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_answer_to(
    status: u32,
    mismatch_http_status: u32,
    out_answer: *mut Answer,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let out = caller.out(out_answer)?;
        let mismatch = match mismatch_http_status {
            401 => MismatchAnswer::Unauthorized,
            503 => MismatchAnswer::Retry,
            _ => return Err(Code::InvalidArgument.into()),
        };
        let code = Code::from_number(status).unwrap_or(Code::Misconfigured);
        let answer = overten_webhook::Answer::to(code, mismatch);
        let header = |name| {
            let mut headers = answer.headers();
            headers.find_map(|(found, value)| (found == name).then_some(value))
        };
        let retry_after = header("Retry-After").map_or(Ok(0), str::parse);
        out.write(Answer {
            http_status: answer.status().into(),
            retry_after_seconds: retry_after.map_err(|_| Code::Internal)?,
            allow: terminated(header("Allow").unwrap_or_default()),
            body: terminated(answer.body()),
        });
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// Judges a claim of a key by what your ledger knows of it.
///
/// `entry_kind` is one of `OVERTEN_LEDGER_...`, `entry_unix_seconds` when that was. `OVERTEN_OK`: the key is yours, handle the
/// delivery, then commit or release; `OVERTEN_DUPLICATE`: it was handled; `OVERTEN_IN_FLIGHT`: somebody has it now. A
/// claim lapses once it is `lease_seconds` old, a committed key once it is older than `retention_seconds`. Look up, judge
/// and record under one lock or in one transaction.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_claim_judge(
    entry_kind: u32,
    entry_unix_seconds: i64,
    now_unix_seconds: i64,
    lease_seconds: u64,
    retention_seconds: u64,
) -> Status {
    let body = |_: &Caller<'_>| {
        let at = UnixSeconds::new(entry_unix_seconds);
        let known = match entry_kind {
            OVERTEN_LEDGER_NOTHING => None,
            OVERTEN_LEDGER_CLAIMED => Some(LedgerEntry::Claimed { at }),
            OVERTEN_LEDGER_COMMITTED => Some(LedgerEntry::Committed { at }),
            _ => return Err(Code::InvalidArgument.into()),
        };
        // The retention was compared with the tolerance by `overten_retention_check`, once.
        let retention = Retention::new(retention_seconds, Tolerance::off())?;
        let now = UnixSeconds::new(now_unix_seconds);
        match Claim::judge(known, now, lease_seconds, retention) {
            Claim::New => Ok(()),
            Claim::Duplicate => Err(Code::Duplicate.into()),
            Claim::InFlight => Err(Code::InFlight.into()),
        }
    };
    // SAFETY: no pointer came in.
    unsafe { entry(body) }
}

/// Tells whether keys are kept long enough: longer than the verifier's tolerance in past and future together.
///
/// Else `OVERTEN_INVALID_ARGUMENT`, since a replay could come after its key is forgotten. With a side of the tolerance
/// switched off any retention will do, and a replay after it counts as new. `out_error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_retention_check(
    verifier: *const Verifier,
    retention_seconds: u64,
    out_error: *mut Error,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let verifier = caller.object(verifier)?;
        Retention::new(retention_seconds, verifier.verifier.tolerance())?;
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_error(out_error, body) }
}

/// A receiver's defaults. `durable_ledger`: whether the keys survive a restart.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_receiver_defaults(
    durable_ledger: bool,
    out_defaults: *mut Defaults,
) -> Status {
    let body = |caller: &Caller<'_>| {
        let out = caller.out(out_defaults)?;
        let tolerance = Tolerance::for_receiver(durable_ledger);
        let seconds = |side: Option<u64>| side.ok_or(Code::Internal);
        out.write(Defaults {
            past_seconds: seconds(tolerance.past())?,
            future_seconds: seconds(tolerance.future())?,
            retention_seconds: Retention::DEFAULT_SECONDS,
            lease_seconds: Claim::DEFAULT_LEASE_SECONDS,
            max_body_bytes: DEFAULT_MAX_BODY_BYTES as u64,
        });
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}
