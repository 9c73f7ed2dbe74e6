//! The three event classes: each field is decoded when it is read.

use std::borrow::Cow;

use std::sync::OnceLock;

use overten_webhook::{Delivery as CoreDelivery, Event as CoreEvent, EventKind, Named, Scope};
use pyo3::IntoPyObjectExt;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

use crate::body::Body;
use crate::errors::{guarded, invalid_argument, unreadable, wrong_type};
use crate::rebuild;

/// What every event has. Only a `Delivery` makes one.
///
/// A known optional field that was not sent, or was sent as another type, is None. Events are equal where their bodies are.
#[pyclass(frozen, subclass, weakref, name = "_Event", module = "overten_webhook")]
pub(crate) struct EventFields {
    inner: CoreEvent<Body>,
    raw: PyBackedBytes,
    data: OnceLock<Py<PyAny>>,
}

/// `run.completed`: a task ended well, and its document can be downloaded.
#[pyclass(frozen, extends = EventFields, module = "overten_webhook")]
pub(crate) struct RunCompleted;

/// `run.failed`: a task failed; `error` says why.
#[pyclass(frozen, extends = EventFields, module = "overten_webhook")]
pub(crate) struct RunFailed;

/// An event that this version does not know, by its `name`. Overten adds events freely, so it is no error.
#[pyclass(frozen, extends = EventFields, module = "overten_webhook")]
pub(crate) struct OtherEvent;

/// The delivery's event as an object of its class.
pub(crate) fn of_delivery(
    py: Python<'_>,
    delivery: &CoreDelivery<Body>,
    body: &Body,
) -> PyResult<Py<PyAny>> {
    let inner = delivery.event().map_err(unreadable)?;
    of_core(py, inner, body.to_python())
}

/// A core event and the body that it was read from, as an object of its class.
pub(crate) fn of_core(
    py: Python<'_>,
    inner: CoreEvent<Body>,
    raw: PyBackedBytes,
) -> PyResult<Py<PyAny>> {
    let kind = match inner.kind() {
        EventKind::RunCompleted => Kind::RunCompleted,
        EventKind::RunFailed => Kind::RunFailed,
        EventKind::Other(_) => Kind::Other,
    };
    let fields = PyClassInitializer::from(EventFields {
        inner,
        raw,
        data: OnceLock::new(),
    });
    Ok(match kind {
        Kind::RunCompleted => Py::new(py, fields.add_subclass(RunCompleted))?.into_any(),
        Kind::RunFailed => Py::new(py, fields.add_subclass(RunFailed))?.into_any(),
        Kind::Other => Py::new(py, fields.add_subclass(OtherEvent))?.into_any(),
    })
}

impl EventFields {
    /// What the log line names it by.
    pub(crate) fn named(&self) -> Named<'_> {
        Named::from(&self.inner)
    }
}

enum Kind {
    RunCompleted,
    RunFailed,
    Other,
}

#[pymethods]
impl EventFields {
    #[classattr]
    fn __match_args__() -> (&'static str,) {
        ("run_id",)
    }

    /// The event's name as sent, such as `run.completed`; never empty.
    #[getter]
    fn name(&self) -> &str {
        self.inner.name()
    }

    /// The run, a durable document; never empty.
    #[getter]
    fn run_id(&self) -> &str {
        self.inner.run_id()
    }

    /// The task, one execution in a run.
    #[getter]
    fn task_id(&self) -> Option<&str> {
        self.inner.task_id()
    }

    /// Why the run failed: an `ErrorDetail` with `code` and `message`, of which either may be None.
    #[getter]
    fn error<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        static ERROR_DETAIL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

