//! The stable numbers, and what each means. The meaning is the core's.

use std::ffi::{CStr, c_char};

use overten_webhook::Code;

/// What a function returns: one of the numbers below. They never change and are never reused.
pub type Status = u32;

/// Nothing went wrong.
pub const OVERTEN_OK: Status = 0;
/// A pointer that must not be NULL was.
pub const OVERTEN_NULL_ARGUMENT: Status = 1;
/// An argument has no meaning: a length above `PTRDIFF_MAX`, a number out of range, a finished verification.
pub const OVERTEN_INVALID_ARGUMENT: Status = 2;
/// A fault of this library: please report it.
pub const OVERTEN_INTERNAL: Status = 3;
/// No secret was given.
pub const OVERTEN_NO_SECRETS: Status = 100;
/// A secret is empty, or only white space.
pub const OVERTEN_EMPTY_SECRET: Status = 101;
/// A secret holds what no issued secret holds: anything but visible ASCII, quotes or `v1,` around it, `whsec_` twice.
pub const OVERTEN_MALFORMED_SECRET: Status = 102;
/// A secret has fewer than 16 bytes after its `whsec_`.
pub const OVERTEN_SHORT_SECRET: Status = 103;
/// A secret has more than 256 bytes.
pub const OVERTEN_LONG_SECRET: Status = 104;
/// A secret was given twice.
pub const OVERTEN_DUPLICATE_SECRET: Status = 105;
/// More than eight secrets were given.
pub const OVERTEN_TOO_MANY_SECRETS: Status = 106;
/// A label is not 1 to 64 of `[A-Za-z0-9._-]`, or was used twice.
pub const OVERTEN_MALFORMED_LABEL: Status = 107;
/// There is no signature header, or it is blank.
pub const OVERTEN_MISSING_SIGNATURE: Status = 200;
/// The signature header is not one `sha256=` and 64 hex digits.
pub const OVERTEN_MALFORMED_SIGNATURE: Status = 201;
/// There is no timestamp header, or it is blank.
pub const OVERTEN_MISSING_TIMESTAMP: Status = 202;
/// The timestamp header is not one number of 1 to 12 digits.
pub const OVERTEN_MALFORMED_TIMESTAMP: Status = 203;
/// The body is longer than the limit.
pub const OVERTEN_BODY_TOO_LARGE: Status = 204;
/// No configured secret made this signature.
pub const OVERTEN_SIGNATURE_MISMATCH: Status = 205;
/// Authentic, and older than the tolerance.
pub const OVERTEN_TIMESTAMP_TOO_OLD: Status = 206;
/// Authentic, and further ahead than the tolerance.
pub const OVERTEN_TIMESTAMP_IN_FUTURE: Status = 207;
/// Authentic, and not an event that can be read: hand its bytes on under the body's key.
pub const OVERTEN_MALFORMED_PAYLOAD: Status = 300;
/// A receiver's answer: handed on durably.
pub const OVERTEN_ACCEPTED: Status = 600;
/// A receiver's answer: handled before.
pub const OVERTEN_DUPLICATE: Status = 601;
/// A receiver's answer: authentic but unreadable, handed on as received.
pub const OVERTEN_QUARANTINED: Status = 602;
/// A receiver's answer: another path.
pub const OVERTEN_NOT_FOUND: Status = 603;
/// A receiver's answer: not a POST.
pub const OVERTEN_METHOD_NOT_ALLOWED: Status = 604;
/// A receiver's answer: the same delivery is being handled at this moment.
pub const OVERTEN_IN_FLIGHT: Status = 605;
/// A receiver's answer: there is no usable secret, so nothing could be checked.
pub const OVERTEN_MISCONFIGURED: Status = 606;
/// A receiver's answer: the store did not answer, or the body could not be read.
pub const OVERTEN_UNAVAILABLE: Status = 607;

const LONGEST_WORD: usize = 32;

/// The core's words with a NUL behind each, in the order of `Code::ALL`.
static WORDS: [[u8; LONGEST_WORD]; Code::ALL.len()] = words();

const fn words() -> [[u8; LONGEST_WORD]; Code::ALL.len()] {
    let mut words = [[0; LONGEST_WORD]; Code::ALL.len()];
    let mut code = 0;
    while code < words.len() {
        let word = Code::ALL[code].as_str().as_bytes();
        assert!(word.len() < LONGEST_WORD, "a word and its NUL must fit");
        let mut at = 0;
        while at < word.len() {
            words[code][at] = word[at];
            at += 1;
        }
        code += 1;
    }
    words
}

