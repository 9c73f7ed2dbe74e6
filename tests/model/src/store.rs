//! The two stores, by what their operations do to one key.

use overten_webhook::{Claim, LedgerEntry, Retention, UnixSeconds};

use crate::rule::Rule;
use crate::state::{Held, Holder, Key};

const NOW: i64 = 1_760_000_000;
const LEASE: i64 = Claim::DEFAULT_LEASE_SECONDS.cast_signed();

/// Where claims and committed keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Store {
    /// Both in a database that receivers share.
    Shared,
    /// The Worker's ledger object: claims in its memory, committed keys on its disk.
    Object,
}

impl Store {
    /// What the core says of a claim of the key.
    pub(crate) fn judge(key: &Key, without: Option<Rule>) -> Claim {
        let judge = |entry| {
            let now = UnixSeconds::new(NOW);
            Claim::judge(
                entry,
                now,
                Claim::DEFAULT_LEASE_SECONDS,
                Retention::default(),
            )
        };
        if let Some(held) = key.claim {
            // What is a lease old is a moment older than that: at exactly a lease a claim still holds.
            let age = LEASE * i64::from(held.age) + i64::from(held.age > 0);
            let at = UnixSeconds::new(NOW - age);
            let stays = match without {
                Some(Rule::ClaimLapses) => true,
                Some(Rule::FutureClaimLapses) => held.age < 0,
                _ => false,
            };
            if stays || judge(Some(LedgerEntry::Claimed { at })) == Claim::InFlight {
                return Claim::InFlight;
            }
        }
        let at = UnixSeconds::new(NOW);
        judge(key.committed.then_some(LedgerEntry::Committed { at }))
    }

    /// Gives the key to a new holder, whoever had it.
    pub(crate) const fn take(key: &mut Key, holder: Holder) {
        key.claim = Some(Held { age: 0, holder });
    }

    /// Commits the key; whether the claim was the asker's.
    pub(crate) fn commit(self, key: &mut Key, is_own: bool, without: Option<Rule>) -> bool {
        match self {
            // The row is written whoever holds the claim by then, and the claim stays until the work is done.
            Self::Object => key.committed = true,
            Self::Shared if is_own || without == Some(Rule::TokenOnCommit) => {
                key.committed = true;
                key.claim = None;
            }
            Self::Shared => {}
        }
        is_own
    }

    /// Releases the claim, if it is the asker's.
    pub(crate) fn release(key: &mut Key, is_own: bool, without: Option<Rule>) {
        if is_own || without == Some(Rule::TokenOnRelease) {
            key.claim = None;
        }
    }
}
