//! The plain structs that C reads and writes.

use std::ffi::c_char;
use std::ptr;

use crate::receiver::{OVERTEN_RAW_LOG_ALL, OVERTEN_RAW_LOG_FAILURES};

/// Some bytes that the library lends out: until the object they came from is freed, and not NUL-terminated.
///
/// Absent: `data` is NULL and `len` 0. Empty: `data` is not NULL and `len` is 0. What is text is UTF-8 and may hold NULs.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The first byte; NULL when absent.
    pub data: *const c_char,
    /// How many bytes there are.
    pub len: usize,
}

impl View {
    pub(crate) fn of(bytes: &(impl AsRef<[u8]> + ?Sized)) -> Self {
        let bytes = bytes.as_ref();
        Self {
            data: bytes.as_ptr().cast(),
            len: bytes.len(),
        }
    }

    pub(crate) fn of_option(bytes: Option<&str>) -> Self {
        bytes.map_or(
            Self {
                data: ptr::null(),
                len: 0,
            },
            Self::of,
        )
    }
}

/// A signing secret as it was issued, and the name it goes by in logs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Secret {
    /// 1 to 64 of `[A-Za-z0-9._-]`, another one for each secret; NULL for `secret-0`, `secret-1`... by position.
    pub label: *const c_char,
    /// Length of the label in bytes.
    pub label_len: usize,
    /// The secret, its `whsec_` prefix included; white space around it is removed.
    pub secret: *const c_char,
    /// Length of the secret in bytes.
    pub secret_len: usize,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// One header of a request, as received: give every one of them, the repeated ones too.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// The name, in any case.
    pub name: *const c_char,
    /// Length of the name in bytes.
    pub name_len: usize,
    /// The value.
    pub value: *const c_char,
    /// Length of the value in bytes.
    pub value_len: usize,
}

/// Settings of a verifier. Begin with `overten_options options = OVERTEN_OPTIONS_DEFAULT;` and change what you need.
///
/// The layout is the same on every platform.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// `sizeof(overten_options)`, so that later versions can add to it.
    pub struct_size: u32,
    /// 0, or `OVERTEN_PAST_UNCHECKED` and `OVERTEN_FUTURE_UNCHECKED` to switch a side of the tolerance off.
    pub flags: u32,
    /// How many seconds old a delivery may be; 0 is 'this very second', a negative number is refused.
    pub past_seconds: i64,
    /// How many seconds ahead of the clock a delivery may be; 0 and negative numbers as above.
    pub future_seconds: i64,
    /// The longest body, in bytes, that is looked at.
    pub max_body_bytes: u64,
}

/// Settings of a receiver. Begin with `overten_receiver_options options = OVERTEN_RECEIVER_OPTIONS_DEFAULT;` (or `..._DURABLE`,
/// where the keys survive a restart) and change what you need.
///
/// The layout is the same on every platform.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ReceiverOptions {
    /// `sizeof(overten_receiver_options)`, so that later versions can add to it.
    pub struct_size: u32,
    /// As in `overten_options`, and `OVERTEN_RAW_LOG_FAILURES` or `OVERTEN_RAW_LOG_ALL` for lines of
    /// `overten_reception_raw_line`.
    pub flags: u32,
    /// As in `overten_options`.
    pub past_seconds: i64,
    /// As in `overten_options`.
    pub future_seconds: i64,
    /// As in `overten_options`, but at least 1.
    pub max_body_bytes: u64,
    /// How many seconds a claim lasts whose holder dies.
    pub lease_seconds: u64,
    /// How many seconds your store keeps a committed key: more than past and future together, or a replay could come after.
    pub retention_seconds: u64,
    /// What makes two deliveries one: `OVERTEN_KEY_RUN`, or `OVERTEN_KEY_TASK` where you resume runs.
    pub scope: u32,
    /// What a wrong signature is answered with: 401, or 503 until the first delivery has verified and while secrets are being
    /// changed, since Overten never sends a delivery again after a 4xx.
    pub mismatch_http_status: u32,
}

