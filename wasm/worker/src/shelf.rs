//! What a ledger object has on disk: the keys it handed on, and bodies that were too long for the queue.

use overten_webhook::{Claim, UnixSeconds};
use worker::{
    Result, ScheduledTime, SqlStorage, SqlStorageValue, Storage, js_sys, wasm_bindgen::JsValue,
};

use crate::parcel::BodyPart;

/// How long a body that is too long for the queue is kept, in seconds: 30 days. A queue and a dead-letter queue hold a
/// message for 14 days each at most.
pub const STORED_BODY_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The most bytes of a body in one row: a row holds 2 MB.
const PIECE_BYTES: usize = 1024 * 1024;

/// The last second that a JavaScript date can show.
const LAST_SECOND: i64 = 8_640_000_000_000;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS accepted (
        key TEXT PRIMARY KEY, accepted_at INTEGER NOT NULL, forget_at INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS bodies (
        id TEXT, piece INTEGER, bytes BLOB NOT NULL, forget_at INTEGER NOT NULL, PRIMARY KEY (id, piece)
    );";

/// The storage of one ledger object. All times are Unix seconds.
#[derive(Debug)]
pub(crate) struct Shelf {
    storage: Storage,
}

impl Shelf {
    pub(crate) fn new(storage: Storage) -> Self {
        Self { storage }
    }

    /// When `key` was handed on first.
    pub(crate) fn accepted_at(&self, key: &str) -> Result<Option<UnixSeconds>> {
        let row = self.first(
            "SELECT accepted_at FROM accepted WHERE key = ?",
            vec![key.into()],
        )?;
        Ok(row.and_then(whole).map(UnixSeconds::new))
    }

    /// Remembers that `key` was handed on.
    pub(crate) async fn accept(
        &self,
        key: &str,
        now: UnixSeconds,
        retention_seconds: u64,
    ) -> Result<()> {
        self.run(
            "INSERT OR REPLACE INTO accepted VALUES (?, ?, ?)",
            vec![
                key.into(),
                seconds(now.get()),
                forget_at(now, retention_seconds),
            ],
        )?;
        self.schedule().await
    }

    /// Stores a body, or keeps the one that is there for longer.
    ///
    /// Its removal is planned at once, since nothing else would find it if the object died before it was handed on.
    pub(crate) async fn store(&self, body: &BodyPart, now: UnixSeconds) -> Result<()> {
        for (piece, bytes) in (0_i32..).zip(body.bytes.chunks(PIECE_BYTES)) {
            self.run(
                "INSERT OR REPLACE INTO bodies VALUES (?, ?, ?, ?)",
                vec![
                    body.id.as_str().into(),
                    piece.into(),
                    bytes.to_vec().into(),
                    forget_at(now, STORED_BODY_SECONDS),
                ],
            )?;
        }
        self.schedule().await
    }

    /// The bytes of a stored body.
    pub(crate) fn body(&self, id: &str) -> Result<Option<Vec<u8>>> {
        let mut body = None;
        let pieces = "SELECT bytes FROM bodies WHERE id = ? ORDER BY piece";
        for row in self.sql()?.exec(pieces, vec![id.into()])?.raw() {
            if let Some(SqlStorageValue::Blob(bytes)) = row?.pop() {
                body.get_or_insert_with(Vec::new).extend(bytes);
            }
        }
        Ok(body)
    }

    /// Forgets what is due, and everything once nothing is left; plans the next time otherwise.
    pub(crate) async fn tidy(&self, now: UnixSeconds, is_idle: bool) -> Result<()> {
        for table in ["accepted", "bodies"] {
            self.run(
                &format!("DELETE FROM {table} WHERE forget_at <= ?"),
                vec![seconds(now.get())],
            )?;
        }
        if self.next()?.is_some() {
            self.schedule().await
        } else if is_idle {
            self.storage.delete_alarm().await?;
            self.storage.delete_all().await
        } else {
            let lapsed = now
                .get()
                .saturating_add_unsigned(Claim::DEFAULT_LEASE_SECONDS);
            self.wake_at(lapsed).await
        }
    }

    async fn schedule(&self) -> Result<()> {
        match self.next()? {
            Some(next) => self.wake_at(next).await,
            None => Ok(()),
        }
    }

    fn next(&self) -> Result<Option<i64>> {
        let query = "SELECT min(forget_at) FROM
            (SELECT forget_at FROM accepted UNION ALL SELECT forget_at FROM bodies)";
        Ok(self.first(query, Vec::new())?.and_then(whole))
    }

    #[expect(clippy::cast_precision_loss, reason = "no date is beyond 2^53 ms")]
    async fn wake_at(&self, seconds: i64) -> Result<()> {
        let milliseconds = seconds.clamp(-LAST_SECOND, LAST_SECOND) as f64 * 1000.0;
        let date = js_sys::Date::new(&JsValue::from_f64(milliseconds));
        self.storage.set_alarm(ScheduledTime::new(date)).await
    }

    fn run(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<()> {
        self.sql()?.exec(statement, values).map(drop)
    }

    /// The first column of the first row.
    fn first(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Option<SqlStorageValue>> {
        let row = self.sql()?.exec(query, values)?.raw().next().transpose()?;
        Ok(row.and_then(|columns| columns.into_iter().next()))
    }

    /// The tables are made each time: an object that deleted everything lives on without any.
    fn sql(&self) -> Result<SqlStorage> {
        let sql = self.storage.sql();
        sql.exec(TABLES, None)?;
        Ok(sql)
    }
}

fn forget_at(now: UnixSeconds, kept_seconds: u64) -> SqlStorageValue {
    // A key is still known in the last second of its retention.
    seconds(
        now.get()
            .saturating_add_unsigned(kept_seconds)
            .saturating_add(1),
    )
}

fn seconds(seconds: i64) -> SqlStorageValue {
    seconds.clamp(-LAST_SECOND, LAST_SECOND).into()
}

fn whole(value: SqlStorageValue) -> Option<i64> {
    match value {
        SqlStorageValue::Integer(number) => Some(number),
        _ => None,
    }
}
