//! Every header pair of a request, from whatever a host calls its headers.

use overten_webhook::SignedHeaders;
use overten_webhook::scheme::{EVENT_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyMemoryView, PyString, PyTuple};

use crate::errors::{rejected, wrong_type};

/// Header names and values, kept alive while the core looks at them. The core decides which of them count.
pub(crate) struct Headers<'py> {
    pairs: Vec<(Text<'py>, Text<'py>)>,
}

impl<'py> Headers<'py> {
    /// Collects all pairs of a mapping (every value of a repeated header among them) or of an iterable; refuses an environ.
    pub(crate) fn collect(given: &Bound<'py, PyAny>) -> PyResult<Self> {
        let headers = Self::collect_any(given)?;
        if headers.are_an_environ() {
            return Err(an_environ());
        }
        Ok(headers)
    }

    /// The same with names as an environ has them: a diagnosis says that this is what is wrong.
    pub(crate) fn collect_any(given: &Bound<'py, PyAny>) -> PyResult<Self> {
        let mut headers = Self { pairs: Vec::new() };
        if let Ok(dict) = given.cast_exact::<PyDict>() {
            headers.pairs.reserve(dict.len());
            for (name, value) in dict.iter() {
                headers.push(name, value)?;
            }
        } else if let Ok(list) = given.cast_exact::<PyList>() {
            headers.extend(list.iter().map(Ok))?;
        } else if given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>() {
            return Err(wrong_headers(given));
        } else if let Some(list) = inner_list(given)? {
            headers.extend(list.iter().map(Ok))?;
        } else if let Some(items) = all_items(given)? {
            headers.extend(items.call0()?.try_iter()?)?;
        } else {
            let pairs = given.try_iter().map_err(|_| wrong_headers(given))?;
            headers.extend(pairs)?;
        }
        Ok(headers)
    }

    /// The two signed values, their forms checked.
    pub(crate) fn signed(&self) -> PyResult<SignedHeaders> {
        SignedHeaders::from_pairs(self.pairs()).map_err(rejected)
    }

    /// All of them, for the core.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&Text<'py>, &Text<'py>)> {
        self.pairs.iter().map(|(name, value)| (name, value))
    }

    /// Whether they are what is left of a WSGI environ. A request may bear any name, but has its `Host` beside it.
    fn are_an_environ(&self) -> bool {
        let names = || self.pairs.iter().map(|(name, _)| name.as_ref());
        let is_theirs = |name: &[u8]| {
            name == b"HTTP_X_OVERTEN_SIGNATURE" || name == b"HTTP_X_OVERTEN_TIMESTAMP"
        };
        let is_ours = |name: &[u8]| {
            let ours = ["Host", SIGNATURE_HEADER, TIMESTAMP_HEADER];
            ours.iter()
                .any(|ours| ours.as_bytes().eq_ignore_ascii_case(name))
        };
        names().any(is_theirs) && !names().any(is_ours)
    }

    fn extend(&mut self, pairs: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>) -> PyResult<()> {
        self.pairs.reserve(pairs.size_hint().0);
        for pair in pairs {
            let pair = pair?;
            let two = match pair.cast::<PyTuple>() {
                Ok(tuple) => tuple.extract(),
                Err(_) => pair
                    .cast::<PyList>()
                    .map_err(PyErr::from)
                    .and_then(|list| list.to_tuple().extract()),
            };
            let (name, value) = two.map_err(|_| wrong_pair(&pair))?;
            self.push(name, value)?;
        }
        Ok(())
    }

    /// Adds a header, once for each value of a list. What no server hands over is a mistake of the caller's, and must not
    /// be answered as one of the sender's.
    fn push(&mut self, name: Bound<'py, PyAny>, value: Bound<'py, PyAny>) -> PyResult<()> {
        if name.is_instance_of::<PyByteArray>() || name.is_instance_of::<PyMemoryView>() {
            return Err(wrong_type("headers must have names of str or bytes", &name));
        }
        if is_text(&value) {
            self.pairs.push((Text(name), Text(value)));
        } else if value.is_none() {
            // It stands for a header that was not sent: it is what `headers.get(name)` gave.
        } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
            if is_of_an_environ(&name) {
                return Err(an_environ());
            }
            for value in value.try_iter()? {
                let value = value?;
                if !is_text(&value) {
                    return Err(wrong_value(&name, &value));
                }
                self.pairs.push((Text(name.clone()), Text(value)));
            }
        } else if is_of_an_environ(&name) {
            return Err(an_environ());
        } else if is_looked_at(&name) {
            return Err(wrong_value(&name, &value));
        }
        Ok(())
    }
}

