//! `Verifier`.

use overten_webhook::{DEFAULT_MAX_BODY_BYTES, Secrets, Tolerance, Verifier as CoreVerifier};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use crate::arguments;
use crate::body::Body;
use crate::delivery::Delivery;
use crate::errors::{guarded, refused_secret, rejected};
use crate::headers::Headers;

/// From this many bytes on, other threads run while a body is hashed.
///
/// Letting go of the interpreter costs 0.1 µs, but beside a thread that computes, getting it back takes that thread's
/// whole turn: 5 ms (measured with Python 3.13). Hashing this much takes 0.07 ms, which no other thread notices.
pub(crate) const DETACH_FROM_BYTES: usize = 128 * 1024;

/// Proves that deliveries are Overten's. Make it once, use it from any number of threads.
///
/// `secrets` are the signing secrets as Overten issued them, one to eight: a str or bytes, a sequence of them, or a
/// mapping from a label for your logs to the secret. White space around a secret is removed.
///
/// `tolerance` is how far a delivery's own time may lie from the clock: a timedelta for both sides (0 is "this very
/// second"), a `Tolerance` for each side, or `Tolerance.OFF` to check deliveries that were stored. The default is 300
/// seconds; None is refused.
///
/// `max_body_bytes` is the longest body that is looked at; the default is 1 MiB.
///
/// Raises `SecretError` (its `code` says which rule, its `position` which secret) and, for a setting that has no
/// meaning, `InvalidArgument` or `TypeError`.
///
/// >>> from overten_webhook import RunCompleted, Verifier
/// >>> verifier = Verifier("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
/// >>> body = b'{"event":"run.completed","run_id":"run_01","data":{"ok":true}}'
/// >>> headers = {
/// ...     "X-Overten-Signature": "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9",
/// ...     "X-Overten-Timestamp": "1760000000",
/// ... }
/// >>> event = verifier.verify(body, headers, now=1_760_000_004).event()
/// >>> event.run_id
/// 'run_01'
#[pyclass(frozen, weakref, module = "overten_webhook")]
pub(crate) struct Verifier {
    inner: CoreVerifier,
}

