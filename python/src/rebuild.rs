//! What unpickling calls. A pickle is trusted like any pickle: this proves nothing about where the bytes came from.

use std::hash::{BuildHasher, Hasher, RandomState};

use overten_webhook::{
    Delivery as CoreDelivery, MAX_SECRETS, Secret, Secrets, SignedHeaders, Tolerance, UnixSeconds,
    Verifier, sign,
};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::body::Body;
use crate::delivery::Delivery;
use crate::errors::{guarded, invalid_argument, refused_secret, rejected};
use crate::event;

/// The function of that name in this extension module.
pub(crate) fn function<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    PyModule::import(py, "overten_webhook._core")?.getattr(name)
}

/// A delivery from what its pickle holds.
#[pyfunction]
#[pyo3(name = "_rebuild_delivery")]
pub(crate) fn rebuild_delivery(
    body: PyBackedBytes,
    timestamp: i64,
    age: i64,
    secret_index: usize,
    secret_label: &str,
) -> PyResult<Delivery> {
    guarded(|| {
        let now = UnixSeconds::new(timestamp.saturating_add(age));
        let timestamp = UnixSeconds::new(timestamp);
        let body = Body::from(body);
        let inner = verified(body.clone(), timestamp, now, secret_index, secret_label)?;
        Ok(Delivery::new(inner, body))
    })
}

/// An event from the body that its pickle holds.
#[pyfunction]
#[pyo3(name = "_rebuild_event")]
pub(crate) fn rebuild_event(py: Python<'_>, body: PyBackedBytes) -> PyResult<Py<PyAny>> {
    guarded(|| {
        let epoch = UnixSeconds::new(0);
        let body = Body::from(body);
        let delivery = verified(body.clone(), epoch, epoch, 0, "rebuilt")?;
        event::of_delivery(py, &delivery, &body)
    })
}

/// Goes the one way to a `Delivery`: signs the body with a secret made up on the spot, and verifies it.
fn verified(
    body: Body,
    timestamp: UnixSeconds,
    now: UnixSeconds,
    index: usize,
    label: &str,
) -> PyResult<CoreDelivery<Body>> {
    let made_up = MadeUp::new(index, label);
    let secrets = Secrets::new(made_up.inputs()).map_err(refused_secret)?;
    let secret = made_up.secrets.get(index).map_or("", String::as_str);
    let secret = Secret::new(secret.as_bytes()).map_err(refused_secret)?;
    let signature = sign(&secret, timestamp, body.as_ref())
        .map_err(|error| invalid_argument(error.to_string()))?;
    let headers = SignedHeaders::from_values(
        Some(signature.signature_value().as_bytes()),
        Some(signature.timestamp_value().as_bytes()),
    )
    .map_err(rejected)?;
    Verifier::new(secrets)
        .with_tolerance(Tolerance::off())
        .with_max_body_bytes(body.as_ref().len())
        .verify(&headers, body, now)
        .map_err(rejected)
}

/// As many secrets as it takes for one to stand at `index` under its label, all random.
struct MadeUp {
    secrets: Vec<String>,
    labels: Vec<String>,
}

impl MadeUp {
    fn new(index: usize, label: &str) -> Self {
        // The labels in front are of one character that the real one does not begin with.
        let filler = if label.starts_with('-') { "." } else { "-" };
        let count = index.saturating_add(1).min(MAX_SECRETS);
        let labels = (1..count).map(|length| filler.repeat(length));
        Self {
            secrets: (0..count).map(|_| random_digits()).collect(),
            labels: labels.chain([label.to_owned()]).collect(),
        }
    }

    fn inputs(&self) -> impl Iterator<Item = (&str, &str)> {
        let labels = self.labels.iter().map(String::as_str);
        labels.zip(self.secrets.iter().map(String::as_str))
    }
}

fn random_digits() -> String {
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}