impl From<ReceiverOptions> for Options {
    fn from(options: ReceiverOptions) -> Self {
        Self {
            struct_size: 0, // looked at already
            flags: options.flags & !(OVERTEN_RAW_LOG_FAILURES | OVERTEN_RAW_LOG_ALL),
            past_seconds: options.past_seconds,
            future_seconds: options.future_seconds,
            max_body_bytes: options.max_body_bytes,
        }
    }
}

/// What is known of an authentic, fresh delivery apart from its body. The layout is the same on every platform.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// When Overten says that it sent the delivery, in Unix seconds.
    pub timestamp_unix_seconds: i64,
    /// Seconds from then to `now_unix_seconds`; negative for a delivery from the future.
    pub age_seconds: i64,
    /// Position, from 0, of the secret that made the signature.
    pub secret_index: u32,
    /// 0.
    pub reserved: u32,
}

/// The two header values of a delivery that `overten_sign` signed, NUL-terminated.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// For `X-Overten-Signature`: `sha256=` and 64 hex digits.
    pub signature: [c_char; 72],
    /// For `X-Overten-Timestamp`: 1 to 12 digits.
    pub timestamp: [c_char; 16],
}

/// The key under which a delivery is taken in exactly once: ASCII, NUL-terminated, the same text in every language.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Such as `run.completed:run_01HXYZ`; at most 386 characters.
    pub text: [c_char; 400],
}

/// What to answer over HTTP, with `Content-Type: application/json`. The layout is the same on every platform.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub http_status: u32,
    /// Seconds for a `Retry-After` header; 0 for none.
    pub retry_after_seconds: u32,
    /// The value of an `Allow` header, NUL-terminated; empty for none.
    pub allow: [c_char; 8],
    /// The body, NUL-terminated.
    pub body: [c_char; 48],
}

/// One request on its way, between two steps: plain bytes without a pointer. Copy it, keep it, hand it to another thread.
///
/// `overten_reception_begin` fills it. It holds no secret and nothing of a body, and nothing needs to be freed. The layout is
/// the same on every platform; another version of the library refuses it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Reception {
    /// Not for reading.
    pub opaque: [u64; 11],
}

/// What is to be done next. The layout is the same on every platform.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// One of `OVERTEN_STEP_...`.
    pub kind: u32,
    /// For `OVERTEN_STEP_SET_ASIDE` 1 where the handler failed at it for good, 0 where it cannot be read; else 0.
    pub failed_for_good: u32,
    /// When the sender should have its answer, on the clock of `at_ms`: past it, call `overten_reception_late`. `UINT64_MAX`
    /// where it has one, or is about to get it.
    pub answer_by_ms: u64,
    /// For `OVERTEN_STEP_READ_BODY` the most bytes of a body that are of interest: stop reading once there are more; else 0.
    pub max_body_bytes: u64,
    /// For `OVERTEN_STEP_CLAIM` how long the claim lasts whose holder dies, in seconds; else 0.
    pub lease_seconds: u64,
}

/// What a request is answered with, and who must look at its log line. The layout is the same on every platform.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    /// What came of the request, as a status such as `OVERTEN_ACCEPTED`.
    pub status: u32,
    /// The level of the log line: one of `OVERTEN_LEVEL_...`.
    pub level: u32,
    /// What to answer; its `http_status` is 0 where there is nothing to answer (any more).
    pub answer: Answer,
}

/// What a receiver does unless a setting says otherwise. The layout is the same on every platform.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// How old a delivery may be, in seconds: days where the ledger survives a restart, since its keys stop every replay.
    pub past_seconds: u64,
    /// How far ahead of the clock a delivery may be, in seconds.
    pub future_seconds: u64,
    /// How long a committed key is kept, in seconds from the first acceptance.
    pub retention_seconds: u64,
    /// After how many seconds a claim whose holder died lapses.
    pub lease_seconds: u64,
    /// The longest body, in bytes.
    pub max_body_bytes: u64,
}

/// Copies ASCII or UTF-8 text and a NUL into `N` bytes; what does not fit is cut off, at a whole character.
pub(crate) fn terminated<const N: usize>(text: &str) -> [c_char; N] {
    let mut room = [0; N];
    let end = text.floor_char_boundary(N - 1);
    for (slot, byte) in room.iter_mut().zip(text.as_bytes().iter().take(end)) {
        *slot = c_char::from_ne_bytes([*byte]);
    }
    room
}
