//! The keys that a configured secret may stand for.

use alloc::boxed::Box;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::cause::{Cause, Causes};
use super::coding;
use super::mac::{Algorithm, KeyedMac};
use crate::scheme::SECRET_PREFIX;

const PREFIX: &[u8] = SECRET_PREFIX.as_bytes();

/// A longer text is no secret, and only tried as it stands.
const LONGEST_TEXT: usize = 2048;

/// A key under one algorithm, and what it takes for it to be the sender's.
pub(super) struct Key {
    /// Boxed: what a list leaves behind as it grows nobody wipes.
    pub(super) mac: Box<KeyedMac>,
    /// The position of its secret among all that were given; `None` for a key that takes no secret.
    pub(super) secret: Option<usize>,
    pub(super) causes: Causes,
    pub(super) guesses: u32,
}

/// Every key of a secret, as it stands first.
pub(super) fn keys_of(
    secret: &[u8],
    position: usize,
    known: Causes,
    algorithms: &[Algorithm],
) -> Vec<Key> {
    let mut texts = Texts(Vec::new());
    texts.read(secret);
    let keyed = texts.0.iter().flat_map(|(text, cause)| {
        algorithms.iter().filter_map(move |algorithm| {
            Some(Key {
                mac: Box::new(KeyedMac::new(*algorithm, text)?),
                secret: Some(position),
                causes: cause.map_or(known, |cause| known.with(cause)),
                guesses: cause.is_some().into(),
            })
        })
    });
    keyed.collect()
}

/// The key of a sender that had no secret.
pub(super) fn empty_key(algorithms: &[Algorithm]) -> Vec<Key> {
    let keyed = algorithms.iter().filter_map(|algorithm| {
        Some(Key {
            mac: Box::new(KeyedMac::new(*algorithm, b"")?),
            secret: None,
            causes: Causes::of(Cause::EmptyKeySigned),
            guesses: 1,
        })
    });
    keyed.collect()
}

/// Key texts that differ, each with what makes it. They are wiped on drop.
struct Texts(Vec<(Zeroizing<Vec<u8>>, Option<Cause>)>);

impl Texts {
    fn add(&mut self, text: &[u8], cause: Cause) {
        self.add_given(text, Some(cause));
    }

    fn add_given(&mut self, text: &[u8], cause: Option<Cause>) {
        let is_new = self.0.iter().all(|(earlier, _)| earlier.as_slice() != text);
        if is_new && !text.is_empty() {
            self.0.push((Zeroizing::new(text.to_vec()), cause));
        }
    }

    fn read(&mut self, given: &[u8]) {
        let text = trimmed(given);
        self.add_given(text, None);
        if given.len() <= LONGEST_TEXT {
            self.pasted(text);
            self.encoded(text);
            self.other_derivations(text);
            self.signed_with_space(given, text);
        }
    }

    /// What is in the way of the secret, taken away.
    fn pasted(&mut self, text: &[u8]) {
        let mut inner = text;
        while let Some(unquoted) = coding::unquoted(inner) {
            inner = trimmed(unquoted);
        }
        self.add(inner, Cause::SecretQuoted);
        self.add(trimmed(without_quotes(text)), Cause::SecretQuoted);
        for prefix in [b"v1,".as_slice(), b"sha256="] {
            match inner.split_at_checked(prefix.len()) {
                Some((start, rest)) if start.eq_ignore_ascii_case(prefix) => {
                    self.add(trimmed(rest), Cause::SecretSignaturePrefix);
                }
                _ => {}
            }
        }
        self.issued_ones(text);
        let mut without_space = Zeroizing::new(Vec::with_capacity(text.len()));
        without_space.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
        self.add(&without_space, Cause::SecretInnerSpace);
        let mut with_plus = Zeroizing::new(Vec::with_capacity(text.len()));
        with_plus.extend(
            text.iter()
                .map(|byte| if *byte == b' ' { b'+' } else { *byte }),
        );
        self.add(&with_plus, Cause::SecretPlusLost);
        let visible = visible(text);
        let zeros = text.iter().filter(|byte| **byte == 0).count();
        let cause = if zeros > 4 {
            Cause::SecretUtf16
        } else {
            Cause::SecretInvisible
        };
        self.add(&visible, cause);
        for escape in [b"\\r\\n".as_slice(), b"\\n", b"\\r"] {
            if let Some(text) = text.strip_suffix(escape) {
                self.add(text, Cause::SecretTextAfter);
            }
        }
    }

