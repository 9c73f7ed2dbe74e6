//! The sending side, for tests.

use std::ffi::{c_char, c_void};

use overten_webhook::UnixSeconds;

use crate::error::Error;
use crate::pointers::{Caller, entry_with_secrets};
use crate::status::Status;
use crate::types::{Signature, terminated};

/// Signs a body as Overten does, for tests and simulators: verifying the result succeeds at that time.
///
/// `secret` is as issued. `body` is the exact bytes that will be sent. The secret is refused by the rules of
/// `overten_verifier_new`, a time outside 0 to 999999999999 with `OVERTEN_INVALID_ARGUMENT`. `out_error` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn overten_sign(
    secret: *const c_char,
    secret_len: usize,
    timestamp_unix_seconds: i64,
    body: *const c_void,
    body_len: usize,
    out_signature: *mut Signature,
    out_error: *mut Error,
) -> Status {
    let run = |caller: &Caller<'_>| {
        let out = caller.out(out_signature)?;
        let (secret, body) = (
            caller.text(secret, secret_len)?,
            caller.array::<u8>(body.cast(), body_len)?,
        );
        let secret = overten_webhook::Secret::new(secret)?;
        let signed =
            overten_webhook::sign(&secret, UnixSeconds::new(timestamp_unix_seconds), body)?;
        out.write(Signature {
            signature: terminated(signed.signature_value()),
            timestamp: terminated(signed.timestamp_value()),
        });
        Ok(())
    };
    // SAFETY: the convention, which our caller keeps.
    unsafe { entry_with_secrets(out_error, run) }
}
