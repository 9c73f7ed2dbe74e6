//! The shared secrets: checked when they are configured, then kept only as keyed MAC state.

use core::fmt;

use hmac::digest::CtOutput;
use hmac::{KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroize;

use crate::scheme::{self, SECRET_PREFIX, SIGNATURE_PREFIX, SignatureMac};
use crate::secret_error::{SecretError, SecretFault};
use crate::text::{InlineText, is_plain};

/// The most secrets that one verifier takes.
pub const MAX_SECRETS: usize = 8;

const MIN_SECRET_BYTES: usize = 16;
const MAX_SECRET_BYTES: usize = 256;
const MAX_LABEL_BYTES: usize = 64;
const FINGERPRINT_DIGITS: usize = 8;
const FINGERPRINT_DOMAIN: &[u8] = b"overten-webhook fingerprint";
const BYTE_ORDER_MARK: char = '\u{feff}';
const QUOTES: [char; 3] = ['"', '\'', '`'];

/// One to eight secrets, in the order in which a signature is tried against them.
///
/// ```
/// use overten_webhook::{Code, Secrets};
///
/// let secrets = Secrets::new([
///     ("organisation", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
///     ("previous", "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="),
/// ])?;
/// assert_eq!(secrets.len(), 2);
///
/// let error = Secrets::new(["whsec_short"]).unwrap_err();
/// assert_eq!((error.code(), error.position()), (Code::ShortSecret, Some(0)));
/// # Ok::<(), overten_webhook::SecretError>(())
/// ```
pub struct Secrets {
    secrets: [Option<Secret>; MAX_SECRETS],
}

impl Secrets {
    /// Takes the secrets as they were issued, each with an optional label.
    ///
    /// White space (Unicode's, and U+FEFF) around a secret is removed. What is left is visible ASCII (`!` to `~`), has
    /// no quote at either end, `whsec_` nowhere but at its start, and neither `v1,` nor `sha256=` in front. A secret
    /// without a label is called `secret-0`, `secret-1`… by its position. The inputs are not kept: only keyed MAC state
    /// is, and it is wiped on drop.
    ///
    /// # Errors
    ///
    /// The number of secrets is looked at first (`no_secrets`, `too_many_secrets`), then each secret in turn:
    /// `malformed_label`, `empty_secret`, `malformed_secret`, `short_secret`, `long_secret`, `duplicate_secret`. The
    /// error names the position, from 0, and never holds the secret.
    pub fn new<'a, I>(inputs: I) -> Result<Self, SecretError>
    where
        I: IntoIterator<Item: Into<SecretInput<'a>>>,
    {
        let mut given = [None; MAX_SECRETS];
        let mut inputs = inputs.into_iter();
        for (slot, input) in given.iter_mut().zip(&mut inputs) {
            *slot = Some(input.into());
        }
        if inputs.next().is_some() {
            return Err(SecretError::new(SecretFault::TooManySecrets, None));
        }
        if given.first().is_none_or(Option::is_none) {
            return Err(SecretError::new(SecretFault::NoSecrets, None));
        }
        Self::check_each(&given)
    }

    /// Takes secrets in the form of an environment variable or a mounted file: one a line, `label:secret` or `secret`.
    ///
    /// Blank lines are skipped and not counted. What stands before a line's first colon is its label, so a secret that
    /// itself holds a colon must be given one; where what stands there holds `whsec_` it is no label but half a
    /// secret, and refused as `malformed_label`, so that no log ever shows it.
    ///
    /// # Errors
    ///
    /// Those of [`Secrets::new`].
    ///
    /// ```
    /// use overten_webhook::Secrets;
    ///
    /// let secrets = Secrets::from_lines(b"
    ///     organisation:whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
    ///     whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=
    /// ")?;
    /// let labels: Vec<_> = secrets.iter().map(|secret| secret.label().to_string()).collect();
    /// assert_eq!(labels, ["organisation", "secret-1"]);
    /// # Ok::<(), overten_webhook::SecretError>(())
    /// ```
    pub fn from_lines(text: &[u8]) -> Result<Self, SecretError> {
        Self::new(SecretInput::from_lines(text))
    }

    /// The secrets in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Secret> {
        self.secrets.iter().flatten()
    }

    /// How many there are, 1 to 8.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "there is always at least one")]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    fn check_each(given: &[Option<SecretInput<'_>>; MAX_SECRETS]) -> Result<Self, SecretError> {
        let mut secrets = [const { None }; MAX_SECRETS];
        for (position, input) in given.iter().flatten().enumerate() {
            let refuse = |fault| SecretError::new(fault, Some(position));
            let label = match input.label {
                Some(label) => Label::new(label).ok_or(refuse(SecretFault::MalformedLabel))?,
                None => Label::numbered(position),
            };
            if secrets
                .iter()
                .flatten()
                .any(|earlier: &Secret| earlier.label == label)
            {
                return Err(refuse(SecretFault::RepeatedLabel));
            }
            let text = checked_text(input.secret).map_err(refuse)?;
            let earlier = given.iter().flatten().take(position);
            if earlier
                .filter_map(SecretInput::text)
                .any(|other| other == text)
            {
                return Err(refuse(SecretFault::Duplicate));
            }
            if let Some(slot) = secrets.get_mut(position) {
                *slot = Some(Secret::keyed(text, label)?);
            }
        }
        Ok(Self { secrets })
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A secret as it is given: bytes as issued, and a label for logs.
///
/// Made from `&str`, `&String`, `&[u8]`, or a pair `(label, secret)`.
#[derive(Clone, Copy)]
pub struct SecretInput<'a> {
    label: Option<&'a [u8]>,
    secret: &'a [u8],
}