fn word(code: Code) -> &'static CStr {
    let at = Code::ALL.iter().position(|known| *known == code);
    let word = at.and_then(|at| WORDS.get(at));
    word.and_then(|word| CStr::from_bytes_until_nul(word).ok())
        .unwrap_or(c"unknown")
}

/// The message for a code as text.
pub(crate) fn message(code: Code) -> &'static str {
    message_of(code).to_str().unwrap_or_default()
}

const fn message_of(code: Code) -> &'static CStr {
    match code {
        Code::Ok => c"nothing went wrong",
        Code::NullArgument => {
            c"a pointer that must not be NULL is: see the function in overten_webhook.h"
        }
        Code::InvalidArgument => {
            c"an argument is out of range: see the function in overten_webhook.h"
        }
        Code::Internal => c"a fault of the library itself: please report it",
        Code::NoSecrets => {
            c"no secret is configured: set the signing secret of the subscription or the organisation"
        }
        Code::EmptySecret => {
            c"a secret is empty or only white space: is the variable or file set?"
        }
        Code::MalformedSecret => {
            c"a secret is not visible ASCII, or has quotes, 'v1,', a name or another secret around it: paste it alone"
        }
        Code::ShortSecret => c"a secret has fewer than 16 bytes after 'whsec_': was it cut off?",
        Code::LongSecret => c"a secret has more than 256 bytes: is it the secret, and only one?",
        Code::DuplicateSecret => c"a secret is the same as an earlier one: remove one of the two",
        Code::TooManySecrets => {
            c"more than 8 secrets are configured: remove those that are no longer used"
        }
        Code::MalformedLabel => {
            c"a label is not 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-', or was used twice"
        }
        Code::MissingSignature => {
            c"there is no X-Overten-Signature header: this is not Overten, or a proxy drops it"
        }
        Code::MalformedSignature => {
            c"X-Overten-Signature is not one 'sha256=' and exactly 64 hex digits"
        }
        Code::MissingTimestamp => {
            c"there is no X-Overten-Timestamp header: this is not Overten, or a proxy drops it"
        }
        Code::MalformedTimestamp => {
            c"X-Overten-Timestamp is not one whole number of seconds of 1 to 12 digits"
        }
        Code::BodyTooLarge => {
            c"the body is longer than the limit: raise max_body_bytes if Overten sent it"
        }
        Code::SignatureMismatch => {
            c"no configured secret made this signature: compare the secret, and pass the raw body"
        }
        Code::TimestampTooOld => {
            c"authentic, but too old: check this machine's clock, or allow more in the past"
        }
        Code::TimestampInFuture => c"authentic, but from the future: check this machine's clock",
        Code::MalformedPayload => {
            c"authentic, but not an event that can be read: hand the bytes on under their body key"
        }
        Code::Accepted => c"handed on durably",
        Code::Duplicate => c"handled before: nothing to do",
        Code::Quarantined => c"authentic but unreadable: handed on as received",
        Code::NotFound => c"another path than the configured one",
        Code::MethodNotAllowed => c"not a POST",
        Code::InFlight => {
            c"the same delivery is being handled at this moment: Overten sends it again"
        }
        Code::Misconfigured => {
            c"nothing could be checked: see the log for the secret or setting at fault"
        }
        Code::Unavailable => {
            c"the store did not answer or the body could not be read: Overten sends it again"
        }
    }
}

/// The word for a status, such as `signature_mismatch`; `unknown` for a number that is none.
///
/// The text lives for ever. The same words are used in every language and in the answers over HTTP.
#[unsafe(no_mangle)]
pub extern "C" fn overten_status_code(status: u32) -> *const c_char {
    Code::from_number(status).map_or(c"unknown", word).as_ptr()
}

/// What a status means and what to do about it, in one line of English. The text lives for ever.
#[unsafe(no_mangle)]
pub extern "C" fn overten_status_message(status: u32) -> *const c_char {
    let message = Code::from_number(status).map(message_of);
    message
        .unwrap_or(c"not a status of this library: is the header newer than the library?")
        .as_ptr()
}

/// The HTTP status that this outcome is answered with; 503 for a number that is no status.
#[unsafe(no_mangle)]
pub extern "C" fn overten_status_http_status(status: u32) -> u32 {
    Code::from_number(status)
        .unwrap_or(Code::Internal)
        .http_status()
        .into()
}

/// Whether Overten sends the delivery again after that answer; true for a number that is no status.
#[unsafe(no_mangle)]
pub extern "C" fn overten_status_retryable(status: u32) -> bool {
    Code::from_number(status)
        .unwrap_or(Code::Internal)
        .is_retryable()
}
