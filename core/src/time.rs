//! The clock's reading, and how far a delivery's own time may lie from it.

use core::fmt;

/// A point in time as whole seconds since 1970-01-01T00:00:00Z, negative before it.
///
/// The core reads no clock: the outermost layer passes its own in.
///
/// ```
/// use overten_webhook::UnixSeconds;
///
/// assert_eq!(UnixSeconds::new(1_760_000_000).get(), 1_760_000_000);
/// assert_eq!(UnixSeconds::from_milliseconds(1_760_000_000_999).get(), 1_760_000_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixSeconds(i64);

impl UnixSeconds {
    /// The given count of seconds.
    #[must_use]
    pub const fn new(seconds: i64) -> Self {
        Self(seconds)
    }

    /// A clock that counts milliseconds, floored to the second (also before 1970).
    #[must_use]
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds.div_euclid(1000))
    }

    /// The count of seconds.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Seconds from `earlier` to `self`, at the ends of `i64` where it would not fit.
    pub(crate) const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl From<i64> for UnixSeconds {
    fn from(seconds: i64) -> Self {
        Self(seconds)
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many seconds a delivery may lie in the past and in the future.
///
/// The edge itself passes: with 300, a delivery exactly 300 s old is fresh. 0 means "this very second"; a side is
/// switched off by name, never by a number.
///
/// ```
/// use overten_webhook::Tolerance;
///
/// assert_eq!(Tolerance::default(), Tolerance::seconds(300));
/// let late = Tolerance::default().with_past(86_400);
/// assert_eq!((late.past(), late.future()), (Some(86_400), Some(300)));
/// assert_eq!(Tolerance::default().without_past().past(), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tolerance {
    past: Option<u64>,
    future: Option<u64>,
}

impl Tolerance {
    /// Seconds allowed on each side unless a setting says otherwise.
    pub const DEFAULT_SECONDS: u64 = 300;

    /// Seconds that a receiver allows in the past by default when its ledger survives a restart: 3 days.
    ///
    /// Its keys stop every replay, so a short window would only lose what an outage held up.
    pub const DURABLE_PAST_SECONDS: u64 = 3 * 24 * 60 * 60;

    /// The same number of seconds on both sides.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self {
            past: Some(seconds),
            future: Some(seconds),
        }
    }

    /// A receiver's default: what it allows in the past depends on whether its ledger survives a restart.
    #[must_use]
    pub const fn for_receiver(durable_ledger: bool) -> Self {
        let tolerance = Self::seconds(Self::DEFAULT_SECONDS);
        if durable_ledger {
            tolerance.with_past(Self::DURABLE_PAST_SECONDS)
        } else {
            tolerance
        }
    }

    /// No freshness check at all, for deliveries that were stored and are checked again.
    #[must_use]
    pub const fn off() -> Self {
        Self {
            past: None,
            future: None,
        }
    }

    /// The same, with `seconds` allowed in the past.
    #[must_use]
    pub const fn with_past(self, seconds: u64) -> Self {
        Self {
            past: Some(seconds),
            ..self
        }
    }

    /// The same, with `seconds` allowed in the future.
    #[must_use]
    pub const fn with_future(self, seconds: u64) -> Self {
        Self {
            future: Some(seconds),
            ..self
        }
    }

    /// The same, however old a delivery is.
    #[must_use]
    pub const fn without_past(self) -> Self {
        Self { past: None, ..self }
    }

    /// The same, however far ahead a delivery is.
    #[must_use]
    pub const fn without_future(self) -> Self {
        Self {
            future: None,
            ..self
        }
    }

    /// Seconds allowed in the past; `None` where that side is switched off.
    #[must_use]
    pub const fn past(self) -> Option<u64> {
        self.past
    }

    /// Seconds allowed in the future; `None` where that side is switched off.
    #[must_use]
    pub const fn future(self) -> Option<u64> {
        self.future
    }
}

impl Default for Tolerance {
    /// [`Tolerance::DEFAULT_SECONDS`] on both sides.
    fn default() -> Self {
        Self::seconds(Self::DEFAULT_SECONDS)
    }
}
