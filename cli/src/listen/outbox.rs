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
    /// When this was noted, in Unix seconds.
    pub(crate) since: i64,
    /// When it is tried next, in Unix seconds.
    pub(crate) next: i64,
    pub(crate) status: Option<u16>,
    pub(crate) detail: String,
}

/// Has a delivery forwarded, from `now` on.
pub(crate) fn add(db: &Connection, id: i64, now: i64) -> Result<()> {
    db.prepare_cached("INSERT INTO forward VALUES (?1, 'waiting', 0, ?2, ?2, NULL, NULL)")?
        .execute([id, now])?;
    Ok(())
}

/// The first that are due, in the order in which they came. One that was noted in the future is due too: only a clock put back
/// can show one, and it would wait for the difference.
pub(crate) fn due(db: &Connection, now: i64, most: usize) -> Result<Vec<Waiting>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut select = db.prepare_cached(
        "SELECT id, key, code, capture, attempts FROM forward JOIN delivery ON delivery.id = forward.delivery \
         WHERE state = 'waiting' AND (next <= ?1 OR since > ?1) ORDER BY forward.delivery LIMIT ?2",
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
        "UPDATE forward SET state = ?, attempts = ?, since = ?, next = ?, status = ?, detail = ? WHERE delivery = ?",
    )?
    .execute(params![note.state, note.attempts, note.since, note.next, note.status, note.detail, note.id])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_760_000_000;

    fn with_one_waiting(at: i64) -> Connection {
        let db = Connection::open_in_memory().unwrap();
        db.execute_batch(crate::listen::database::SCHEMA).unwrap();
        db.execute_batch(
            "INSERT INTO delivery VALUES (1, 0, '{}', 0, 0, 'accepted', 'key', NULL, NULL, NULL)",
        )
        .unwrap();
        add(&db, 1, at).unwrap();
        db
    }

    #[test]
    fn a_clock_put_back_holds_nothing_up() {
        let db = with_one_waiting(NOW + 600);
        assert_eq!(
            due(&db, NOW, 10).unwrap().len(),
            1,
            "received while the clock was ahead"
        );
        let again = |since, next| Note {
            id: 1,
            state: "waiting",
            attempts: 1,
            since,
            next,
            status: Some(503),
            detail: String::new(),
        };
        note(&db, &again(NOW + 600, NOW + 632)).unwrap();
        assert_eq!(
            due(&db, NOW, 10).unwrap().len(),
            1,
            "tried while it was ahead"
        );
        note(&db, &again(NOW, NOW + 32)).unwrap();
        assert_eq!(due(&db, NOW + 31, 10).unwrap().len(), 0, "its delay counts");
        assert_eq!(due(&db, NOW + 32, 10).unwrap().len(), 1);
    }
}
