//! A short ASCII text held inline, so that labels, keys and signatures need no heap.

use core::fmt;

/// Whether every byte may stand in a label, or in a key's plain form.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// At most `N` bytes of ASCII. What does not fit is left out; every caller's `N` is its longest text, which a test fills.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct InlineText<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> InlineText<N> {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; N],
            len: 0,
        }
    }

    pub(crate) fn of(ascii: &[u8]) -> Self {
        let mut text = Self::new();
        text.push(ascii);
        text
    }

    pub(crate) fn push(&mut self, ascii: &[u8]) {
        let free = self.bytes.get_mut(self.len..).unwrap_or_default();
        let fitting = ascii.get(..free.len()).unwrap_or(ascii);
        if let Some(place) = free.get_mut(..fitting.len()) {
            place.copy_from_slice(fitting);
            self.len = self.len.saturating_add(fitting.len());
        }
    }

    pub(crate) fn push_hex(&mut self, bytes: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in bytes {
            for nibble in [byte >> 4, byte & 0x0f] {
                if let Some(digit) = DIGITS.get(usize::from(nibble)) {
                    self.push(&[*digit]);
                }
            }
        }
    }

    pub(crate) fn push_decimal(&mut self, number: u64) {
        // 20 digits hold any u64.
        let mut digits = [b'0'; 20];
        let mut rest = number;
        let mut used: usize = 0;
        for slot in digits.iter_mut().rev() {
            *slot = b'0'.saturating_add(u8::try_from(rest % 10).unwrap_or(0));
            rest /= 10;
            used = used.saturating_add(1);
            if rest == 0 {
                break;
            }
        }
        let start = digits.len().saturating_sub(used);
        self.push(digits.get(start..).unwrap_or_default());
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(crate) fn as_str(&self) -> &str {
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Display for InlineText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for InlineText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::InlineText;

    #[test]
    fn writes_text_hex_and_numbers_in_a_row() {
        let mut text = InlineText::<64>::new();
        text.push(b"a=");
        text.push_hex(&[0x00, 0xff, 0x0a]);
        text.push(b" ");
        text.push_decimal(0);
        text.push(b" ");
        text.push_decimal(u64::MAX);
        assert_eq!(text.as_str(), "a=00ff0a 0 18446744073709551615");
    }
}
