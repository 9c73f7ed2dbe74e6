//! From Python's arguments to the core's: bodies, secrets, settings and clocks. Headers have a file of their own.

use overten_webhook::{SecretError, SecretInput, Secrets, Tolerance, UnixSeconds};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyDateTime, PyFloat, PyMapping, PyMemoryView, PySequence,
    PyString,
};

use crate::errors::{invalid_argument, wrong_type};

/// The body as `bytes`: itself, or a copy of a bytearray or memoryview, which others may change while it is checked.
pub(crate) fn body<'py>(given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
    if let Ok(bytes) = given.cast::<PyBytes>() {
        return Ok(bytes.clone());
    }
    if given.is_instance_of::<PyByteArray>() || given.is_instance_of::<PyMemoryView>() {
        let bytes_type = given.py().get_type::<PyBytes>();
        let copied = bytes_type.call1((given,));
        // A memoryview that was released has no bytes.
        let copied = copied.map_err(|error| invalid_argument(format!("body: {error}")))?;
        return Ok(copied.cast_into()?);
    }
    Err(wrong_type(
        "body must be the raw bytes of the request, before any parsing or decoding (FastAPI and Starlette: await \
         request.body(); Flask: request.get_data(); Django: request.body; aiohttp: await request.read())",
        given,
    ))
}

/// One secret, several, or several by label.
pub(crate) fn secrets(given: &Bound<'_, PyAny>) -> PyResult<Result<Secrets, SecretError>> {
    let secrets = each_secret(given, "secrets")?;
    Ok(Secrets::new(secrets.iter().map(GivenSecret::input)))
}

/// A secret as it was given, with its label where it has one.
pub(crate) struct GivenSecret {
    label: Option<PyBackedBytes>,
    secret: PyBackedBytes,
}

impl GivenSecret {
    /// The same, for the core to judge.
    pub(crate) fn input(&self) -> SecretInput<'_> {
        match &self.label {
            Some(label) => SecretInput::labelled(label, &self.secret),
            None => SecretInput::unlabelled(&self.secret),
        }
    }
}

/// The secrets of an argument of that name, not judged yet.
pub(crate) fn each_secret(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<GivenSecret>> {
    let unlabelled = |secret: &Bound<'_, PyAny>, name: &str| {
        let secret = text(secret, name)?;
        Ok(GivenSecret {
            label: None,
            secret,
        })
    };
    if given.is_none() {
        Ok(Vec::new())
    } else if is_text(given) {
        Ok(vec![unlabelled(given, name)?])
    } else if let Ok(mapping) = given.cast::<PyMapping>() {
        let pairs = mapping.items()?;
        let pairs = pairs.iter().map(|pair| {
            let (label, secret): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
            Ok(GivenSecret {
                label: Some(text(&label, &format!("a label of {name}"))?),
                secret: text(&secret, &format!("each of {name}"))?,
            })
        });
        pairs.collect()
    } else if let Ok(sequence) = given.cast::<PySequence>() {
        let secrets = sequence.try_iter()?;
        let name = format!("each of {name}");
        secrets.map(|secret| unlabelled(&secret?, &name)).collect()
    } else {
        Err(wrong_type(
            &format!(
                "{name} must be str, bytes, a sequence of them, or a mapping from label to secret"
            ),
            given,
        ))
    }
}

/// Secrets in the form of an environment variable or a mounted file.
pub(crate) fn secret_lines(given: &Bound<'_, PyAny>) -> PyResult<Result<Secrets, SecretError>> {
    Ok(Secrets::from_lines(&text(given, "the secrets")?))
}

/// The bytes of a secret or label. What no secret can be (a lone surrogate) stays what no secret can be.
pub(crate) fn text(given: &Bound<'_, PyAny>, name: &str) -> PyResult<PyBackedBytes> {
    if let Ok(bytes) = given.cast::<PyBytes>() {
        return Ok(bytes.clone().into());
    }
    if let Ok(text) = given.cast::<PyString>() {
        return Ok(encoded(text)?.into());
    }
    Err(wrong_type(&format!("{name} must be str or bytes"), given))
}

