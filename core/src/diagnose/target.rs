//! The MACs that a received signature header may stand for. Comparing with several costs no hashing.

use alloc::vec::Vec;

use super::cause::{Cause, Causes};
use super::coding;
use super::headers::Values;
use super::mac::Algorithm;
use crate::headers::trim_spaces_and_tabs;
use crate::scheme::SIGNATURE_PREFIX;

/// Less of a MAC than this proves nothing.
const SHORTEST_BYTES: usize = 16;

/// The digits of a whole HMAC-SHA256.
const DIGITS: usize = 64;

/// One reading of a signature: the MAC, or the beginning of one.
pub(super) struct Target {
    pub(super) algorithm: Algorithm,
    pub(super) causes: Causes,
    beginning: Vec<u8>,
}

impl Target {
    /// Whether this is what the signature says. Everybody who asks holds the secret, so time tells nobody anything.
    pub(super) fn is(&self, mac: &[u8]) -> bool {
        mac.starts_with(&self.beginning)
    }
}

/// Every reading of the values, those that need no cause first.
pub(super) fn targets(received: &Values<'_>) -> Vec<Target> {
    let renamed = match received.renamed {
        true => Causes::of(Cause::SignatureHeaderRenamed),
        false => Causes::NONE,
    };
    let mut found = Vec::new();
    for value in &received.values {
        let value = trim_spaces_and_tabs(value);
        // `v1,` is a scheme, no list.
        let is_list = value.contains(&b',')
            && scheme_end(value).is_none_or(|end| {
                value
                    .get(..end)
                    .is_none_or(|scheme| !scheme.ends_with(b","))
            });
        let repeated = is_list || received.several;
        let causes = match repeated {
            true => renamed.with(Cause::SignatureRepeated),
            false => renamed,
        };
        if is_list {
            for piece in value.split(|byte| *byte == b',').take(8) {
                read_value(piece.trim_ascii(), causes, &mut found);
            }
        } else {
            read_value(value, causes, &mut found);
        }
    }
    found.sort_by_key(|target| target.causes.len());
    found
}

fn read_value(value: &[u8], mut causes: Causes, found: &mut Vec<Target>) {
    let mut value = value;
    if let Some(inner) = coding::unquoted(value) {
        causes = causes.with(Cause::SignatureQuoted);
        value = inner;
    }
    let decoded = coding::percent(value);
    if let Some(decoded) = &decoded {
        causes = causes.with(Cause::SignaturePercentEncoded);
        value = decoded;
    }
    match value.strip_prefix(SIGNATURE_PREFIX.as_bytes()) {
        Some(rest) => {
            let bare = rest.trim_ascii_start();
            read_mac(bare, causes, bare.len() < rest.len(), found);
        }
        None => {
            let rest = scheme_end(value).and_then(|end| value.get(end..));
            read_mac(rest.unwrap_or(value).trim_ascii(), causes, true, found);
        }
    }
}

/// Where what names a scheme ends: `v1,`, or a short word and `=`, `:` or a space.
fn scheme_end(value: &[u8]) -> Option<usize> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let length = value.iter().position(|byte| !is_word(byte))?;
    let separator = value.get(length)?;
    let end = length.saturating_add(1);
    let follows = value
        .get(end..)
        .is_some_and(|rest| rest.len() >= SHORTEST_BYTES);
    let is_version = value
        .first()
        .is_some_and(|byte| byte.eq_ignore_ascii_case(&b'v'));
    let ends = matches!(separator, b'=' | b':' | b' ')
        || (*separator == b',' && is_version && length <= 4);
    (follows && ends && length <= 16).then_some(end)
}

/// Whether a signature that ends so may have been cut: nothing stands behind its digits, or a mark that says so.
fn is_end_of_cut(tail: &[u8]) -> bool {
    tail.is_empty() || tail.starts_with("\u{2026}".as_bytes()) || tail.starts_with(b"...")
}

fn read_mac(text: &[u8], causes: Causes, other_scheme: bool, found: &mut Vec<Target>) {
    let in_scheme = match other_scheme {
        true => causes.with(Cause::SignatureScheme),
        false => causes,
    };
    let digits = text
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let mut add = |algorithm, beginning: &[u8], added: Causes| {
        found.push(Target {
            algorithm,
            // The name of another hash stands in front of it by right.
            causes: match algorithm {
                Algorithm::Sha256 => in_scheme.and(added),
                Algorithm::Sha1 => causes.and(added).with(Cause::SignatureSha1),
                Algorithm::Sha512 => causes.and(added).with(Cause::SignatureSha512),
            },
            beginning: beginning.to_vec(),
        });
    };
    let even = digits.min(DIGITS) & !1;
    let leading = text.get(..even).and_then(coding::hex);
    let tail = text.get(digits..).unwrap_or_default();
    let added = match digits {
        DIGITS if tail.is_empty() => Some(Causes::NONE),
        DIGITS.. => Some(Causes::of(Cause::SignatureExtra)),
        _ if is_end_of_cut(tail) => Some(Causes::of(Cause::SignatureCut)),
        // Garbled: what is left of it is no beginning.
        _ => None,
    };
    if let (Some(mac), Some(added)) = (leading, added)
        && mac.len() >= SHORTEST_BYTES
    {
        add(Algorithm::Sha256, &mac, added);
    }
    if digits == text.len() {
        for algorithm in [Algorithm::Sha1, Algorithm::Sha512] {
            if let Some(mac) = coding::hex(text).filter(|mac| mac.len() == algorithm.mac_bytes()) {
                add(algorithm, &mac, Causes::NONE);
            }
        }
    }
    if let Some(decoded) = coding::base64(text) {
        let in_base64 = Causes::of(Cause::SignatureBase64);
        for algorithm in Algorithm::ALL {
            let digits_of = coding::hex(&decoded);
            for mac in [Some(decoded.clone()), digits_of].into_iter().flatten() {
                if mac.len() == algorithm.mac_bytes() {
                    add(algorithm, &mac, in_base64);
                }
            }
        }
    }
}