        let Some(error) = self.inner.error() else {
            return Ok(None);
        };
        let class = ERROR_DETAIL.import(py, "overten_webhook._payload", "ErrorDetail")?;
        class.call1((error.code, error.message)).map(Some)
    }

    /// The body's bytes as received: the object that was given to `verify`, where that was bytes.
    #[getter]
    fn raw(&self) -> PyBackedBytes {
        self.raw.clone()
    }

    /// The whole object as Python values, unknown members included, ints exact (one of more than 4,300 digits, or than
    /// `sys.set_int_max_str_digits` allows, is its text). Made on first use, and the same object each time: do not
    /// change it.
    #[getter]
    fn data(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static PARSE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

        if let Some(data) = self.data.get() {
            return Ok(data.clone_ref(py));
        }
        let parse = PARSE.import(py, "overten_webhook._payload", "parse")?;
        let data = parse.call1((self.raw(),))?.unbind();
        // Where another thread was quicker, its object is the one.
        Ok(self.data.get_or_init(|| data).clone_ref(py))
    }

    /// A top-level member as the JSON text that was sent, or None where there is none: numbers keep every digit.
    #[pyo3(signature = (name, /))]
    fn member(&self, name: &Bound<'_, PyAny>) -> PyResult<Option<&str>> {
        let name = name
            .cast::<PyString>()
            .map_err(|_| wrong_type("name must be str", name))?;
        // A name with a lone surrogate is the name of nothing: such a body is no event.
        Ok(name.to_str().ok().and_then(|name| self.inner.member(name)))
    }

    /// The key under which this event is claimed, the same in every stack.
    ///
    /// `scope` is `"run"`, which Overten recommends, or `"task"` for a receiver that resumes runs: a resumed run ends
    /// once per task, with the same event and run. Give the scope of your receiver, or always `"task"`: under the coarser
    /// one a consumer would take the second task for the first. Raises `InvalidArgument` for any other.
    #[pyo3(signature = (scope = None), text_signature = "(self, scope='run')")]
    fn idempotency_key(&self, scope: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
        let scope = scope.map_or(Ok(Scope::Run), scope_named)?;
        guarded(|| Ok(self.inner.idempotency_key(scope).as_str().to_owned()))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let py = slf.py();
        let event = &slf.get().inner;
        let shown = |text: &str| PyString::new(py, text).repr().map(|text| text.to_string());
        Ok(format!(
            "<{} name={} run_id={} task_id={}>",
            slf.get_type().name()?,
            shown(event.name())?,
            shown(event.run_id())?,
            event.task_id().map_or(Ok("None".to_owned()), shown)?,
        ))
    }

    fn __eq__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        match other.cast::<Self>() {
            Ok(other) => {
                let are_equal = self.inner.body() == other.get().inner.body();
                are_equal.into_bound_py_any(py)
            }
            // What is compared with may know better, as `mock.ANY` does.
            Err(_) => Ok(py.NotImplemented().into_bound(py)),
        }
    }

    /// What was put into `data` may lead back here; clearing that dict is what breaks such a cycle.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(self.data.get())
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        self.raw().into_pyobject(py)?.hash()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (PyBackedBytes,))> {
        let rebuild = rebuild::function(py, "_rebuild_event")?;
        Ok((rebuild, (self.raw(),)))
    }
}

macro_rules! getters {
    ($($name:ident: $type:ident, $doc:literal;)*) => {
        #[pymethods]
        impl EventFields {
            $(
                #[doc = $doc]
                #[getter]
                fn $name(&self) -> Option<value::$type<'_>> {
                    self.inner.$name()
                }
            )*
        }
    };
}

/// What a field is read as, by its type.
mod value {
    pub(super) type Text<'a> = super::Cow<'a, str>;
    pub(super) type Number<'a> = f64;
    pub(super) type WholeNumber<'a> = u64;
}

overten_webhook::optional_fields!(getters);

fn scope_named(given: &Bound<'_, PyAny>) -> PyResult<Scope> {
    let name = given
        .cast::<PyString>()
        .map_err(|_| wrong_type("scope must be 'run' or 'task'", given))?;
    let scope = name.to_str().ok().and_then(|name| name.parse().ok());
    scope.ok_or_else(|| invalid_argument("scope must be 'run' or 'task'"))
}
