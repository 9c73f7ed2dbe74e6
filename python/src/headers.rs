//! Every header pair of a request, from whatever a host calls its headers.

use overten_webhook::SignedHeaders;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use crate::errors::{rejected, wrong_type};

/// Header names and values, kept alive while the core looks at them. The core decides which of them count.
pub(crate) struct Headers<'py> {
    pairs: Vec<(Text<'py>, Text<'py>)>,
}

impl<'py> Headers<'py> {
    /// Collects all pairs of a mapping (through `items()`, which gives a repeated header each time) or of an iterable.
    pub(crate) fn collect(given: &Bound<'py, PyAny>) -> PyResult<Self> {
        let mut headers = Self { pairs: Vec::new() };
        if let Ok(dict) = given.cast_exact::<PyDict>() {
            headers.pairs.reserve(dict.len());
            dict.iter()
                .for_each(|(name, value)| headers.push(name, value));
        } else if let Ok(list) = given.cast_exact::<PyList>() {
            headers.extend(list.iter().map(Ok))?;
        } else if given.is_instance_of::<PyString>() || given.is_instance_of::<PyBytes>() {
            return Err(wrong_headers(given));
        } else if let Some(items) = given.getattr_opt(intern!(given.py(), "items"))? {
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
            self.push(name, value);
        }
        Ok(())
    }

    fn push(&mut self, name: Bound<'py, PyAny>, value: Bound<'py, PyAny>) {
        // None stands for a header that was not sent: it is what `headers.get(name)` gave.
        if !value.is_none() {
            self.pairs.push((Text(name), Text(value)));
        }
    }
}

/// A name or value, for the core to judge as bytes.
///
/// Hosts decode a header as Latin-1 and some as UTF-8. What is not ASCII is malformed either way, so that the UTF-8 of
/// a str gets the verdict that the bytes received would get; and so does what has no bytes at all: a lone surrogate, or
/// something that is neither str nor bytes.
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
