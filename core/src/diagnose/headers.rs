//! The values of a header as they came, by its own name or by one that a host made of it.

use alloc::vec::Vec;

/// The most values of one header that are looked at.
const MOST_VALUES: usize = 8;

/// A received header's values, as many as are looked at.
pub(super) struct Values<'a> {
    /// Each value as received, not trimmed.
    pub(super) values: Vec<&'a [u8]>,
    /// Whether they stand under another name.
    pub(super) renamed: bool,
    /// Whether there are more than one, blank ones included.
    pub(super) several: bool,
}

impl<'a> Values<'a> {
    /// The value, where there is one alone.
    pub(super) fn the_one(&self) -> Option<&'a [u8]> {
        self.values.first().copied().filter(|_| !self.several)
    }

    /// Those of `name`, or where all are blank those of a name that ends so when `_` is `-`.
    pub(super) fn of(headers: &[(Vec<u8>, &'a [u8])], name: &str) -> Self {
        let exact = Self::matching(headers, false, |given| {
            given.eq_ignore_ascii_case(name.as_bytes())
        });
        if !exact.values.is_empty() {
            return exact;
        }
        let name = bare(name.as_bytes());
        Self::matching(headers, true, |given| bare(given).ends_with(&name))
    }

    fn matching(
        headers: &[(Vec<u8>, &'a [u8])],
        renamed: bool,
        is_wanted: impl Fn(&[u8]) -> bool,
    ) -> Self {
        let given = headers
            .iter()
            .filter(|(name, _)| is_wanted(name))
            .map(|(_, value)| *value);
        let filled = given.clone().filter(|value| !value.trim_ascii().is_empty());
        Self {
            values: filled.take(MOST_VALUES).collect(),
            renamed,
            several: given.count() > 1,
        }
    }
}

/// A name less its `X-`, in lower case, `_` as `-`.
fn bare(name: &[u8]) -> Vec<u8> {
    let name: Vec<u8> = name
        .iter()
        .map(|byte| {
            if *byte == b'_' {
                b'-'
            } else {
                byte.to_ascii_lowercase()
            }
        })
        .collect();
    name.strip_prefix(b"x-").map(<[u8]>::to_vec).unwrap_or(name)
}