    /// Each stretch that begins as an issued secret does.
    fn issued_ones(&mut self, text: &[u8]) {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b",;|\"'`]})>\\#".contains(byte);
        let mut starts = Vec::new();
        for (at, window) in text.windows(PREFIX.len()).enumerate() {
            if window == PREFIX {
                starts.push(at);
            }
        }
        for (index, start) in starts.iter().enumerate() {
            let next = starts.get(index.saturating_add(1)).copied();
            let piece = text
                .get(*start..next.unwrap_or(text.len()))
                .unwrap_or_default();
            let end = piece.iter().position(ends).unwrap_or(piece.len());
            let cause = match (starts.len(), start) {
                (2.., _) => Cause::SecretJoined,
                (_, 1..) => Cause::SecretTextBefore,
                (..) => Cause::SecretTextAfter,
            };
            self.add(piece.get(..end).unwrap_or_default(), cause);
        }
    }

    /// A secret that was stored in an encoding.
    fn encoded(&mut self, text: &[u8]) {
        let percent = coding::percent(text).map(Zeroizing::new);
        for decoded in [coding::base64(text), coding::hex(text), percent]
            .into_iter()
            .flatten()
        {
            let decoded = trimmed(&decoded);
            if decoded.iter().all(u8::is_ascii_graphic) {
                self.add(decoded, Cause::SecretEncoded);
            }
        }
    }

    /// The same secret, made a key in another way.
    fn other_derivations(&mut self, text: &[u8]) {
        let rest = text.strip_prefix(PREFIX);
        let bare = rest.unwrap_or(text);
        if rest.is_none() {
            self.add(&[PREFIX, text].concat_wiped(), Cause::SecretPrefixMissing);
        }
        if let Some((start, rest)) = text.split_at_checked(PREFIX.len()) {
            let word = start.strip_suffix(b"-").or(start.strip_suffix(b"_"));
            if start != PREFIX && word.is_some_and(|word| word.eq_ignore_ascii_case(b"whsec")) {
                self.add(&[PREFIX, rest].concat_wiped(), Cause::SecretPrefixMissing);
            }
        }
        if !bare.len().is_multiple_of(4) && coding::base64(bare).is_some() {
            for padding in [b"=".as_slice(), b"=="] {
                self.add(&[text, padding].concat_wiped(), Cause::SecretPaddingLost);
            }
        }
        self.add(bare, Cause::SecretPrefixDropped);
        if let Some(bytes) = coding::base64(bare) {
            self.add(&bytes, Cause::SecretBase64Key);
            self.recoded(&coding::to_hex(&bytes));
        }
        if let Some(bytes) = coding::hex(bare) {
            self.add(&bytes, Cause::SecretHexKey);
            self.recoded(&coding::to_base64(&bytes));
        }
    }

    fn recoded(&mut self, text: &[u8]) {
        self.add(text, Cause::SecretRecoded);
        self.add(&[PREFIX, text].concat_wiped(), Cause::SecretRecoded);
    }

    fn signed_with_space(&mut self, given: &[u8], text: &[u8]) {
        self.add(given, Cause::SecretNewlineSigned);
        for end in [b"\n".as_slice(), b"\r\n", b" "] {
            self.add(&[text, end].concat_wiped(), Cause::SecretNewlineSigned);
        }
    }
}

/// Less the white space around it, as the receiver takes a secret.
fn trimmed(secret: &[u8]) -> &[u8] {
    crate::secret::trimmed(secret).map_or(secret.trim_ascii(), str::as_bytes)
}

/// Less the quotes at either end, paired or not.
fn without_quotes(mut text: &[u8]) -> &[u8] {
    while let [b'"' | b'\'' | b'`', rest @ ..] | [rest @ .., b'"' | b'\'' | b'`'] = text {
        text = rest;
    }
    text
}

/// The visible ASCII of a text.
fn visible(text: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut visible = Zeroizing::new(Vec::with_capacity(text.len()));
    visible.extend(text.iter().filter(|byte| byte.is_ascii_graphic()));
    visible
}

trait Wiped {
    /// The parts in one text that is wiped on drop.
    fn concat_wiped(&self) -> Zeroizing<Vec<u8>>;
}

impl<const N: usize> Wiped for [&[u8]; N] {
    fn concat_wiped(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.concat())
    }
}
