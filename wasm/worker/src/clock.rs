//! The host's clock.

use overten_webhook::UnixSeconds;

/// Now, in Unix milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a clock without a whole number of milliseconds in an i64 saturates"
)]
pub(crate) fn now_ms() -> i64 {
    js_sys::Date::now().floor() as i64
}

/// Now, in whole Unix seconds.
pub(crate) fn now() -> UnixSeconds {
    UnixSeconds::from_milliseconds(now_ms())
}
