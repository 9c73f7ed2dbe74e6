//! `Delivery`.

use overten_webhook::Delivery as CoreDelivery;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyTuple;

use crate::body::Body;
use crate::errors::guarded;
use crate::event;
use crate::rebuild;

/// An authentic, fresh delivery. Holding one is the proof: only `Verifier.verify` makes it.
///
/// It can be pickled, to be read later or in another process; whoever unpickles trusts the pickle, as with any.
#[pyclass(frozen, weakref, module = "overten_webhook")]
pub(crate) struct Delivery {
    inner: CoreDelivery<Body>,
    /// What `inner` holds too, and only gives up whole.
    body: Body,
}

impl Delivery {
    pub(crate) const fn new(inner: CoreDelivery<Body>, body: Body) -> Self {
        Self { inner, body }
    }
}

#[pymethods]
impl Delivery {
    /// Reads the event: a `RunCompleted`, `RunFailed` or `OtherEvent`.
    ///
    /// Raises `PayloadError` where the body is not a JSON object with the texts `event` and `run_id`. The delivery is
    /// authentic all the same: keep its `body` under `body_key()`, so that nothing is lost.
    fn event(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guarded(|| event::of_delivery(py, &self.inner, &self.body))
    }

    /// The key of a delivery whose event cannot be read: `body=` and the SHA-256 of the body, in hex.
    fn body_key(&self) -> String {
        self.inner.body_key().as_str().to_owned()
    }

    /// The body's bytes as received.
    #[getter]
    fn body(&self) -> PyBackedBytes {
        self.body.to_python()
    }

    /// When Overten says that it sent the delivery, in Unix seconds.
    #[getter]
    fn timestamp(&self) -> i64 {
        self.inner.verdict().timestamp().get()
    }

    /// Seconds from that time to `now`; negative for a delivery from the future.
    #[getter]
    fn age(&self) -> i64 {
        self.inner.verdict().age_seconds()
    }

    /// The position, from 0, of the secret that made the signature.
    #[getter]
    fn secret_index(&self) -> usize {
        self.inner.verdict().secret_index()
    }

    /// The label of that secret: during a rotation it shows which one is still in use.
    #[getter]
    fn secret_label(&self) -> String {
        self.inner.verdict().secret_label().as_str().to_owned()
    }

    fn __repr__(&self) -> String {
        format!(
            "<Delivery timestamp={} age={} secret={} body_bytes={}>",
            self.timestamp(),
            self.age(),
            self.inner.verdict().secret_label(),
            self.inner.body().len(),
        )
    }

    fn __reduce__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let rebuild = rebuild::function(py, "_rebuild_delivery")?;
        let arguments = (
            self.body(),
            self.timestamp(),
            self.age(),
            self.secret_index(),
            self.secret_label(),
        );
        Ok((rebuild, arguments.into_pyobject(py)?))
    }
}
