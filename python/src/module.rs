//! What the extension module exports.

use pyo3::prelude::*;

/// The compiled part of `overten_webhook`. Private: import from `overten_webhook`.
#[pymodule(gil_used = false)]
pub(crate) mod _core {
    use pyo3::exceptions::PyImportError;
    use pyo3::prelude::*;
    use pyo3::sync::PyOnceLock;

    #[pymodule_export]
    use crate::delivery::Delivery;
    #[pymodule_export]
    use crate::diagnose::diagnose;
    #[pymodule_export]
    use crate::event::{EventFields, OtherEvent, RunCompleted, RunFailed};
    #[pymodule_export]
    use crate::rebuild::{rebuild_delivery, rebuild_event};
    #[pymodule_export]
    use crate::receiver::Receiver;
    #[pymodule_export]
    use crate::reception::Reception;
    #[pymodule_export]
    use crate::rules::{judge_claim, receiver_tolerance};
    #[pymodule_export]
    use crate::sign::sign;
    #[pymodule_export]
    use crate::verifier::Verifier;

    #[pymodule_export]
    const DEFAULT_LEASE_SECONDS: u64 = overten_webhook::Claim::DEFAULT_LEASE_SECONDS;
    #[pymodule_export]
    const DEFAULT_MAX_BODY_BYTES: usize = overten_webhook::DEFAULT_MAX_BODY_BYTES;
    #[pymodule_export]
    const DEFAULT_RETENTION_SECONDS: u64 = overten_webhook::Retention::DEFAULT_SECONDS;
    #[pymodule_export]
    const DEFAULT_TOLERANCE_SECONDS: u64 = overten_webhook::Tolerance::DEFAULT_SECONDS;
    #[pymodule_export]
    const EVENT_HEADER: &str = overten_webhook::scheme::EVENT_HEADER;
    #[pymodule_export]
    const SIGNATURE_HEADER: &str = overten_webhook::scheme::SIGNATURE_HEADER;
    #[pymodule_export]
    const TIMESTAMP_HEADER: &str = overten_webhook::scheme::TIMESTAMP_HEADER;
    /// The core is a member of the same workspace, and all members share one version.
    #[pymodule_export]
    const CORE_VERSION: &str = env!("CARGO_PKG_VERSION");
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        refuse_second_interpreter(module.py())?;
        module.add("CODES", crate::rules::codes(module.py())?)
    }

    /// One that shares the first interpreter's GIL would import without a word, and then raise the first one's
    /// exception classes, which its own `except` clauses do not catch.
    fn refuse_second_interpreter(py: Python<'_>) -> PyResult<()> {
        // Each interpreter has a `builtins` module of its own. The first one seen is kept, so its address stays taken.
        static FIRST: PyOnceLock<Py<PyModule>> = PyOnceLock::new();

        let ours = PyModule::import(py, "builtins")?;
        let first = FIRST.get_or_init(py, || ours.clone().unbind());
        if first.is(&ours) {
            return Ok(());
        }
        Err(PyImportError::new_err(
            "overten_webhook works in one interpreter of a process, and another one has imported it already: receive in \
             that one, or in a process of its own (mod_wsgi: WSGIApplicationGroup %{GLOBAL})",
        ))
    }
}
