//! The headers of a request, from whatever a host calls its headers.

use std::ptr;

use overten_webhook::scheme::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use overten_webhook::{SignedHeaders, is_looked_at};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyMemoryView, PyString, PyTuple, PyType};

use crate::errors::{rejected, wrong_type};

/// More than a receiver asks for.
const USUAL_HEADERS: usize = 8;

/// Header names and values, kept alive while the core looks at them. The core decides which of them count.
pub(crate) struct Headers<'py> {
    pairs: Vec<(Text<'py>, Text<'py>)>,
    keep_all: bool,
    have_environ_names: bool,
}

impl<'py> Headers<'py> {
    /// Collects what the core asks for out of a mapping (every value of a repeated header) or of an iterable; refuses an
    /// environ.
    pub(crate) fn collect(given: &Bound<'py, PyAny>) -> PyResult<Self> {
        Self::of_no_environ(given, false)
    }

    /// The same, with all others, for a log of the request as it came.
    pub(crate) fn collect_all(given: &Bound<'py, PyAny>) -> PyResult<Self> {
        Self::of_no_environ(given, true)
    }

    fn of_no_environ(given: &Bound<'py, PyAny>, keep_all: bool) -> PyResult<Self> {
        let headers = Self::of(given, keep_all)?;
        if headers.are_an_environ() {
            return Err(an_environ());
        }
        Ok(headers)
    }

    /// Collects all pairs, with names as an environ has them: a diagnosis says that this is what is wrong.
    pub(crate) fn collect_any(given: &Bound<'py, PyAny>) -> PyResult<Self> {
        Self::of(given, true)
    }

    fn of(given: &Bound<'py, PyAny>, keep_all: bool) -> PyResult<Self> {
        let mut headers = Self {
            pairs: Vec::with_capacity(USUAL_HEADERS),
            keep_all,
            have_environ_names: false,
        };
        if let Ok(dict) = given.cast_exact::<PyDict>() {
            for (name, value) in dict.iter() {
                headers.push(&name, &value)?;
            }
        } else if let Ok(list) = given.cast_exact::<PyList>() {
            headers.push_all(list)?;
        } else if is_text(given) {
            return Err(wrong_headers(given));
        } else if let Some(inner) = inner(given)?.filter(|_| !keep_all) {
            match inner {
                Inner::List(list) => headers.push_all(&list)?,
                Inner::Environ(environ) => headers.push_environ(&environ)?,
            }
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
        let is_ours = |name: &[u8]| is_one_of(name, &[HOST, SIGNATURE_HEADER, TIMESTAMP_HEADER]);
        let mut names = self.pairs.iter().map(|(name, _)| name.as_ref());
        self.have_environ_names && !names.any(is_ours)
    }

    /// Adds the pairs of a list, as it is at this moment.
    fn push_all(&mut self, list: &Bound<'py, PyList>) -> PyResult<()> {
        // Of a tuple, items can be borrowed, which spares two counts for each.
        let pairs = list.to_tuple();
        pairs
            .iter_borrowed()
            .try_for_each(|pair| self.push_pair(&pair))
    }

    /// Adds what counts of the headers that hide in an environ, as `EnvironHeaders` shows them.
    fn push_environ(&mut self, environ: &Bound<'py, PyDict>) -> PyResult<()> {
        let mut shown = Vec::new();
        for (key, value) in environ.iter() {
            let name = match text_bytes(&key).unwrap_or(MALFORMED) {
                // Servers give it empty where it was not sent.
                b"CONTENT_LENGTH" if value.is_truthy()? => "CONTENT_LENGTH".as_bytes(),
                b"HTTP_CONTENT_LENGTH" => continue,
                key => match key.strip_prefix(b"HTTP_") {
                    Some(name) => name,
                    None => continue,
                },
            };
            let hyphens = |byte: &u8| if *byte == b'_' { b'-' } else { *byte };
            shown.clear();
            shown.extend(name.iter().map(hyphens));
            if is_looked_at(&shown) {
                self.keep(&PyBytes::new(environ.py(), &shown), &value)?;
            }
        }
        Ok(())
    }

    fn extend(&mut self, pairs: impl Iterator<Item = PyResult<Bound<'py, PyAny>>>) -> PyResult<()> {
        for pair in pairs {
            self.push_pair(&pair?)?;
        }
        Ok(())
    }

    fn push_pair(&mut self, pair: &Bound<'py, PyAny>) -> PyResult<()> {
        if let Ok(tuple) = pair.cast::<PyTuple>() {
            self.push_two(tuple)
        } else if let Ok(list) = pair.cast::<PyList>() {
            self.push_two(&list.to_tuple())
        } else {
            Err(wrong_pair(pair))
        }
    }

    fn push_two(&mut self, pair: &Bound<'py, PyTuple>) -> PyResult<()> {
        if pair.len() != 2 {
            return Err(wrong_pair(pair));
        }
        let (name, value) = (pair.get_borrowed_item(0)?, pair.get_borrowed_item(1)?);
        self.push(&name, &value)
    }

    /// Adds a header that counts, once for each value of a list. What no server hands over is a mistake of the caller's,
    /// and must not be answered as one of the sender's.
    fn push(&mut self, name: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> PyResult<()> {
        let bytes = text_bytes(name);
        if bytes.is_none() && is_other_bytes(name) {
            return Err(wrong_type("headers must have names of str or bytes", name));
        }
        let bytes = bytes.unwrap_or(MALFORMED);
        self.have_environ_names |= is_environ_name(bytes);
        if is_of_environs_alone(bytes) && !value.is_none() && !is_text(value) {
            return Err(an_environ());
        }
        if self.keep_all || is_looked_at(bytes) || is_one_of(bytes, &[HOST]) {
            self.keep(name, value)
        } else {
            Ok(())
        }
    }

    fn keep(&mut self, name: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> PyResult<()> {
        if is_text(value) {
            self.pairs.push((Text(name.clone()), Text(value.clone())));
        } else if value.is_none() {
            // It stands for a header that was not sent: it is what `headers.get(name)` gave.
        } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
            for value in value.try_iter()? {
                let value = value?;
                if is_text(&value) {
                    self.pairs.push((Text(name.clone()), Text(value)));
                } else {
                    check_ignorable(name, &value)?;
                }
            }
        } else {
            check_ignorable(name, value)?;
        }
        Ok(())
    }
}

/// A value that is no text is none of a header that the core asks for.
fn check_ignorable(name: &Bound<'_, PyAny>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match text_bytes(name) {
        Some(bytes) if is_looked_at(bytes) => Err(wrong_value(name, value)),
        _ => Ok(()),
    }
}

/// What a framework's class keeps its headers in, which is quicker to read than `items()`.
enum Inner<'py> {
    List(Bound<'py, PyList>),
    Environ(Bound<'py, PyDict>),
}

/// A class of a framework's: found by its name, and known by its address from then on.
///
/// One that is derived from it is another class: it may show other headers.
struct Known {
    framework: &'static str,
    name: &'static str,
    class: PyOnceLock<Py<PyType>>,
}

impl Known {
    const fn new(framework: &'static str, name: &'static str) -> Self {
        Self {
            framework,
            name,
            class: PyOnceLock::new(),
        }
    }

    fn is_class_of(&self, given: &Bound<'_, PyAny>) -> bool {
        let class = self.class.get(given.py());
        class.is_some_and(|class| ptr::eq(class.as_ptr().cast(), given.get_type_ptr()))
    }
}

static STARLETTE: Known = Known::new("starlette", "Headers");
static WERKZEUG: Known = Known::new("werkzeug", "Headers");
static WERKZEUG_ENVIRON: Known = Known::new("werkzeug", "EnvironHeaders");

fn inner<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Inner<'py>>> {
    let py = given.py();
    let all = [&STARLETTE, &WERKZEUG, &WERKZEUG_ENVIRON];
    let known = match all.into_iter().find(|known| known.is_class_of(given)) {
        Some(known) => known,
        None => match named(&given.get_type(), all)? {
            Some(known) => known,
            None => return Ok(None),
        },
    };
    Ok(if ptr::eq(known, &WERKZEUG_ENVIRON) {
        let environ = given.getattr_opt(intern!(py, "environ"))?;
        environ.and_then(|environ| environ.cast_into_exact().ok().map(Inner::Environ))
    } else {
        let list = given.getattr_opt(intern!(py, "_list"))?;
        list.and_then(|list| list.cast_into_exact().ok().map(Inner::List))
    })
}

/// Which of them the class is, by its name and its package's.
fn named(class: &Bound<'_, PyType>, all: [&'static Known; 3]) -> PyResult<Option<&'static Known>> {
    let name = class.name()?;
    let mut of_that_name = all
        .into_iter()
        .filter(|known| name == known.name)
        .peekable();
    if of_that_name.peek().is_none() {
        return Ok(None);
    }
    let module = class.module()?;
    let package = module.to_str().unwrap_or_default().split('.').next();
    let found = of_that_name.find(|known| package == Some(known.framework));
    if let Some(found) = found {
        found
            .class
            .get_or_init(class.py(), || class.clone().unbind());
    }
    Ok(found)
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
    given.is_exact_instance_of::<PyBytes>()
        || given.is_instance_of::<PyString>()
        || given.is_instance_of::<PyBytes>()
}

