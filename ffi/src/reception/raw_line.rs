//! The line for debugging that shows a request as it came.

use std::ffi::{c_char, c_void};

use overten_webhook::Step as CoreStep;

use crate::error::Failure;
use crate::headers::pairs;
use crate::pointers::{Caller, entry};
use crate::receiver::Receiver;
use crate::status::Status;
use crate::types::{Header, Reception};

use super::next::{NO_RECEPTION, Next};

/// Room for the longest line of `overten_reception_raw_line` there is, its NUL included.
pub const OVERTEN_RAW_LINE_BYTES: usize = 131_072;

/// The line, for debugging, beside the one that `overten_reception_end` or `overten_reception_late` gives: call it right before
/// either, with the same `at_ms`.
///
/// It shows the headers that tell something, the signature cut short, and of the body its length, SHA-256 and first 16 KiB: one
/// JSON object, without a newline, NUL-terminated. `*out_line_len` is its length without the NUL; 0 where none is to be logged:
/// for want of `OVERTEN_RAW_LOG_FAILURES` or `OVERTEN_RAW_LOG_ALL` among the receiver's flags, after 30 lines of a minute, and
/// where that call gives nothing to answer.
///
/// `headers` are those of `overten_reception_begin`, all of them. `body` is what was read of it, at most one byte more than was of
/// interest; NULL with length 0 where nothing was. `OVERTEN_INVALID_ARGUMENT` where `out_line_capacity` is less than
/// `OVERTEN_RAW_LINE_BYTES`, or the reception has ended.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_reception_raw_line(
    receiver: *const Receiver,
    reception: *const Reception,
    headers: *const Header,
    headers_len: usize,
    body: *const c_void,
    body_len: usize,
    at_ms: u64,
    out_line: *mut c_char,
    out_line_capacity: usize,
    out_line_len: *mut usize,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let (receiver, reception) = (caller.object(receiver)?, caller.object(reception)?);
        let headers = pairs(caller, headers, headers_len)?;
        let read = caller.array(body.cast::<u8>(), body_len)?;
        let read = Some(read).filter(|_| !body.is_null());
        let line = caller.out_bytes(out_line.cast(), out_line_capacity)?;
        let line_len = caller.out(out_line_len)?;
        if out_line_capacity < OVERTEN_RAW_LINE_BYTES {
            return Err(Failure::Argument(
                "there is less room than OVERTEN_RAW_LINE_BYTES",
            ));
        }
        let ending = match Next::of(reception).ok_or(NO_RECEPTION)? {
            Next::ReadBody(_) => None,
            Next::Step(CoreStep::Answer(ending)) => Some(ending),
            Next::Step(step) => step.late().0,
        };
        let shown = ending.and_then(|it| it.raw_line(&receiver.receiver, headers, read, at_ms));
        let mut shown = shown.unwrap_or_default();
        line_len.write(shown.len());
        shown.push('\0');
        line.write_if_it_fits(shown.as_bytes());
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry(run) }
}