impl<'a> SecretInput<'a> {
    /// The secret's text once trimmed.
    pub(crate) fn text(&self) -> Option<&'a str> {
        trimmed(self.secret)
    }

    /// A secret that is called by its position in logs.
    #[must_use]
    pub const fn unlabelled(secret: &'a [u8]) -> Self {
        Self {
            label: None,
            secret,
        }
    }

    /// A secret with a label: 1 to 64 of `[A-Za-z0-9._-]`, different from the other secrets' labels.
    #[must_use]
    pub const fn labelled(label: &'a [u8], secret: &'a [u8]) -> Self {
        Self {
            label: Some(label),
            secret,
        }
    }

    /// Each secret of an environment variable or a mounted file, as [`Secrets::from_lines`] reads it.
    pub fn from_lines(text: &'a [u8]) -> impl Iterator<Item = Self> {
        let lines = text.split(|byte| *byte == b'\n').map(trimmed_bytes);
        lines.filter(|line| !line.is_empty()).map(|line| {
            let colon = line.iter().position(|byte| *byte == b':');
            match colon.and_then(|at| line.split_at_checked(at)) {
                Some((label, rest)) => {
                    Self::labelled(label.trim_ascii(), rest.get(1..).unwrap_or_default())
                }
                None => Self::unlabelled(line),
            }
        })
    }
}

#[cfg(feature = "diagnose")]
impl<'a> SecretInput<'a> {
    /// The secret as given.
    pub(crate) const fn secret(&self) -> &'a [u8] {
        self.secret
    }

    /// Its label where it is of the form and no part of a secret, else the one of its position.
    pub(crate) fn shown_label(&self, position: usize) -> Label {
        let given = self.label.filter(|label| !holds_a_prefix(label));
        given
            .and_then(Label::new)
            .unwrap_or_else(|| Label::numbered(position))
    }
}

impl fmt::Debug for SecretInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretInput(..)")
    }
}

impl<'a> From<&'a [u8]> for SecretInput<'a> {
    fn from(secret: &'a [u8]) -> Self {
        Self::unlabelled(secret)
    }
}

