//! The core's rules that stores and settings go by. Private to the package.

use overten_webhook::{Claim, Code, LedgerEntry, Retention, Tolerance};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Every code by its word: its number, its HTTP status, and whether Overten sends again after that.
pub(crate) fn codes(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let codes = PyDict::new(py);
    for code in Code::ALL {
        let entry = (code.number(), code.http_status(), code.is_retryable());
        codes.set_item(code.as_str(), entry)?;
    }
    Ok(codes)
}

/// What a store answers to a claim of a key that it knows as claimed or as committed since `at`, in Unix seconds; `at` is
/// None for a key that it does not know.
#[pyfunction]
#[pyo3(signature = (at, *, committed, now, lease_seconds, retention_seconds))]
pub(crate) fn judge_claim(
    at: Option<i64>,
    committed: bool,
    now: i64,
    lease_seconds: u64,
    retention_seconds: u64,
) -> &'static str {
    let entry = at.map(|at| match committed {
        true => LedgerEntry::Committed { at: at.into() },
        false => LedgerEntry::Claimed { at: at.into() },
    });
    let retention = Retention::from_seconds(retention_seconds);
    Claim::judge(entry, now.into(), lease_seconds, retention).as_str()
}

/// The two sides of a receiver's default tolerance in seconds, by whether its store survives a restart.
#[pyfunction]
pub(crate) fn receiver_tolerance(durable: bool) -> (Option<u64>, Option<u64>) {
    let tolerance = Tolerance::for_receiver(durable);
    (tolerance.past(), tolerance.future())
}
