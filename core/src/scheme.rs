//! What Overten's signature looks like, as named data, each with where it is known from.
//!
//! *Documented* facts come from Overten's public text. *Assumed* ones are what that text fits best: its sample that
//! joins the parts was not available when this was written. A correction is one line here.

use hmac::Hmac;
use sha2::{Digest, Sha256};

/// The header that carries the signature. Documented.
pub const SIGNATURE_HEADER: &str = "X-Overten-Signature";

/// The header that carries the Unix time in whole seconds. Documented; it is part of what is signed.
pub const TIMESTAMP_HEADER: &str = "X-Overten-Timestamp";

/// The header that repeats the event's name. Documented; it is **not** signed, so nothing is decided by it.
pub const EVENT_HEADER: &str = "X-Overten-Event";

/// What stands before the hex digits in the signature header. Documented.
pub const SIGNATURE_PREFIX: &str = "sha256=";

/// What an issued secret begins with. Documented; a secret need not carry it.
pub const SECRET_PREFIX: &str = "whsec_";

/// What stands between the timestamp and the body in the signed content. **Assumed.**
pub const SIGNED_CONTENT_SEPARATOR: &[u8] = b".";

/// The event sent when a task ended well. Documented.
pub const RUN_COMPLETED: &str = "run.completed";

/// The event sent when a task failed. Documented.
pub const RUN_FAILED: &str = "run.failed";

/// The most digits a timestamp may have. Our own bound: the year 33658 ends the twelve-digit ones.
pub(crate) const MAX_TIMESTAMP_DIGITS: usize = 12;

/// The last time that has no more than [`MAX_TIMESTAMP_DIGITS`] digits.
pub(crate) const MAX_TIMESTAMP: i64 = 999_999_999_999;
const _: () = assert!((MAX_TIMESTAMP + 1).ilog10() as usize == MAX_TIMESTAMP_DIGITS);

/// HMAC-SHA256. Documented.
pub(crate) type SignatureMac = Hmac<Sha256>;

/// Does not compile where the hash that a keyed state is made of is not wiped on drop, as without its crates' feature.
const _: () = {
    const fn is_wiped_on_drop<T: zeroize::ZeroizeOnDrop>() {}
    is_wiped_on_drop::<Sha256>();
};

/// The bytes of an HMAC-SHA256.
pub(crate) const MAC_BYTES: usize = 32;

/// The bytes of a block of SHA-256.
pub(crate) const HASH_BLOCK_BYTES: usize = 64;

/// The HMAC key made from a secret as issued: all of its bytes, the `whsec_` prefix included. **Assumed.**
pub(crate) const fn key(secret: &str) -> &[u8] {
    secret.as_bytes()
}

/// What goes into the MAC before the body: the timestamp's bytes as received, then the separator. **Assumed.**
pub(crate) const fn before_body(timestamp: &[u8]) -> [&[u8]; 2] {
    [timestamp, SIGNED_CONTENT_SEPARATOR]
}

/// Hashes more. A call, so that a small module has its code once.
#[inline(never)]
pub(crate) fn take_in(sum: &mut Sha256, bytes: &[u8]) {
    sum.update(bytes);
}
