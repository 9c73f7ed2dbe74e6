//! A receiver's rules that need no network and no store: which request is ours, and what a claim means.

use core::fmt;

use crate::code::Code;
use crate::time::{Tolerance, UnixSeconds};

/// Tells whether a request is for this receiver, before anything else about it is looked at.
///
/// `path` is the configured one, `target` the request's as received: a path with or without a query, or a whole URL. A
/// path with and without its trailing slash is the same path, and a query is ignored, in both of them: a delivery must
/// not be lost to how a setting was written. `method` is compared exactly, as HTTP does.
///
/// # Errors
///
/// `not_found` for another path, then `method_not_allowed` for anything but a POST.
///
/// ```
/// use overten_webhook::{Code, check_request};
///
/// assert_eq!(check_request("/webhooks/overten", "POST", "/webhooks/overten/?from=test"), Ok(()));
/// assert_eq!(check_request("/webhooks/overten", "GET", "/webhooks/overten"), Err(Code::MethodNotAllowed));
/// assert_eq!(check_request("/webhooks/overten", "GET", "/"), Err(Code::NotFound));
/// ```
pub fn check_request(path: &str, method: &str, target: &str) -> Result<(), Code> {
    if bare_path(path) != bare_path(target) {
        Err(Code::NotFound)
    } else if method != "POST" {
        Err(Code::MethodNotAllowed)
    } else {
        Ok(())
    }
}

/// The path without scheme, host and query, and without its first and its last slash.
fn bare_path(target: &str) -> &str {
    let scheme = ["http://", "https://"]
        .into_iter()
        .find_map(|scheme| target.strip_prefix(scheme));
    let target = match scheme {
        Some(rest) => rest
            .find('/')
            .and_then(|at| rest.get(at..))
            .unwrap_or_default(),
        None => target,
    };
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let path = path.strip_prefix('/').unwrap_or(path);
    path.strip_suffix('/').unwrap_or(path)
}

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
    /// A claim lapses once it is `lease_seconds` old, and a committed key once it is older than the retention. A clock
    /// that went back makes nothing lapse.
    ///
    /// ```
    /// use overten_webhook::{Claim, LedgerEntry, Retention, UnixSeconds};
    ///
    /// let claimed = Some(LedgerEntry::Claimed { at: UnixSeconds::new(100) });
    /// let judge = |now| Claim::judge(claimed, UnixSeconds::new(now), Claim::DEFAULT_LEASE_SECONDS, Retention::default());
    /// assert_eq!(judge(159), Claim::InFlight);
    /// assert_eq!(judge(160), Claim::New);
    /// ```
    #[must_use]
    pub fn judge(
        entry: Option<LedgerEntry>,
        now: UnixSeconds,
        lease_seconds: u64,
        retention: Retention,
    ) -> Self {
        let age = |at| u64::try_from(now.seconds_since(at)).unwrap_or(0);
        match entry {
            Some(LedgerEntry::Claimed { at }) if age(at) < lease_seconds => Self::InFlight,
            Some(LedgerEntry::Committed { at }) if age(at) <= retention.seconds() => {
                Self::Duplicate
            }
            _ => Self::New,
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
/// assert!(Retention::new(4 * 86_400, tolerance).is_ok());
/// assert!(Retention::new(3 * 86_400, tolerance).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Retention(u64);

impl Retention {
    /// The default: 7 days.
    pub const DEFAULT_SECONDS: u64 = 7 * 24 * 60 * 60;

    /// The given number of seconds.
    ///
    /// With a side of the tolerance switched off there is no longest time to compare with: a replay that comes after
    /// the retention then counts as new.
    ///
    /// # Errors
    ///
    /// [`RetentionError`], where both sides are on and the retention is not longer than the two together: a replay
    /// could outlive the key that stops it.
    pub fn new(seconds: u64, tolerance: Tolerance) -> Result<Self, RetentionError> {
        let (Some(past), Some(future)) = (tolerance.past(), tolerance.future()) else {
            return Ok(Self(seconds));
        };
        let window_seconds = past.saturating_add(future);
        if seconds > window_seconds {
            Ok(Self(seconds))
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
