//! A body that deliveries and events share, in whichever thread they are read.

use std::sync::Arc;

use pyo3::pybacked::PyBackedBytes;

/// The bytes of a Python object. Unlike that object it can be cloned while other Python threads run.
#[derive(Clone)]
pub(crate) struct Body(Arc<PyBackedBytes>);

impl Body {
    /// The Python object itself; only while this thread is attached.
    pub(crate) fn to_python(&self) -> PyBackedBytes {
        PyBackedBytes::clone(&self.0)
    }
}

impl From<PyBackedBytes> for Body {
    fn from(bytes: PyBackedBytes) -> Self {
        Self(Arc::new(bytes))
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
