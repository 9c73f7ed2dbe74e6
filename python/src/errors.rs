//! From the core's errors to the exceptions that `overten_webhook.exceptions` declares: the only place that raises them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use overten_webhook::{Code, PayloadError, Rejection, SecretError};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

mod exceptions {
    use pyo3::import_exception;

    import_exception!(overten_webhook.exceptions, BodyTooLarge);
    import_exception!(overten_webhook.exceptions, HeaderError);
    import_exception!(overten_webhook.exceptions, InternalError);
    import_exception!(overten_webhook.exceptions, InvalidArgument);
    import_exception!(overten_webhook.exceptions, PayloadError);
    import_exception!(overten_webhook.exceptions, SecretError);
    import_exception!(overten_webhook.exceptions, SignatureMismatch);
    import_exception!(overten_webhook.exceptions, TimestampError);
}

/// Runs `call`, so that a fault of ours arrives as an `InternalError`, which `except Exception` catches.
///
/// Nothing is known that makes the core panic; this is the net under it.
pub(crate) fn guarded<T>(call: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| {
        let text =
            "a fault of overten_webhook itself: please report it, with what standard error says";
        Err(PyErr::new::<exceptions::InternalError, _>((
            Code::Internal.as_str(),
            text,
        )))
    })
}

/// A delivery that was rejected.
pub(crate) fn rejected(rejection: Rejection) -> PyErr {
    let code = rejection.code().as_str();
    let text = rejection.to_string();
    match rejection {
        Rejection::MissingSignature
        | Rejection::MalformedSignature(_)
        | Rejection::MissingTimestamp
        | Rejection::MalformedTimestamp(_) => {
            PyErr::new::<exceptions::HeaderError, _>((code, text))
        }
        Rejection::BodyTooLarge { max_body_bytes } => {
            PyErr::new::<exceptions::BodyTooLarge, _>((code, text, max_body_bytes))
        }
        Rejection::SignatureMismatch { .. } => {
            PyErr::new::<exceptions::SignatureMismatch, _>((code, text))
        }
        Rejection::TimestampTooOld {
            age_seconds,
            past_seconds: tolerance_seconds,
            ..
        }
        | Rejection::TimestampInFuture {
            age_seconds,
            future_seconds: tolerance_seconds,
            ..
        } => {
            let arguments = (code, text, age_seconds, tolerance_seconds);
            PyErr::new::<exceptions::TimestampError, _>(arguments)
        }
    }
}

/// A verified body that is not an event.
pub(crate) fn unreadable(error: PayloadError) -> PyErr {
    let code = error.code().as_str();
    let arguments = (code, error.to_string(), error.offset(), error.field());
    PyErr::new::<exceptions::PayloadError, _>(arguments)
}

/// Secrets that were refused.
pub(crate) fn refused_secret(error: SecretError) -> PyErr {
    let arguments = (error.code().as_str(), error.to_string(), error.position());
    PyErr::new::<exceptions::SecretError, _>(arguments)
}

/// An argument of the right type whose value has no meaning.
pub(crate) fn invalid_argument(text: impl Into<String>) -> PyErr {
    let arguments = (Code::InvalidArgument.as_str(), text.into());
    PyErr::new::<exceptions::InvalidArgument, _>(arguments)
}

/// An argument of the wrong type: says what is wanted and what was given.
pub(crate) fn wrong_type(wanted: &str, given: &Bound<'_, PyAny>) -> PyErr {
    match given.get_type().name() {
        Ok(name) => PyTypeError::new_err(format!("{wanted}, not {name}")),
        Err(error) => error,
    }
}