impl<'a> From<&'a str> for SecretInput<'a> {
    fn from(secret: &'a str) -> Self {
        Self::unlabelled(secret.as_bytes())
    }
}

#[cfg(feature = "alloc")]
impl<'a> From<&'a alloc::string::String> for SecretInput<'a> {
    fn from(secret: &'a alloc::string::String) -> Self {
        Self::unlabelled(secret.as_bytes())
    }
}

impl<'a> From<(&'a str, &'a str)> for SecretInput<'a> {
    fn from((label, secret): (&'a str, &'a str)) -> Self {
        Self::labelled(label.as_bytes(), secret.as_bytes())
    }
}

/// One shared secret, as keyed MAC state. Shown as its label and fingerprint only; wiped on drop.
///
/// It is not `Clone`, so that there is one place to wipe.
///
/// ```
/// use overten_webhook::Secret;
///
/// let secret = Secret::new(b"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")?;
/// assert_eq!(format!("{secret:?}"), "Secret(secret-0, 027cf575)");
/// # Ok::<(), overten_webhook::SecretError>(())
/// ```
pub struct Secret {
    keyed: SignatureMac,
    label: Label,
    fingerprint: Fingerprint,
}

impl Secret {
    /// One secret as issued, called `secret-0`.
    ///
    /// # Errors
    ///
    /// Those of [`Secrets::new`], at position 0.
    pub fn new(secret: &[u8]) -> Result<Self, SecretError> {
        let refuse = |fault| SecretError::new(fault, Some(0));
        Self::keyed(checked_text(secret).map_err(refuse)?, Label::numbered(0))
    }

    /// The name it goes by in logs.
    #[must_use]
    pub const fn label(&self) -> Label {
        self.label
    }

    /// Eight hex digits by which two people can compare what a process has loaded.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// A MAC under this secret that has taken in nothing yet.
    pub(crate) fn mac(&self) -> SignatureMac {
        self.keyed.clone()
    }

    /// The MAC of a body that was sent at this time. A call, so that a small module has its code once.
    #[inline(never)]
    pub(crate) fn mac_of(&self, timestamp: &[u8], body: &[u8]) -> CtOutput<SignatureMac> {
        let mut mac = self.mac();
        for part in scheme::before_body(timestamp) {
            mac.update(part);
        }
        mac.update(body);
        mac.finalize()
    }

    fn keyed(text: &str, label: Label) -> Result<Self, SecretError> {
        let made = key_and_fingerprint(text);
        overwrite_the_stack_below();
        let (keyed, fingerprint) = made.ok_or(SecretError::new(SecretFault::Long, None))?;
        Ok(Self {
            keyed,
            label,
            fingerprint,
        })
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({}, {})", self.label, self.fingerprint)
    }
}

/// A secret's name for logs: 1 to 64 of `[A-Za-z0-9._-]`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Label(InlineText<MAX_LABEL_BYTES>);

