//! Why a captured delivery does not verify, for `overten_webhook.diagnosis`. Private to the package.

use overten_webhook::SecretInput;
use overten_webhook::diagnose::Capture;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::arguments::{self, GivenSecret};
use crate::errors::guarded;
use crate::headers::Headers;
use crate::verifier::{MaxBodyBytes, ToleranceArgument};

/// The report as JSON and in words. With `lines`, which are those of an environment variable, `secrets` are None.
#[pyfunction]
#[pyo3(signature = (headers, body, secrets, *, lines, now, tolerance, max_body_bytes, other_secrets))]
#[expect(
    clippy::too_many_arguments,
    reason = "each is one argument of the public function, by its name"
)]
pub(crate) fn diagnose(
    py: Python<'_>,
    headers: &Bound<'_, PyAny>,
    body: &Bound<'_, PyAny>,
    secrets: &Bound<'_, PyAny>,
    lines: Option<&[u8]>,
    now: Option<&Bound<'_, PyAny>>,
    tolerance: ToleranceArgument,
    max_body_bytes: MaxBodyBytes,
    other_secrets: &Bound<'_, PyAny>,
) -> PyResult<(String, String)> {
    guarded(|| {
        let headers = Headers::collect_any(headers)?;
        let body = PyBackedBytes::from(arguments::body(body)?);
        let secrets = arguments::each_secret(secrets, "secrets")?;
        let others = arguments::each_secret(other_secrets, "other_secrets")?;
        let now = arguments::now_or_clock(py, now)?;
        // Other threads run meanwhile, so that nothing of Python's is referred to.
        let headers: Vec<(Vec<u8>, Vec<u8>)> = headers
            .pairs()
            .map(|(name, value)| (name.as_ref().to_vec(), value.as_ref().to_vec()))
            .collect();
        let report = py.detach(|| {
            let pairs = headers.iter().map(|(name, value)| (name, value));
            let lines = SecretInput::from_lines(lines.unwrap_or_default());
            Capture::new(pairs, &body, now)
                .with_tolerance(tolerance.0)
                .with_max_body_bytes(max_body_bytes.0)
                .with_other_secrets(others.iter().map(GivenSecret::input))
                .diagnose(secrets.iter().map(GivenSecret::input).chain(lines))
        });
        Ok((report.to_json(), report.to_string()))
    })
}
