//! The machine's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use overten_webhook::UnixSeconds;

/// Unix seconds; a clock before 1970 shows as 0.
pub(crate) fn now() -> UnixSeconds {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    UnixSeconds::new(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
