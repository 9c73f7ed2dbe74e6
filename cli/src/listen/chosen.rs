//! Which of what is saved is meant, and what is known of each.

use rusqlite::{Connection, OptionalExtension as _, Result, params};

/// Which deliveries are chosen: those that fit all of it.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Filters {
    /// Only events of this name (several times: any of them)
    #[arg(long = "event", value_name = "NAME")]
    pub(crate) events: Vec<String>,
    /// Only deliveries of this run
    #[arg(long, value_name = "ID")]
    pub(crate) run_id: Option<String>,
    /// Only those that were not accepted, or are not forwarded yet
    #[arg(long)]
    pub(crate) failed: bool,
}

/// What is known of a saved delivery.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Saved {
    pub(crate) id: i64,
    /// In Unix seconds.
    pub(crate) received_at: i64,
    /// The same for people, in UTC.
    #[serde(skip)]
    pub(crate) when: String,
    /// What it was answered with, in core's word.
    pub(crate) code: String,
    pub(crate) event: Option<String>,
    pub(crate) run_id: Option<String>,
    pub(crate) key: Option<String>,
    /// The label of the secret that signed it.
    pub(crate) secret: Option<String>,
    pub(crate) body_bytes: i64,
    /// `waiting`, `forwarded` or `given_up`; None where it is not to be forwarded.
    pub(crate) forward: Option<String>,
    /// How often it was posted to the target.
    pub(crate) attempts: Option<u32>,
    /// What came of the last time.
    pub(crate) detail: Option<String>,
}

/// A delivery whose key was taken in later, in another attempt of Overten's, has not failed; nor has what was no delivery.
const CHOSEN: &str = "
SELECT id, received_at, strftime('%Y-%m-%d %H:%M:%SZ', received_at, 'unixepoch'), code, event, run_id, key, secret, body_bytes, state, attempts, detail
FROM delivery LEFT JOIN forward ON forward.delivery = delivery.id
WHERE (?1 = '[]' OR event IN (SELECT value FROM json_each(?1))) AND (?2 IS NULL OR run_id = ?2)
AND (NOT ?3 OR state IN ('waiting', 'given_up')
    OR rank < 2 AND code NOT IN ('duplicate', 'not_found', 'method_not_allowed')
    AND NOT EXISTS (SELECT 1 FROM delivery AS other WHERE other.key = delivery.key AND other.rank = 2))
ORDER BY id";

/// Those that fit, in the order in which they came.
pub(crate) fn chosen(db: &Connection, filters: &Filters) -> Result<Vec<Saved>> {
    let events = serde_json::to_string(&filters.events).unwrap_or_default();
    let mut select = db.prepare(CHOSEN)?;
    let rows = select.query_map(params![events, filters.run_id, filters.failed], |row| {
        Ok(Saved {
            id: row.get(0)?,
            received_at: row.get(1)?,
            when: row.get(2)?,
            code: row.get(3)?,
            event: row.get(4)?,
            run_id: row.get(5)?,
            key: row.get(6)?,
            secret: row.get(7)?,
            body_bytes: row.get(8)?,
            forward: row.get(9)?,
            attempts: row.get(10)?,
            detail: row.get(11)?,
        })
    })?;
    rows.collect()
}

/// The capture of one, in core's form.
pub(crate) fn capture(db: &Connection, id: i64) -> Result<Option<String>> {
    db.query_row("SELECT capture FROM delivery WHERE id = ?", [id], |row| {
        row.get(0)
    })
    .optional()
}
