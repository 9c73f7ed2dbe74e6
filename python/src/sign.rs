//! The sending side.

use overten_webhook::scheme::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use overten_webhook::{Secret, sign as core_sign};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arguments;
use crate::errors::{guarded, invalid_argument, refused_secret};

/// Signs a body as Overten does, for tests: returns the two signed headers, by name.
///
/// `body` is the exact bytes that will be sent, `secret` a str or bytes, `now` Unix seconds or an aware datetime.
///
/// Raises `SecretError` for a secret that no verifier takes, and `InvalidArgument` for a time outside 0 to
/// 999,999,999,999 seconds.
///
/// >>> from overten_webhook import sign
/// >>> secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
/// >>> body = b'{"event":"run.completed","run_id":"run_01","data":{"ok":true}}'
/// >>> sign(body, secret, now=1_760_000_000)["X-Overten-Signature"]
/// 'sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9'
#[pyfunction]
#[pyo3(signature = (body, secret, *, now))]
pub(crate) fn sign<'py>(
    py: Python<'py>,
    body: &Bound<'py, PyAny>,
    secret: &Bound<'py, PyAny>,
    now: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyDict>> {
    guarded(|| {
        let body = arguments::body(body)?;
        let secret = arguments::text(secret, "secret")?;
        let secret = Secret::new(&secret).map_err(refused_secret)?;
        let signature = core_sign(&secret, arguments::now(now)?, body.as_bytes())
            .map_err(|error| invalid_argument(error.to_string()))?;
        let headers = PyDict::new(py);
        headers.set_item(SIGNATURE_HEADER, signature.signature_value())?;
        headers.set_item(TIMESTAMP_HEADER, signature.timestamp_value())?;
        Ok(headers)
    })
}