impl Label {
    /// The label as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn new(text: &[u8]) -> Option<Self> {
        // A pair the wrong way round would show its secret in every log line.
        let holds_a_secret = holds_a_prefix(text);
        if !(1..=MAX_LABEL_BYTES).contains(&text.len()) || !is_plain(text) || holds_a_secret {
            return None;
        }
        let mut label = InlineText::new();
        label.push(text);
        Some(Self(label))
    }

    fn numbered(position: usize) -> Self {
        let mut label = InlineText::new();
        label.push(b"secret-");
        label.push_decimal(position as u64);
        Self(label)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The first 8 hex digits of SHA-256 over `overten-webhook fingerprint` and the trimmed secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(InlineText<FINGERPRINT_DIGITS>);

impl Fingerprint {
    /// The eight digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    fn of(secret: &str) -> Self {
        let digest = Sha256::new()
            .chain_update(FINGERPRINT_DOMAIN)
            .chain_update(secret)
            .finalize();
        let mut digits = InlineText::new();
        digits.push_hex(digest.get(..FINGERPRINT_DIGITS / 2).unwrap_or_default());
        Self(digits)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

pub(crate) fn holds_a_prefix(text: &[u8]) -> bool {
    text.windows(SECRET_PREFIX.len())
        .any(|part| part.eq_ignore_ascii_case(SECRET_PREFIX.as_bytes()))
}

/// Without the white space around it; as it is where it is not UTF-8.
fn trimmed_bytes(line: &[u8]) -> &[u8] {
    trimmed(line).map_or(line, str::as_bytes)
}

pub(crate) fn trimmed(secret: &[u8]) -> Option<&str> {
    let text = core::str::from_utf8(secret).ok()?;
    Some(text.trim_matches(|c: char| c.is_whitespace() || c == BYTE_ORDER_MARK))
}

/// The secret's text once trimmed, or the rule it breaks.
fn checked_text(secret: &[u8]) -> Result<&str, SecretFault> {
    let text = trimmed(secret).ok_or(SecretFault::NotUtf8)?;
    let after_prefix = text.strip_prefix(SECRET_PREFIX).unwrap_or(text);
    let too_long = text.len() > MAX_SECRET_BYTES;
    if text.is_empty() {
        return Err(SecretFault::Empty);
    }
    match malformation(text) {
        // That much of another script is prose: there is no character whose removal would mend it.
        Some(SecretFault::NotAscii) if too_long => Err(SecretFault::Long),
        Some(fault) => Err(fault),
        None if after_prefix.len() < MIN_SECRET_BYTES => Err(SecretFault::Short),
        None if too_long => Err(SecretFault::Long),
        None => Ok(text),
    }
}

/// What makes a text `malformed_secret`: of several faults the one whose mending says most.
fn malformation(text: &str) -> Option<SecretFault> {
    let unquoted = text.trim_start_matches(QUOTES);
    if prefixes(text).count() > 1 {
        Some(SecretFault::RepeatedPrefix)
    } else if begins_as_a_signature(text) {
        Some(SecretFault::SignaturePrefix)
    } else if prefixes(unquoted).next().is_some_and(|at| at > 0) {
        Some(SecretFault::TextBeforePrefix)
    } else if text.starts_with(QUOTES) || text.ends_with(QUOTES) {
        Some(SecretFault::Quoted)
    } else if text.contains(char::is_whitespace) {
        Some(SecretFault::WhiteSpace)
    } else if text.contains(char::is_control) {
        Some(SecretFault::ControlCharacter)
    } else if !text.is_ascii() {
        Some(SecretFault::NotAscii)
    } else {
        None
    }
}

/// Where each prefix begins. By bytes: a search for text brings along much that a small module has no room for.
fn prefixes(text: &str) -> impl Iterator<Item = usize> {
    let parts = text.as_bytes().windows(SECRET_PREFIX.len()).enumerate();
    parts.filter_map(|(at, part)| (part == SECRET_PREFIX.as_bytes()).then_some(at))
}

fn begins_as_a_signature(text: &str) -> bool {
    ["v1,", SIGNATURE_PREFIX].iter().any(|prefix| {
        let start = text.as_bytes().get(..prefix.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
    })
}

/// All that takes in a secret's bytes, in a frame of its own: both hashes leave blocks made of them where they ran.
///
/// HMAC takes a key of any length; were that to change, there is none.
#[inline(never)]
fn key_and_fingerprint(text: &str) -> Option<(SignatureMac, Fingerprint)> {
    let keyed = SignatureMac::new_from_slice(scheme::key(text)).ok()?;
    Some((keyed, Fingerprint::of(text)))
}

/// Writes over what a function that has just returned left on the stack, which no library wipes.
///
/// A best effort, since a compiler owes nobody a certain stack: `tests/memory.rs` looks at what this one does.
#[inline(never)]
pub(crate) fn overwrite_the_stack_below() {
    let mut block = [0xff_u8; 4096];
    block.zeroize();
}
