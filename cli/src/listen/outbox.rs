//! Which deliveries are to be forwarded, and what came of it.

use rusqlite::{Connection, Result, params};

/// One that is to be forwarded.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) id: i64,
    pub(crate) key: String,
    /// Its code where it was received, `accepted` or `quarantined`.
    pub(crate) code: String,
    pub(crate) capture: String,
    /// How often it was tried.
    pub(crate) attempts: u32,
}

/// What is noted of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) id: i64,
    /// `waiting`, `forwarded` or `given_up`.
    pub(crate) state: &'static str,
    pub(crate) attempts: u32,
    /// When it is tried next, in Unix seconds.
    pub(crate) next: i64,
    pub(crate) status: Option<u16>,
    pub(crate) detail: String,
}

/// Has a delivery forwarded, from `now` on.
pub(crate) fn add(db: &Connection, id: i64, now: i64) -> Result<()> {
    db.prepare_cached("INSERT INTO forward VALUES (?, 'waiting', 0, ?, NULL, NULL)")?
        .execute([id, now])?;
    Ok(())
}

/// The first that are due, in the order in which they came.
pub(crate) fn due(db: &Connection, now: i64, most: usize) -> Result<Vec<Waiting>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut select = db.prepare_cached(
        "SELECT id, key, code, capture, attempts FROM forward JOIN delivery ON delivery.id = forward.delivery \
         WHERE state = 'waiting' AND next <= ? ORDER BY forward.delivery LIMIT ?",
    )?;
    let rows = select.query_map([now, most], |row| {
        Ok(Waiting {
            id: row.get(0)?,
            key: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            code: row.get(2)?,
            capture: row.get(3)?,
            attempts: row.get(4)?,
        })
    })?;
    rows.collect()
}

/// How many wait.
pub(crate) fn count(db: &Connection) -> Result<i64> {
    let count = "SELECT count(*) FROM forward WHERE state = 'waiting'";
    db.query_row(count, [], |row| row.get(0))
}

pub(crate) fn note(db: &Connection, note: &Note) -> Result<()> {
    db.prepare_cached(
        "UPDATE forward SET state = ?, attempts = ?, next = ?, status = ?, detail = ? WHERE delivery = ?",
    )?
    .execute(params![note.state, note.attempts, note.next, note.status, note.detail, note.id])?;
    Ok(())
}