fn is_other_bytes(given: &Bound<'_, PyAny>) -> bool {
    given.is_instance_of::<PyByteArray>() || given.is_instance_of::<PyMemoryView>()
}

/// What every request bears.
const HOST: &str = "Host";

fn is_one_of(name: &[u8], known: &[&str]) -> bool {
    let mut known = known.iter();
    known.any(|known| known.as_bytes().eq_ignore_ascii_case(name))
}

/// Whether a WSGI environ has one of ours under this name.
fn is_environ_name(name: &[u8]) -> bool {
    name == b"HTTP_X_OVERTEN_SIGNATURE" || name == b"HTTP_X_OVERTEN_TIMESTAMP"
}

/// Whether only a WSGI environ has such a name, for a value that is no text.
fn is_of_environs_alone(name: &[u8]) -> bool {
    name.starts_with(b"wsgi.")
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
        text_bytes(&self.0).unwrap_or(MALFORMED)
    }
}

/// What nothing that a server received reads like.
const MALFORMED: &[u8] = b"(not text)";

/// The bytes of a str or bytes. The exact types come first: telling whether a class is derived from one is slower.
fn text_bytes<'a>(given: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    let of_text = |text: &'a Bound<'_, PyString>| text.to_str().map_or(MALFORMED, str::as_bytes);

    if let Ok(bytes) = given.cast_exact::<PyBytes>() {
        Some(bytes.as_bytes())
    } else if let Ok(text) = given.cast_exact::<PyString>() {
        Some(of_text(text))
    } else if let Ok(text) = given.cast::<PyString>() {
        Some(of_text(text))
    } else {
        given.cast().ok().map(PyBytesMethods::as_bytes)
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
