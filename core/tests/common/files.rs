//! How the files of `tests/vectors/` are read.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::path::{Path, PathBuf};

use overten_webhook::Tolerance;
use serde::Deserialize;
use serde_json::Value;

/// The file that `variable` names, or the project's own.
pub(crate) fn path_of(name: &str, variable: &str) -> PathBuf {
    let other = std::env::var_os(variable);
    other.map_or_else(|| vectors().join(name), PathBuf::from)
}

pub(crate) fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors")
}

pub(crate) fn read<T: for<'de> Deserialize<'de>>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// Tells `null` (switched off) from a member that is not there (the default).
pub(crate) fn given<'de, D: serde::Deserializer<'de>>(
    reader: D,
) -> Result<Option<Value>, D::Error> {
    Value::deserialize(reader).map(Some)
}

pub(crate) fn tolerance(given: Option<&Value>) -> Tolerance {
    match given {
        None => Tolerance::default(),
        Some(Value::Null) => Tolerance::off(),
        Some(Value::Object(sides)) => {
            let mut tolerance = Tolerance::default();
            if let Some(past) = sides.get("past") {
                tolerance = past.as_u64().map_or(tolerance.without_past(), |seconds| {
                    tolerance.with_past(seconds)
                });
            }
            if let Some(future) = sides.get("future") {
                tolerance = future
                    .as_u64()
                    .map_or(tolerance.without_future(), |seconds| {
                        tolerance.with_future(seconds)
                    });
            }
            tolerance
        }
        Some(seconds) => Tolerance::seconds(seconds.as_u64().unwrap()),
    }
}

/// Bytes that are written as text where text can hold them, else in hex; `spaces` are appended.
pub(crate) fn bytes(text: Option<&str>, hex: Option<&str>, spaces: usize) -> Vec<u8> {
    let mut bytes = match (text, hex) {
        (Some(text), None) => text.as_bytes().to_vec(),
        (None, Some(digits)) => hex::decode(digits).unwrap(),
        _ => panic!("one of text and hex: {text:?}, {hex:?}"),
    };
    bytes.resize(bytes.len() + spaces, b' ');
    bytes
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub(crate) name: String,
    value: Option<String>,
    value_hex: Option<String>,
}

impl Header {
    pub(crate) fn value(&self) -> Vec<u8> {
        bytes(self.value.as_deref(), self.value_hex.as_deref(), 0)
    }
}
