//! The two clocks: one that says what time it is, one that never goes back.

use std::sync::Arc;

use overten_webhook::UnixSeconds;
use tokio::time::{Duration, Instant};

/// The host's clocks, or in a test whatever it says.
#[derive(Clone)]
pub(crate) struct Clock {
    start: Instant,
    unix: Arc<dyn Fn() -> UnixSeconds + Send + Sync>,
}

impl Clock {
    pub(crate) fn new(unix: impl Fn() -> UnixSeconds + Send + Sync + 'static) -> Self {
        Self {
            start: Instant::now(),
            unix: Arc::new(unix),
        }
    }

    /// The host's.
    pub(crate) fn of_host() -> Self {
        Self::new(crate::clock::now)
    }

    /// What time it is.
    pub(crate) fn unix(&self) -> UnixSeconds {
        (self.unix)()
    }

    /// Milliseconds since the start, by the clock that never goes back.
    pub(crate) fn ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// That many milliseconds since the start.
    pub(crate) fn at_ms(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}
