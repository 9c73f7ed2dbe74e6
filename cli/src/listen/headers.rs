//! The headers of a request in the order received, and their form in a saved delivery.

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

/// Name and value of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers(Vec<(String, Vec<u8>)>);

impl Headers {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_slice()))
    }

    /// As pairs of a name and a text, or an object with the value's base64 where that is not UTF-8.
    pub(crate) fn to_json(&self) -> String {
        let pairs = self
            .iter()
            .map(|(name, value)| match str::from_utf8(value) {
                Ok(text) => json!([name, text]),
                Err(_) => json!([name, { "base64": Base64::encode_string(value) }]),
            });
        Value::Array(pairs.collect()).to_string()
    }

    /// From that form; `None` where it is no such.
    pub(crate) fn from_json(text: &str) -> Option<Self> {
        let pairs: Vec<(String, Value)> = serde_json::from_str(text).ok()?;
        let pairs = pairs.into_iter().map(|(name, value)| {
            let value = match value {
                Value::String(text) => text.into_bytes(),
                value => Base64::decode_vec(value.get("base64")?.as_str()?).ok()?,
            };
            Some((name, value))
        });
        pairs.collect::<Option<_>>().map(Self)
    }
}

impl From<&http::HeaderMap> for Headers {
    fn from(map: &http::HeaderMap) -> Self {
        let pairs = map
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
        Self(pairs.collect())
    }
}

impl FromIterator<(String, Vec<u8>)> for Headers {
    fn from_iter<I: IntoIterator<Item = (String, Vec<u8>)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