/// The list that the headers of Starlette and Werkzeug are kept in, which is quicker to read than through `items()`.
fn inner_list<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyList>>> {
    let py = given.py();
    let class = given.get_type();
    if class.name()? != "Headers" {
        return Ok(None);
    }
    let module = class.module()?;
    let module = module.to_str().unwrap_or_default();
    let name = match module.split('.').next() {
        Some("starlette") => intern!(py, "raw"),
        Some("werkzeug") => intern!(py, "_list"),
        _ => return Ok(None),
    };
    let list = given.getattr_opt(name)?;
    Ok(list.and_then(|list| list.cast_into_exact().ok()))
}

/// What gives all items: `items` of a mapping that can hold several values of a name gives one of them.
fn all_items<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = given.py();
    // Werkzeug's and Django's; Starlette's; everybody's.
    for name in [
        intern!(py, "lists"),
        intern!(py, "multi_items"),
        intern!(py, "items"),
    ] {
        if let Some(items) = given.getattr_opt(name)? {
            return Ok(Some(items));
        }
    }
    Ok(None)
}

fn is_text(given: &Bound<'_, PyAny>) -> bool {
    given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>()
}

/// Whether the core asks for it.
fn is_looked_at(name: &Bound<'_, PyAny>) -> bool {
    let name = Text(name.clone());
    let known = [
        SIGNATURE_HEADER,
        TIMESTAMP_HEADER,
        EVENT_HEADER,
        "Content-Length",
    ];
    let mut known = known.iter();
    known.any(|known| known.as_bytes().eq_ignore_ascii_case(name.as_ref()))
}

/// Whether only a WSGI environ has such a name, for a value that is no text.
fn is_of_an_environ(name: &Bound<'_, PyAny>) -> bool {
    Text(name.clone()).as_ref().starts_with(b"wsgi.")
}

fn an_environ() -> PyErr {
    PyTypeError::new_err(
        "headers must be a mapping (request.headers) or (name, value) pairs, not a WSGI environ: \
         headers_from_environ(environ) gives its headers (in Django, for request.META: request.headers)",
    )
}

fn wrong_value(name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyErr {
    let wanted = format!(
        "headers must have values of str or bytes (a list of them for a header that was repeated, as in a gateway's \
         multiValueHeaders; None for one that was not sent): that of {name} is"
    );
    match value.get_type().name() {
        Ok(kind) => PyTypeError::new_err(format!("{wanted} of type {kind}")),
        Err(error) => error,
    }
}

/// A name or value, for the core to judge as bytes.
///
/// Hosts decode a header as Latin-1 and some as UTF-8. What is not ASCII is malformed either way, so that the UTF-8 of
/// a str gets the verdict that the bytes received would get; and so does a lone surrogate, which has none.
pub(crate) struct Text<'py>(Bound<'py, PyAny>);

impl AsRef<[u8]> for Text<'_> {
    fn as_ref(&self) -> &[u8] {
        const MALFORMED: &[u8] = b"(not text)";

        if let Ok(text) = self.0.cast::<PyString>() {
            text.to_str().map_or(MALFORMED, str::as_bytes)
        } else if let Ok(bytes) = self.0.cast::<PyBytes>() {
            bytes.as_bytes()
        } else {
            MALFORMED
        }
    }
}

fn wrong_headers(given: &Bound<'_, PyAny>) -> PyErr {
    wrong_type(
        "headers must be a mapping (request.headers) or (name, value) pairs",
        given,
    )
}

fn wrong_pair(pair: &Bound<'_, PyAny>) -> PyErr {
    match pair.get_type().name() {
        Ok(name) => PyTypeError::new_err(format!(
            "headers must be a mapping or (name, value) pairs: one of them is a {name} that is not a name and a value"
        )),
        Err(error) => error,
    }
}
