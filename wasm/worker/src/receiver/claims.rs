//! Who is handling which key at this moment. In memory only: an object that dies forgets, and the retry is taken.

use overten_webhook::{LedgerEntry, UnixSeconds};

/// The claims that one ledger object has given out and not yet got back.
///
/// A run has a handful of keys, so a list is searched rather than a table hashed.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    held: Vec<Held>,
    given: u64,
}

#[derive(Debug)]
struct Held {
    key: String,
    at: UnixSeconds,
    token: Token,
}

/// Tells one claim of a key from a later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token(u64);

impl Claims {
    /// What is known of `key`, for [`Claim::judge`](overten_webhook::Claim::judge).
    pub(crate) fn entry(&self, key: &str) -> Option<LedgerEntry> {
        let held = self.held.iter().find(|held| held.key == key)?;
        Some(LedgerEntry::Claimed { at: held.at })
    }

    /// Gives `key` to a new holder, in the place of one whose claim lapsed.
    pub(crate) fn give(&mut self, key: &str, at: UnixSeconds) -> Token {
        self.given += 1;
        let token = Token(self.given);
        self.held.retain(|held| held.key != key);
        let key = key.to_owned();
        self.held.push(Held { key, at, token });
        token
    }

    /// Whether this claim is held still: one that lapsed and was given again is not.
    pub(crate) fn holds(&self, token: Token) -> bool {
        self.held.iter().any(|held| held.token == token)
    }

    /// Takes this claim back, and no later one of the same key.
    pub(crate) fn take_back(&mut self, token: Token) {
        self.held.retain(|held| held.token != token);
    }
}

#[cfg(test)]
mod tests {
    use overten_webhook::{Claim, Retention};

    use super::*;

    fn at(seconds: i64) -> UnixSeconds {
        UnixSeconds::new(seconds)
    }

    fn claim(claims: &Claims, key: &str, now: i64) -> Claim {
        Claim::judge(claims.entry(key), at(now), 60, Retention::default())
    }

    #[test]
    fn held_key_is_in_flight_until_it_is_given_back() {
        let mut claims = Claims::default();
        let token = claims.give("a", at(0));
        assert_eq!(claim(&claims, "a", 1), Claim::InFlight);
        assert_eq!(claim(&claims, "b", 1), Claim::New, "another key is free");
        claims.take_back(token);
        assert_eq!(claim(&claims, "a", 1), Claim::New);
    }

    #[test]
    fn claim_whose_holder_died_lapses_after_sixty_seconds() {
        let mut claims = Claims::default();
        claims.give("a", at(5));
        assert_eq!(claim(&claims, "a", 65), Claim::InFlight);
        assert_eq!(claim(&claims, "a", 66), Claim::New);
    }

    #[test]
    fn holder_that_comes_back_late_leaves_the_new_holder_alone() {
        let mut claims = Claims::default();
        let late = claims.give("a", at(0));
        // A clock that was put back gives the same time again.
        let holder = claims.give("a", at(0));
        assert!(!claims.holds(late));
        claims.take_back(late);
        assert!(claims.holds(holder));
        assert_eq!(claim(&claims, "a", 1), Claim::InFlight);
        claims.take_back(holder);
        assert_eq!(claim(&claims, "a", 1), Claim::New);
    }
}