/// The bytes of a request line's part. A str that a server decoded with `surrogateescape` gives the bytes received.
pub(crate) fn request_line(given: &Bound<'_, PyAny>, name: &str) -> PyResult<PyBackedBytes> {
    if let Ok(bytes) = given.cast::<PyBytes>() {
        return Ok(bytes.clone().into());
    }
    let wanted = format!("{name} must be the text of the request line, or its bytes");
    let Ok(text) = given.cast::<PyString>() else {
        return Err(wrong_type(&wanted, given));
    };
    let arguments = ("utf-8", "surrogateescape");
    let bytes = text.call_method1(intern!(text.py(), "encode"), arguments);
    let bytes = bytes
        .map_err(|_| PyTypeError::new_err(format!("{wanted}, not a str with lone surrogates")))?;
    Ok(bytes.cast_into::<PyBytes>()?.into())
}

/// A str as UTF-8, a lone surrogate as the three bytes that are not UTF-8, so that nothing else reads the same.
fn encoded<'py>(text: &Bound<'py, PyString>) -> PyResult<Bound<'py, PyBytes>> {
    let arguments = ("utf-8", "surrogatepass");
    let bytes = text.call_method1(intern!(text.py(), "encode"), arguments)?;
    Ok(bytes.cast_into()?)
}

fn is_text(given: &Bound<'_, PyAny>) -> bool {
    given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>()
}

/// A timedelta or a `Tolerance`, judged by `overten_webhook._settings`.
pub(crate) fn tolerance(given: &Bound<'_, PyAny>) -> PyResult<Tolerance> {
    static SIDES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

    let sides = SIDES.import(given.py(), "overten_webhook._settings", "tolerance_sides")?;
    let (past, future): (Option<u64>, Option<u64>) = sides.call1((given,))?.extract()?;
    let tolerance = past.map_or(Tolerance::off(), |past| Tolerance::off().with_past(past));
    Ok(future.map_or(tolerance, |future| tolerance.with_future(future)))
}

/// The body limit in bytes.
pub(crate) fn max_body_bytes(given: &Bound<'_, PyAny>) -> PyResult<usize> {
    let wanted = "max_body_bytes must be an int";
    if given.is_instance_of::<PyBool>() {
        return Err(wrong_type(wanted, given));
    }
    let py = given.py();
    given.extract().map_err(|error: PyErr| {
        if error.is_instance_of::<PyOverflowError>(py) {
            invalid_argument("max_body_bytes must be 0 or more, and a size that memory can have")
        } else {
            wrong_type(wanted, given)
        }
    })
}

/// The caller's clock, or Python's own where None is given, so that tests which freeze `time.time` freeze this too.
pub(crate) fn now_or_clock(
    py: Python<'_>,
    given: Option<&Bound<'_, PyAny>>,
) -> PyResult<UnixSeconds> {
    static TIME: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

    if let Some(given) = given {
        return now(given);
    }
    // The module's dict, in which a name is found sooner than as an attribute of the module.
    let time = TIME.import(py, "time", "__dict__")?;
    now(&time.get_item(intern!(py, "time"))?.call0()?)
}

/// Unix seconds, a fraction floored, or an aware datetime.
pub(crate) fn now(given: &Bound<'_, PyAny>) -> PyResult<UnixSeconds> {
    let wanted = "now must be Unix seconds (int or float) or an aware datetime";
    if let Ok(seconds) = given.cast::<PyFloat>() {
        return floored(seconds.value());
    }
    if given.is_instance_of::<PyBool>() {
        return Err(wrong_type(wanted, given));
    }
    if let Ok(moment) = given.cast::<PyDateTime>() {
        return seconds_of(moment);
    }
    let py = given.py();
    let seconds = given.extract().map_err(|error: PyErr| {
        if error.is_instance_of::<PyOverflowError>(py) {
            invalid_argument("now is beyond 64 bits: Unix seconds are needed")
        } else {
            wrong_type(wanted, given)
        }
    });
    seconds.map(UnixSeconds::new)
}

fn floored(seconds: f64) -> PyResult<UnixSeconds> {
    // 2^63: the first double beyond i64.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;

    let seconds = seconds.floor();
    if (-LIMIT..LIMIT).contains(&seconds) {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within i64")]
        return Ok(UnixSeconds::new(seconds as i64));
    }
    Err(invalid_argument(
        "now must be a finite number of Unix seconds",
    ))
}

/// Whole seconds since the epoch, in Python's own exact arithmetic; a datetime without a time zone is refused there.
fn seconds_of(moment: &Bound<'_, PyDateTime>) -> PyResult<UnixSeconds> {
    static UNIX_SECONDS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

    let unix_seconds =
        UNIX_SECONDS.import(moment.py(), "overten_webhook._settings", "unix_seconds")?;
    let seconds: i64 = unix_seconds.call1((moment,))?.extract()?;
    Ok(UnixSeconds::new(seconds))
}
