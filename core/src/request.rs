//! Which requests are for this receiver, judged before anything else about them is looked at.

use core::fmt;

use crate::code::Code;

/// Tells whether a request is for this receiver.
///
/// `path` is the configured one, `target` the request's as received: a path with or without a query, or a whole URL. A
/// query is ignored, and a path with and without its trailing slash is the same path, in both of them: a delivery must
/// not be lost to how a setting was written. Paths compare as bytes, after percent-decoding each once (`%6F` is `o`; an
/// escape that is no two hex digits stays as it is); a target that the server has decoded already matches too. `method`
/// is compared exactly, as HTTP does.
///
/// # Errors
///
/// `not_found` for another path, then `method_not_allowed` for anything but a POST.
///
/// ```
/// use overten_webhook::{Code, check_request};
///
/// assert_eq!(check_request("/webhooks/overten", b"POST", b"/webhooks/%6Fverten/?from=test"), Ok(()));
/// assert_eq!(check_request("/webhooks/overten", b"GET", b"/webhooks/overten"), Err(Code::MethodNotAllowed));
/// assert_eq!(check_request("/webhooks/overten", b"GET", b"/"), Err(Code::NotFound));
/// ```
pub fn check_request(path: &str, method: &[u8], target: &[u8]) -> Result<(), Code> {
    let (path, target) = (bare_path(path.as_bytes()), bare_path(target));
    if !decoded(path).eq(decoded(target)) && !decoded(path).eq(target.iter().copied()) {
        Err(Code::NotFound)
    } else if method != b"POST" {
        Err(Code::MethodNotAllowed)
    } else {
        Ok(())
    }
}

/// Checks a configured path: one that no request can have would answer 404 to every delivery, and 404 is final.
///
/// # Errors
///
/// [`PathError`], where it does not begin with a slash, holds a `?` or a `#` (escaped or not), a backslash or a control
/// character, ends in white space, or has a segment `.` or `..`, which every client resolves before it asks.
///
/// ```
/// use overten_webhook::check_path;
///
/// assert!(check_path("/webhooks/overten").is_ok());
/// assert!(check_path("/a/../webhooks").is_err());
/// ```
pub fn check_path(path: &str) -> Result<(), PathError> {
    let is_dots = |segment: &str| {
        let mut bytes = decoded(segment.as_bytes());
        let dots = bytes.by_ref().take_while(|byte| *byte == b'.').count();
        (1..=2).contains(&dots) && decoded(segment.as_bytes()).count() == dots
    };
    // Escaped ones too: a server that decodes hands over what a query or fragment would then begin with.
    let holds_foreign = decoded(path.as_bytes()).any(|byte| matches!(byte, b'?' | b'#'));
    // A client that goes by the URL standard asks for `/` where a path has a backslash.
    let is_odd = |char: char| char == '\\' || char.is_control();
    let is_padded = path.trim() != path || path.contains(is_odd);
    let is_foreign = holds_foreign || is_padded;
    if !path.starts_with('/') || is_foreign || path.split('/').any(is_dots) {
        return Err(PathError);
    }
    Ok(())
}

/// The configured path is one that no request can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathError;

impl PathError {
    /// The stable word for it: `invalid_argument`.
    #[must_use]
    pub const fn code(self) -> Code {
        Code::InvalidArgument
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the path must be one that a request can have, like '/webhooks/overten': a slash first, no query, no \
             fragment, no control character, no white space at its end, and no segment '.' or '..'",
        )
    }
}

impl core::error::Error for PathError {}

/// The path without scheme, host and query, and without its first and its last slash.
fn bare_path(target: &[u8]) -> &[u8] {
    let path = without_authority(target);
    let end = path.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let path = path.get(..end.unwrap_or(path.len())).unwrap_or_default();
    let path = path.strip_prefix(b"/").unwrap_or(path);
    [b"/".as_slice(), b"%2F", b"%2f"]
        .into_iter()
        .find_map(|slash| path.strip_suffix(slash))
        .unwrap_or(path)
}

/// What follows the host of a whole URL, whose scheme compares without case; anything else as it is.
fn without_authority(target: &[u8]) -> &[u8] {
    let scheme = [b"http://".as_slice(), b"https://"].into_iter();
    let mut rest = scheme.filter_map(|scheme| {
        let (start, rest) = target.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    let Some(rest) = rest.next() else {
        return target;
    };
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'));
    rest.get(end.unwrap_or(rest.len())..).unwrap_or_default()
}

/// The bytes that `%` and two hex digits stand for; what is no such escape stays as it is.
pub(crate) fn decoded(mut text: &[u8]) -> impl Iterator<Item = u8> {
    core::iter::from_fn(move || {
        let (byte, rest) = match text {
            [b'%', high, low, rest @ ..] => match (hex_digit(*high), hex_digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, rest),
                _ => (b'%', text.get(1..)?),
            },
            [byte, rest @ ..] => (*byte, rest),
            [] => return None,
        };
        text = rest;
        Some(byte)
    })
}

fn hex_digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}
