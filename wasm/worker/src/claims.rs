//! Who is handling which key at this moment. In memory only: an object that dies forgets, and the retry is taken.

use overten_webhook::{Claim, LedgerEntry, Retention, UnixSeconds};

/// The claims that one ledger object has given out and not yet got back.
///
/// A run has a handful of keys, so a list is searched rather than a table hashed.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    held: Vec<(String, UnixSeconds)>,
}

impl Claims {
    /// What is known of `key`, for [`Claim::judge`].
    pub(crate) fn entry(&self, key: &str) -> Option<LedgerEntry> {
        let (_, at) = self.held.iter().find(|(held, _)| held == key)?;
        Some(LedgerEntry::Claimed { at: *at })
    }

    /// Gives `key` to a new holder, in the place of one whose claim lapsed.
    pub(crate) fn take(&mut self, key: &str, at: UnixSeconds) {
        self.held.retain(|(held, _)| held != key);
        self.held.push((key.to_owned(), at));
    }

    /// Gives back what was taken at `at`; a claim that lapsed and was taken again stays with its new holder.
    pub(crate) fn release(&mut self, key: &str, at: UnixSeconds) {
        self.held
            .retain(|(held, since)| held != key || *since != at);
    }

    /// Whether nobody handles anything.
    pub(crate) fn is_idle(&self, now: UnixSeconds) -> bool {
        self.held.iter().all(|(_, at)| {
            let entry = Some(LedgerEntry::Claimed { at: *at });
            judge(entry, now, Retention::default()) != Claim::InFlight
        })
    }
}

/// [`Claim::judge`] with the lease of every claim here.
pub(crate) fn judge(entry: Option<LedgerEntry>, now: UnixSeconds, retention: Retention) -> Claim {
    Claim::judge(entry, now, Claim::DEFAULT_LEASE_SECONDS, retention)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> UnixSeconds {
        UnixSeconds::new(seconds)
    }

    fn claim(claims: &Claims, key: &str, now: i64) -> Claim {
        judge(claims.entry(key), at(now), Retention::default())
    }

    #[test]
    fn held_key_is_in_flight_until_it_is_released() {
        let mut claims = Claims::default();
        claims.take("a", at(0));
        assert_eq!(claim(&claims, "a", 1), Claim::InFlight);
        assert_eq!(claim(&claims, "b", 1), Claim::New, "another key is free");
        claims.release("a", at(0));
        assert_eq!(claim(&claims, "a", 1), Claim::New);
    }

    #[test]
    fn claim_whose_holder_died_lapses_after_sixty_seconds() {
        let mut claims = Claims::default();
        claims.take("a", at(5));
        assert_eq!(claim(&claims, "a", 64), Claim::InFlight);
        assert!(!claims.is_idle(at(64)));
        assert_eq!(claim(&claims, "a", 65), Claim::New);
        assert!(claims.is_idle(at(65)));
    }

    #[test]
    fn holder_that_comes_back_late_leaves_the_new_holder_alone() {
        let mut claims = Claims::default();
        claims.take("a", at(0));
        claims.take("a", at(60));
        claims.release("a", at(0));
        assert_eq!(claim(&claims, "a", 61), Claim::InFlight);
        claims.release("a", at(60));
        assert_eq!(claim(&claims, "a", 61), Claim::New);
    }
}
