//! Base64, hex and percent escapes as people paste them: either alphabet, padded or not, white space inside.

use alloc::vec::Vec;

use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroizing;

/// What the base64 text stands for; `None` where it is none, or empty.
pub(super) fn base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(text.len()));
    plain.extend(
        text.iter()
            .filter(|byte| !byte.is_ascii_whitespace())
            .map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                other => *other,
            }),
    );
    while plain.last() == Some(&b'=') {
        plain.pop();
    }
    let mut decoded = Zeroizing::new(alloc::vec![0; plain.len()]);
    let length = Base64Unpadded::decode(plain.as_slice(), &mut decoded)
        .ok()?
        .len();
    decoded.truncate(length);
    (length > 0).then_some(decoded)
}

/// The padded base64 of the bytes.
pub(super) fn to_base64(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let text = base64ct::Base64::encode_string(bytes);
    Zeroizing::new(text.into_bytes())
}

/// What the hex digits stand for; `None` where they are none, or there are none.
pub(super) fn hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let length = text.len() / 2;
    let mut decoded = Zeroizing::new(alloc::vec![0; length]);
    hex::decode_to_slice(text, &mut decoded).ok()?;
    (length > 0).then_some(decoded)
}

/// The hex digits of the bytes, in lower case.
pub(super) fn to_hex(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut digits = Zeroizing::new(alloc::vec![0; bytes.len().saturating_mul(2)]);
    // The length is right, so nothing is refused.
    let _ = hex::encode_to_slice(bytes, &mut digits);
    digits
}

/// The text less its percent escapes; `None` where it has none.
pub(super) fn percent(text: &[u8]) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    decoded.extend(crate::request::decoded(text));
    (decoded.len() < text.len()).then_some(decoded)
}

/// The text of a form field, where a plus is a space.
pub(super) fn form_text(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    percent(&spaced).unwrap_or(spaced)
}

/// Where the text first holds `part`.
pub(super) fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// The text with every `from` made `to`; `None` where it holds none.
pub(super) fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let mut at = find(text, from)?;
    let mut made = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (before, found) = rest.split_at_checked(at)?;
        made.extend_from_slice(before);
        made.extend_from_slice(to);
        rest = found.get(from.len()..).unwrap_or_default();
        match find(rest, from) {
            Some(next) => at = next,
            None => break,
        }
    }
    made.extend_from_slice(rest);
    Some(made)
}

/// What stands between the quotes around a text; `None` where there are none.
pub(super) fn unquoted(text: &[u8]) -> Option<&[u8]> {
    const PAIRS: [[&str; 2]; 5] = [
        ["\"", "\""],
        ["'", "'"],
        ["`", "`"],
        ["\u{201c}", "\u{201d}"],
        ["\u{2018}", "\u{2019}"],
    ];
    PAIRS.iter().find_map(|[open, close]| {
        text.strip_prefix(open.as_bytes())?
            .strip_suffix(close.as_bytes())
    })
}
