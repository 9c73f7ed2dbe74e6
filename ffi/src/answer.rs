//! What to answer over HTTP.

use overten_webhook::{Answer as CoreAnswer, Code, MismatchAnswer};

use crate::error::Failure;
use crate::pointers::{Caller, entry};
use crate::status::Status;
use crate::types::{Answer, terminated};

/// What to answer to a status, for a host that verifies by itself; `overten_reception_end` gives a receiver its answers.
///
/// `status` is what a function returned. `OVERTEN_OK` is answered as `OVERTEN_ACCEPTED`, `OVERTEN_MALFORMED_PAYLOAD` as
/// `OVERTEN_QUARANTINED`, and what says that nothing could be checked, a number that is no status included, as misconfigured.
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
        let mismatch = mismatch(mismatch_http_status)?;
        let answer = match Code::from_number(status).unwrap_or(Code::Misconfigured) {
            Code::SignatureMismatch => CoreAnswer::to_mismatch(mismatch),
            code => CoreAnswer::to(code),
        };
        out.write(plain(answer)?);
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(body) }
}

/// The setting that a number means.
pub(crate) fn mismatch(http_status: u32) -> Result<MismatchAnswer, Failure> {
    let known = [MismatchAnswer::Unauthorized, MismatchAnswer::Retry];
    let mut known = known.into_iter();
    let found = known.find(|mismatch| u32::from(mismatch.status()) == http_status);
    found.ok_or(Failure::Argument(
        "mismatch_http_status is neither 401 nor 503",
    ))
}

/// The answer as C reads it.
pub(crate) fn plain(answer: CoreAnswer) -> Result<Answer, Failure> {
    let header = |name| {
        let mut headers = answer.headers();
        headers.find_map(|(found, value)| (found == name).then_some(value))
    };
    let retry_after = header("Retry-After").map_or(Ok(0), str::parse);
    Ok(Answer {
        http_status: answer.status().into(),
        retry_after_seconds: retry_after.map_err(|_| Code::Internal)?,
        allow: terminated(header("Allow").unwrap_or_default()),
        body: terminated(answer.body()),
    })
}
