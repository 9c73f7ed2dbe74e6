//! Who has which key, in the database. What that means for a claim is core's to judge.

use std::process;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use overten_webhook::{Claim, LedgerEntry, Receiver, Retention, UnixSeconds};
use rusqlite::{Connection, OptionalExtension as _, Result, params};

/// A claim deletes this many rows that have lapsed, so that none takes long after an idle week.
const FORGOTTEN_AT_ONCE: i64 = 20;

/// A claim as it is asked for: the key, who claims it, when, and for how long.
#[derive(Debug, Clone)]
pub(crate) struct Claimant {
    pub(crate) key: String,
    pub(crate) holder: String,
    pub(crate) now: UnixSeconds,
    pub(crate) lease_seconds: u64,
    pub(crate) retention: Retention,
}

impl Claimant {
    /// The holder's name is no other's, in this process or in any that shares the database.
    pub(crate) fn new(key: String, now: UnixSeconds, receiver: &Receiver) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        static START: LazyLock<u128> = LazyLock::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.map_or(0, |since| since.as_nanos())
        });
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self {
            key,
            holder: format!("{}-{}-{count}", process::id(), *START),
            now,
            lease_seconds: receiver.lease_seconds(),
            retention: receiver.retention(),
        }
    }
}

/// Claims the key.
pub(crate) fn claim(db: &Connection, claimant: &Claimant) -> Result<Claim> {
    let Claimant {
        key,
        holder,
        now,
        lease_seconds,
        retention,
    } = claimant;
    let known = db
        .prepare_cached("SELECT committed, at FROM ledger WHERE key = ?")?
        .query_row([key], |row| {
            let at = UnixSeconds::new(row.get(1)?);
            Ok(match row.get(0)? {
                true => LedgerEntry::Committed { at },
                false => LedgerEntry::Claimed { at },
            })
        })
        .optional()?;
    let claim = Claim::judge(known, *now, *lease_seconds, *retention);
    if claim == Claim::New {
        db.prepare_cached("INSERT OR REPLACE INTO ledger VALUES (?, ?, FALSE, ?)")?
            .execute(params![key, holder, now.get()])?;
        let kept = retention.seconds().max(*lease_seconds);
        let oldest = now.get().saturating_sub_unsigned(kept);
        db.prepare_cached(
            "DELETE FROM ledger WHERE key IN (SELECT key FROM ledger WHERE at < ? ORDER BY at LIMIT ?)",
        )?
        .execute([oldest, FORGOTTEN_AT_ONCE])?;
    }
    Ok(claim)
}

/// Commits the claim; false where it is somebody else's by now, who may have committed it. The key is kept in any case,
/// since its event was handled.
pub(crate) fn commit(db: &Connection, claimant: &Claimant) -> Result<bool> {
    let Claimant {
        key, holder, now, ..
    } = claimant;
    let held: Option<String> = db
        .prepare_cached("SELECT holder FROM ledger WHERE key = ?")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    db.prepare_cached(
        "INSERT INTO ledger VALUES (?, ?, TRUE, ?) ON CONFLICT (key) DO UPDATE \
         SET holder = excluded.holder, committed = TRUE, at = excluded.at WHERE NOT committed",
    )?
    .execute(params![key, holder, now.get()])?;
    Ok(held.as_ref() == Some(holder))
}

/// Releases the claim, if it is still this holder's.
pub(crate) fn release(db: &Connection, claimant: &Claimant) -> Result<()> {
    db.prepare_cached("DELETE FROM ledger WHERE key = ? AND holder = ? AND NOT committed")?
        .execute([&claimant.key, &claimant.holder])?;
    Ok(())
}
