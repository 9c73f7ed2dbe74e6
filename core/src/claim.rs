//! What a claim of a key means, by what a ledger knows of it.

use core::fmt;

use crate::code::Code;
use crate::time::{Tolerance, UnixSeconds};

/// What a ledger knows of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerEntry {
    /// Somebody is handling it, and has neither committed nor released it.
    Claimed {
        /// When it was claimed.
        at: UnixSeconds,
    },
    /// It was handled.
    Committed {
        /// When it was accepted first; a duplicate never renews it.
        at: UnixSeconds,
    },
}

/// What a ledger answers to a claim.
///
/// A whole store, as its owner writes it: it looks up, judges and records under one lock, or in one transaction. The
/// token tells one holder from the next, so that a late one neither commits nor releases what is another's by now.
///
/// ```
/// use std::collections::HashMap;
/// use overten_webhook::{Claim, LedgerEntry, Retention, UnixSeconds};
///
/// #[derive(Default)]
/// struct Store(HashMap<String, (u64, LedgerEntry)>);
///
/// impl Store {
///     fn claim(&mut self, key: &str, token: u64, now: UnixSeconds, lease_seconds: u64) -> Claim {
///         let known = self.0.get(key).map(|(_, entry)| *entry);
///         let claim = Claim::judge(known, now, lease_seconds, Retention::default());
///         if claim == Claim::New {
///             self.0.insert(key.to_owned(), (token, LedgerEntry::Claimed { at: now }));
///         }
///         claim
///     }
///     fn commit(&mut self, key: &str, token: u64, now: UnixSeconds) -> bool {
///         let Some((_, entry)) = self.0.get_mut(key).filter(|(holder, _)| *holder == token) else {
///             return false; // the claim is lost
///         };
///         *entry = LedgerEntry::Committed { at: now };
///         true
///     }
///     fn release(&mut self, key: &str, token: u64) {
///         self.0.retain(|held, (holder, entry)| {
///             held != key || *holder != token || matches!(entry, LedgerEntry::Committed { .. })
///         });
///     }
/// }
///
/// let (mut store, now) = (Store::default(), UnixSeconds::new(1_760_000_000));
/// assert_eq!(store.claim("run.completed:run_01", 1, now, 60), Claim::New);
/// assert_eq!(store.claim("run.completed:run_01", 2, now, 60), Claim::InFlight);
/// store.release("run.completed:run_01", 2); // not its claim
/// assert!(store.commit("run.completed:run_01", 1, now));
/// assert_eq!(store.claim("run.completed:run_01", 3, now, 60), Claim::Duplicate);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claim {
    /// Nobody has it: the caller handles it, then commits or releases.
    New,
    /// It was handled before.
    Duplicate,
    /// Somebody is handling it now.
    InFlight,
}

impl Claim {
    /// Seconds after which a claim lapses whose holder died.
    pub const DEFAULT_LEASE_SECONDS: u64 = 60;

    /// Judges a claim by what the ledger knows of its key.
    ///
    /// A claim lapses once it is older than `lease_seconds`, and a committed key once it is older than the retention: at
    /// exactly that age both still hold, since times in whole seconds may be nearer to one another than they look. A claim
    /// that lies further in the future than a lease has lapsed too: only a clock put back can show one, and it would block
    /// its key for as long as the clock went back. A committed key stays, however the clock went.
    ///
    /// ```
    /// use overten_webhook::{Claim, LedgerEntry, Retention, UnixSeconds};
    ///
    /// let claimed = Some(LedgerEntry::Claimed { at: UnixSeconds::new(100) });
    /// let judge = |now| Claim::judge(claimed, UnixSeconds::new(now), Claim::DEFAULT_LEASE_SECONDS, Retention::default());
    /// assert_eq!(judge(160), Claim::InFlight);
    /// assert_eq!(judge(161), Claim::New);
    /// ```
    #[must_use]
    pub fn judge(
        entry: Option<LedgerEntry>,
        now: UnixSeconds,
        lease_seconds: u64,
        retention: Retention,
    ) -> Self {
        match entry {
            Some(LedgerEntry::Claimed { at }) => {
                let is_held = now.seconds_since(at).unsigned_abs() <= lease_seconds;
                if is_held { Self::InFlight } else { Self::New }
            }
            Some(LedgerEntry::Committed { at }) => {
                let age = u64::try_from(now.seconds_since(at)).unwrap_or(0);
                let is_kept = age <= retention.seconds();
                if is_kept { Self::Duplicate } else { Self::New }
            }
            None => Self::New,
        }
    }

    /// `new`, `duplicate` or `in_flight`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Duplicate => "duplicate",
            Self::InFlight => "in_flight",
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How long a ledger keeps a committed key, counted from the first acceptance: 7 days by default.
///
/// ```
/// use overten_webhook::{Retention, Tolerance};
///
/// let tolerance = Tolerance::for_receiver(true); // 3 days in the past, 300 s in the future
/// assert!(Retention::from_seconds(4 * 86_400).check(tolerance).is_ok());
/// assert!(Retention::from_seconds(3 * 86_400).check(tolerance).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Retention(u64);

impl Retention {
    /// The default: 7 days.
    pub const DEFAULT_SECONDS: u64 = 7 * 24 * 60 * 60;

    /// The given number of seconds.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds)
    }

    /// Refuses a retention that a replay could outlive.
    ///
    /// With a side of the tolerance switched off there is no longest time to compare with: a replay that comes after
    /// the retention then counts as new.
    ///
    /// # Errors
    ///
    /// [`RetentionError`], where both sides are on and the retention is not longer than the two together.
    pub fn check(self, tolerance: Tolerance) -> Result<(), RetentionError> {
        let (Some(past), Some(future)) = (tolerance.past(), tolerance.future()) else {
            return Ok(());
        };
        let window_seconds = past.saturating_add(future);
        if self.0 > window_seconds {
            Ok(())
        } else {
            Err(RetentionError { window_seconds })
        }
    }

    /// The number of seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self(Self::DEFAULT_SECONDS)
    }
}

/// A retention that is not longer than the tolerance's two sides together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionError {
    window_seconds: u64,
}

impl RetentionError {
    /// The stable word for it: `invalid_argument`.
    #[must_use]
    pub const fn code(self) -> Code {
        Code::InvalidArgument
    }
}

impl fmt::Display for RetentionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the retention must be longer than the tolerance's past and future together ({} s), or a replay could come \
             after its key is forgotten: keep keys longer, or allow less",
            self.window_seconds
        )
    }
}

impl core::error::Error for RetentionError {}
