//! What was received, kept for replay: exactly as it was received, and bounded.

use hyper::body::Bytes;
use overten_webhook::diagnose::Captured;
use overten_webhook::{Code, UnixSeconds};
use rusqlite::{Connection, OptionalExtension as _, Result, params};

/// How many of the oldest deliveries make room for one that comes: a few, so that none takes long.
const DROPPED_AT_ONCE: usize = 8;

/// A request as it was received. `body` is as much of it as was read.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) at: UnixSeconds,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    fn captured(&self) -> Captured {
        let headers = self.headers.iter();
        Captured::received(
            self.at,
            self.method.as_bytes(),
            self.target.as_bytes(),
            headers.map(|(name, value)| (name.as_str(), value.as_bytes())),
            self.body.to_vec(),
        )
    }
}

/// What is known of an authentic delivery.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) key: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) secret: Option<String>,
}

/// Whether it was authentic once, but not at the time.
pub(crate) const fn is_stale(code: Code) -> bool {
    matches!(code, Code::TimestampTooOld | Code::TimestampInFuture)
}

/// How much it would be missed. What came last goes first, and never makes room for less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Rank {
    /// Anybody can have sent it.
    Unproven = 0,
    /// Overten signed it, but it was not taken in: a duplicate, too old, or the store failed. Anybody can have sent it again.
    Authentic = 1,
    /// It was handed on or set aside.
    Taken = 2,
}

impl Rank {
    /// That of what was not taken.
    pub(crate) const fn of(code: Code, known: &Known) -> Self {
        if is_stale(code) || known.key.is_some() {
            Self::Authentic
        } else {
            Self::Unproven
        }
    }
}

/// Keeps it under the number that it gives, and drops the oldest of the least rank while more than `most_bytes` are kept: never
/// what is still to be forwarded, nor what is of a higher rank.
pub(crate) fn keep(
    db: &Connection,
    received: &Received,
    rank: Rank,
    code: Code,
    known: &Known,
    most_bytes: u64,
) -> Result<i64> {
    let capture = received.captured().to_json();
    db.prepare_cached(
        "INSERT INTO delivery (received_at, capture, body_bytes, rank, code, key, event, run_id, secret) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        received.at.get(),
        capture,
        i64::try_from(received.body.len()).unwrap_or(i64::MAX),
        rank as u8,
        code.as_str(),
        known.key,
        known.event,
        known.run_id,
        known.secret,
    ])?;
    let id = db.last_insert_rowid();
    for _ in 0..DROPPED_AT_ONCE {
        if !is_over(db, most_bytes)? || !drop_oldest(db, rank, id)? {
            break;
        }
    }
    Ok(id)
}

fn is_over(db: &Connection, most_bytes: u64) -> Result<bool> {
    let bytes: i64 = db
        .prepare_cached("SELECT bytes FROM size")?
        .query_row([], |row| row.get(0))?;
    Ok(u64::try_from(bytes).unwrap_or(0) > most_bytes)
}

/// What was taken just now is no room for itself.
fn drop_oldest(db: &Connection, rank: Rank, new: i64) -> Result<bool> {
    let but = if rank == Rank::Taken { new } else { 0 };
    let oldest: Option<i64> = db
        .prepare_cached(
            "SELECT id FROM delivery WHERE rank <= ? AND id != ? AND NOT EXISTS \
             (SELECT 1 FROM forward WHERE forward.delivery = delivery.id AND state = 'waiting') ORDER BY rank, id LIMIT 1",
        )?
        .query_row(params![rank as u8, but], |row| row.get(0))
        .optional()?;
    let Some(oldest) = oldest else {
        return Ok(false);
    };
    for table in [
        "DELETE FROM forward WHERE delivery = ?",
        "DELETE FROM delivery WHERE id = ?",
    ] {
        db.prepare_cached(table)?.execute([oldest])?;
    }
    Ok(true)
}
