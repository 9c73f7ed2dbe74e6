//! What was received, kept for replay: exactly as it was received, and bounded.

use hyper::body::Bytes;
use overten_webhook::{Code, UnixSeconds};
use rusqlite::{Connection, OptionalExtension as _, Result, params};

use super::headers::Headers;

/// How many of the oldest deliveries make room for one that comes: a few, so that none takes long.
const DROPPED_AT_ONCE: usize = 8;

/// A request as it was received. `body` is as much of it as was read.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) at: UnixSeconds,
    pub(crate) method: Vec<u8>,
    pub(crate) target: Vec<u8>,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
}

/// What is known of an authentic delivery.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) key: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) secret: Option<String>,
}

/// Keeps what was handed on or set aside.
pub(crate) fn keep_taken(
    db: &Connection,
    received: &Received,
    code: Code,
    known: &Known,
    is_forwarded: bool,
    most_bytes: u64,
) -> Result<i64> {
    let id = insert(db, received, true, code, known)?;
    if is_forwarded {
        db.prepare_cached("INSERT INTO forward VALUES (?1, 'waiting', 0, ?2, ?2, NULL, NULL)")?
            .execute([id, received.at.get()])?;
    }
    make_room(db, most_bytes, id)?;
    Ok(id)
}

/// Keeps anything else, which a stranger may have sent: it makes room for what was taken, and never the other way round.
pub(crate) fn keep_other(
    db: &Connection,
    received: &Received,
    code: Code,
    known: &Known,
    most_bytes: u64,
) -> Result<i64> {
    let id = insert(db, received, false, code, known)?;
    while is_over(db, most_bytes)? && drop_oldest_other(db)? {}
    Ok(id)
}

fn insert(
    db: &Connection,
    received: &Received,
    taken: bool,
    code: Code,
    known: &Known,
) -> Result<i64> {
    let Received {
        at,
        method,
        target,
        headers,
        body,
    } = received;
    let headers = headers.to_json();
    let bytes = method.len() + target.len() + headers.len() + body.len();
    db.prepare_cached(
        "INSERT INTO delivery (received_at, method, target, headers, body, bytes, taken, code, key, event, run_id, secret) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        at.get(),
        method,
        target,
        headers,
        body.as_ref(),
        i64::try_from(bytes).unwrap_or(i64::MAX),
        taken,
        code.as_str(),
        known.key,
        known.event,
        known.run_id,
        known.secret,
    ])?;
    Ok(db.last_insert_rowid())
}

/// Drops the oldest that may be anybody's, then the oldest taken ones but this one and those still to be forwarded.
fn make_room(db: &Connection, most_bytes: u64, but: i64) -> Result<()> {
    for _ in 0..DROPPED_AT_ONCE {
        if !is_over(db, most_bytes)? || !(drop_oldest_other(db)? || drop_oldest_taken(db, but)?) {
            break;
        }
    }
    Ok(())
}

fn is_over(db: &Connection, most_bytes: u64) -> Result<bool> {
    let bytes: i64 = db
        .prepare_cached("SELECT sum(bytes) FROM size")?
        .query_row([], |row| row.get(0))?;
    Ok(u64::try_from(bytes).unwrap_or(0) > most_bytes)
}

fn drop_oldest_other(db: &Connection) -> Result<bool> {
    let dropped = db
        .prepare_cached(
            "DELETE FROM delivery WHERE id = (SELECT id FROM delivery WHERE taken = FALSE ORDER BY id LIMIT 1)",
        )?
        .execute([])?;
    Ok(dropped > 0)
}

fn drop_oldest_taken(db: &Connection, but: i64) -> Result<bool> {
    let oldest: Option<i64> = db
        .prepare_cached(
            "SELECT id FROM delivery WHERE taken = TRUE AND id != ? AND NOT EXISTS \
             (SELECT 1 FROM forward WHERE forward.delivery = delivery.id AND state = 'waiting') ORDER BY id LIMIT 1",
        )?
        .query_row([but], |row| row.get(0))
        .optional()?;
    let Some(oldest) = oldest else {
        return Ok(false);
    };
    db.prepare_cached("DELETE FROM forward WHERE delivery = ?")?
        .execute([oldest])?;
    db.prepare_cached("DELETE FROM delivery WHERE id = ?")?
        .execute([oldest])?;
    Ok(true)
}