#[pymethods]
impl Verifier {
    #[new]
    #[pyo3(
        signature = (secrets, *, tolerance = ToleranceArgument::default(), max_body_bytes = MaxBodyBytes::default()),
        text_signature = "(secrets, *, tolerance=..., max_body_bytes=1048576)"
    )]
    fn new(
        secrets: &Bound<'_, PyAny>,
        tolerance: ToleranceArgument,
        max_body_bytes: MaxBodyBytes,
    ) -> PyResult<Self> {
        guarded(|| {
            let secrets = arguments::secrets(secrets)?.map_err(refused_secret)?;
            Ok(Self::with_settings(secrets, tolerance, max_body_bytes))
        })
    }

    /// Checks one delivery and returns it as a `Delivery`, which is the proof.
    ///
    /// `body` is the raw body, before any parsing or decoding: bytes (not copied), bytearray or memoryview. `headers`
    /// is what your framework calls `request.headers`, any mapping, or (name, value) pairs of str or bytes; all values
    /// of a repeated header must be among them. `now` is the clock, as Unix seconds or as an aware datetime; the
    /// host's clock where it is None.
    ///
    /// Raises `HeaderError`, `BodyTooLarge`, `SignatureMismatch` or `TimestampError`, in this order, each a
    /// `WebhookError`; and `TypeError` where an argument is of the wrong type, such as a body that was decoded.
    ///
    /// >>> from overten_webhook import SignatureMismatch, Verifier, sign
    /// >>> secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    /// >>> headers = sign(b"{}", secret, now=1_760_000_000)
    /// >>> try:
    /// ...     Verifier(secret).verify(b"{ }", headers, now=1_760_000_000)
    /// ... except SignatureMismatch as error:
    /// ...     print(error.code, error.status)
    /// signature_mismatch 401
    #[pyo3(signature = (body, headers, *, now = None))]
    fn verify(
        &self,
        py: Python<'_>,
        body: &Bound<'_, PyAny>,
        headers: &Bound<'_, PyAny>,
        now: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Delivery> {
        guarded(|| {
            let body = Body::from(PyBackedBytes::from(arguments::body(body)?));
            #[cfg(feature = "forced-failure")]
            assert_ne!(body.as_ref(), b"forced failure");
            let headers = Headers::collect(headers)?;
            let now = arguments::now_or_clock(py, now)?;
            let headers = headers.signed()?;
            let verify = || self.inner.verify(&headers, body.clone(), now);
            let verified = if body.as_ref().len() < DETACH_FROM_BYTES {
                verify()
            } else {
                py.detach(verify)
            };
            let delivery = verified.map_err(rejected)?;
            Ok(Delivery::new(delivery, body))
        })
    }

    /// Checks the form of the two signed headers alone, before any body is read; says nothing about who sent them.
    ///
    /// Raises `HeaderError` where `verify` would, and `TypeError` for what cannot be headers.
    ///
    /// >>> from overten_webhook import HeaderError, Verifier
    /// >>> try:
    /// ...     Verifier.check_headers({"Host": "localhost"})
    /// ... except HeaderError as error:
    /// ...     print(error.code)
    /// missing_signature
    #[staticmethod]
    fn check_headers(headers: &Bound<'_, PyAny>) -> PyResult<()> {
        guarded(|| Headers::collect(headers)?.signed().map(drop))
    }

    /// The tolerance in force.
    #[getter]
    fn tolerance<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static FROM_SECONDS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

        let from_seconds =
            FROM_SECONDS.import(py, "overten_webhook._settings", "tolerance_of_seconds")?;
        let tolerance = self.inner.tolerance();
        from_seconds.call1((tolerance.past(), tolerance.future()))
    }

    /// The body limit in force, in bytes: a receiver stops reading there.
    #[getter]
    fn max_body_bytes(&self) -> usize {
        self.inner.max_body_bytes()
    }

    /// The secrets in their order, each as label and fingerprint, by which two people can compare what is loaded.
    #[getter]
    fn secrets<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        static SECRET_INFO: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

        let info = SECRET_INFO.import(py, "overten_webhook._settings", "SecretInfo")?;
        let secrets = self.inner.secrets().iter().map(|secret| {
            let (label, fingerprint) = (secret.label(), secret.fingerprint());
            info.call1((label.as_str(), fingerprint.as_str()))
        });
        PyTuple::new(py, secrets.collect::<PyResult<Vec<_>>>()?)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let secrets = self.inner.secrets().iter();
        let secrets =
            secrets.map(|secret| format!("{} ({})", secret.label(), secret.fingerprint()));
        Ok(format!(
            "<Verifier secrets={} tolerance={} max_body_bytes={}>",
            secrets.collect::<Vec<_>>().join(", "),
            self.tolerance(py)?,
            self.inner.max_body_bytes(),
        ))
    }
}

impl Verifier {
    fn with_settings(
        secrets: Secrets,
        ToleranceArgument(tolerance): ToleranceArgument,
        MaxBodyBytes(max_body_bytes): MaxBodyBytes,
    ) -> Self {
        let inner = CoreVerifier::new(secrets)
            .with_tolerance(tolerance)
            .with_max_body_bytes(max_body_bytes);
        Self { inner }
    }
}

/// The tolerance as it is given: left out is not None.
#[derive(Default)]
pub(crate) struct ToleranceArgument(pub(crate) Tolerance);

impl<'py> FromPyObject<'_, 'py> for ToleranceArgument {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        arguments::tolerance(&given).map(Self)
    }
}

/// The body limit as it is given.
pub(crate) struct MaxBodyBytes(pub(crate) usize);

impl Default for MaxBodyBytes {
    fn default() -> Self {
        Self(DEFAULT_MAX_BODY_BYTES)
    }
}

impl<'py> FromPyObject<'_, 'py> for MaxBodyBytes {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        arguments::max_body_bytes(&given).map(Self)
    }
}
