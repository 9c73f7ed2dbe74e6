//! The core's rules for a receiver, for `overten_webhook.receiver` and its stores. Private to the package.

use overten_webhook::{
    Answer, Claim, Code, LedgerEntry, MismatchAnswer, Retention, Tolerance, check_request,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::errors::invalid_argument;

/// Every code by its word: its number, its HTTP status, and whether Overten sends again after that.
pub(crate) fn codes(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let codes = PyDict::new(py);
    for code in Code::ALL {
        let entry = (code.number(), code.http_status(), code.is_retryable());
        codes.set_item(code.as_str(), entry)?;
    }
    Ok(codes)
}

type AnswerParts<'py> = (u16, Vec<(&'static str, &'static str)>, Bound<'py, PyBytes>);

/// How a code is answered: status, headers and body.
#[pyfunction]
#[pyo3(signature = (code, *, retry_mismatch = false))]
pub(crate) fn answer<'py>(
    py: Python<'py>,
    code: &str,
    retry_mismatch: bool,
) -> PyResult<AnswerParts<'py>> {
    let code: Code = code
        .parse()
        .map_err(|_| invalid_argument(format!("{code:?} is not a code")))?;
    let mismatch = if retry_mismatch {
        MismatchAnswer::Retry
    } else {
        MismatchAnswer::Unauthorized
    };
    let answer = Answer::to(code, mismatch);
    let body = PyBytes::new(py, answer.body().as_bytes());
    Ok((answer.status(), answer.headers().collect(), body))
}

/// The code of a request that is not for this receiver. With `path` None the framework has routed already.
#[pyfunction]
pub(crate) fn judge_request(
    path: Option<&str>,
    method: &str,
    target: &str,
) -> Option<&'static str> {
    let verdict = check_request(path.unwrap_or(target), method, target);
    verdict.err().map(Code::as_str)
}

/// What a store answers to a claim of a key that was claimed or committed at the given times, in Unix seconds.
#[pyfunction]
#[pyo3(signature = (*, claimed_at, committed_at, now, lease_seconds, retention_seconds))]
pub(crate) fn judge_claim(
    claimed_at: Option<i64>,
    committed_at: Option<i64>,
    now: i64,
    lease_seconds: u64,
    retention_seconds: u64,
) -> &'static str {
    let committed = committed_at.map(|at| LedgerEntry::Committed { at: at.into() });
    let entry = committed.or(claimed_at.map(|at| LedgerEntry::Claimed { at: at.into() }));
    // Whether the retention fits the tolerance was asked when the receiver was made.
    let retention = Retention::new(retention_seconds, Tolerance::off()).unwrap_or_default();
    Claim::judge(entry, now.into(), lease_seconds, retention).as_str()
}

/// Refuses a retention that a replay could outlive.
#[pyfunction]
pub(crate) fn check_retention(
    seconds: u64,
    past: Option<u64>,
    future: Option<u64>,
) -> PyResult<()> {
    let tolerance = past.map_or(Tolerance::off(), |past| Tolerance::off().with_past(past));
    let tolerance = future.map_or(tolerance, |future| tolerance.with_future(future));
    Retention::new(seconds, tolerance)
        .map(drop)
        .map_err(|error| invalid_argument(error.to_string()))
}

/// The two sides of a receiver's default tolerance in seconds, by whether its store survives a restart.
#[pyfunction]
pub(crate) fn receiver_tolerance(durable: bool) -> (Option<u64>, Option<u64>) {
    let tolerance = Tolerance::for_receiver(durable);
    (tolerance.past(), tolerance.future())
}
