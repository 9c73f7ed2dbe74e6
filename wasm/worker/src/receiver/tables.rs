//! What a ledger object has on disk: the keys it committed, and bodies that were too long for the queue.

use std::cell::Cell;
use std::fmt;

use js_sys::Uint8Array;
use overten_webhook::{Retention, UnixSeconds};
use worker::{
    Result, ScheduledTime, SqlStorageValue, Storage, console_error, js_sys, wasm_bindgen::JsValue,
};

/// How long a body that is too long for the queue is kept, in seconds: 30 days. A queue and a dead-letter queue hold a
/// message for 14 days each at most.
pub const STORED_BODY_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The most bytes of a body in one row: a row holds 2 MB.
const PIECE_BYTES: u32 = 1024 * 1024;

/// The last second that an alarm is set for, in 2160: the platform refuses one some decades later. An alarm that rings with
/// nothing due is set again.
const LAST_ALARM: i64 = 6_000_000_000;

/// When it is tried again to forget what could not be, in seconds.
const AGAIN_SECONDS: i64 = 24 * 60 * 60;

/// The last second that a JavaScript date can show.
const LAST_SECOND: i64 = 8_640_000_000_000;

const MAKE_TABLES: &str = "
    CREATE TABLE accepted (key TEXT PRIMARY KEY, accepted_at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE bodies (id TEXT, piece INTEGER, bytes BLOB NOT NULL, stored_at INTEGER NOT NULL, PRIMARY KEY (id, piece));";

/// The storage of one ledger object. All times are Unix seconds, and of each thing only the time is kept at which it came:
/// how long it stays is for whoever asks to say.
pub(crate) struct Tables {
    storage: Storage,
    /// `None` until it was looked. They are made by the first write, so that an object which was only asked has nothing.
    are_made: Cell<Option<bool>>,
    /// When the alarm is set for; `None` where nobody knows.
    alarm_at: Cell<Option<i64>>,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").finish_non_exhaustive()
    }
}

impl Tables {
    pub(crate) fn new(storage: Storage) -> Self {
        Self {
            storage,
            are_made: Cell::new(None),
            alarm_at: Cell::new(None),
        }
    }

    /// When `key` was committed first.
    pub(crate) fn accepted_at(&self, key: &str) -> Result<Option<UnixSeconds>> {
        if !self.are_made()? {
            return Ok(None);
        }
        let row = self.first(
            "SELECT accepted_at FROM accepted WHERE key = ?",
            vec![key.into()],
        )?;
        Ok(row.and_then(whole).map(UnixSeconds::new))
    }

    /// Commits `key`; where `is_held` is not, somebody else may have, whose time stays. The row is the commit: an alarm that
    /// could not be set takes nothing back, and the object's next row tries again.
    pub(crate) async fn accept(
        &self,
        key: &str,
        is_held: bool,
        now: UnixSeconds,
        retention: Retention,
    ) -> Result<()> {
        let instead = if is_held { "REPLACE" } else { "IGNORE" };
        self.make()?;
        self.run(
            &format!("INSERT OR {instead} INTO accepted VALUES (?, ?)"),
            vec![key.into(), seconds(now.get())],
        )?;
        if let Err(error) = self.wake_by(due(now, retention.seconds())).await {
            console_error!("LEDGER: could not plan when a key is forgotten: {error}");
        }
        Ok(())
    }

    /// Stores a body, or keeps the one that is there for longer.
    ///
    /// Its removal is planned at once, since nothing else would find it if the object died before it was handed on.
    pub(crate) async fn store(&self, id: &str, body: &Uint8Array, now: UnixSeconds) -> Result<()> {
        self.make()?;
        let starts = (0..body.length()).step_by(PIECE_BYTES as usize);
        for (piece, start) in (0_i32..).zip(starts) {
            let bytes = body.slice(start, start.saturating_add(PIECE_BYTES));
            self.storage.sql().exec_raw(
                "INSERT OR REPLACE INTO bodies VALUES (?, ?, ?, ?)",
                vec![
                    id.into(),
                    piece.into(),
                    bytes.buffer().into(),
                    seconds(now.get()).into(),
                ],
            )?;
        }
        self.wake_by(due(now, STORED_BODY_SECONDS)).await
    }

    /// The bytes of a stored body.
    pub(crate) fn body(&self, id: &str) -> Result<Option<Vec<u8>>> {
        if !self.are_made()? {
            return Ok(None);
        }
        let mut body = None;
        let pieces = "SELECT bytes FROM bodies WHERE id = ? ORDER BY piece";
        for row in self.storage.sql().exec(pieces, vec![id.into()])?.raw() {
            if let Some(SqlStorageValue::Blob(bytes)) = row?.pop() {
                body.get_or_insert_with(Vec::new).extend(bytes);
            }
        }
        Ok(body)
    }

    /// Forgets what is due, and everything once nothing is left; sets the alarm for the next time otherwise. Where nobody
    /// knows the retention, keys stay, and the next time is in a day.
    pub(crate) async fn forget(
        &self,
        now: UnixSeconds,
        retention: Option<Retention>,
    ) -> Result<()> {
        self.alarm_at.set(None);
        if self.are_made()? {
            let kept = [
                ("accepted", "accepted_at", retention.map(Retention::seconds)),
                ("bodies", "stored_at", Some(STORED_BODY_SECONDS)),
            ];
            let mut next = None;
            for (table, came_at, kept_seconds) in kept {
                if let Some(kept_seconds) = kept_seconds {
                    let last = now.get().saturating_sub_unsigned(kept_seconds);
                    self.run(
                        &format!("DELETE FROM {table} WHERE {came_at} < ?"),
                        vec![seconds(last)],
                    )?;
                }
                let first = format!("SELECT min({came_at}) FROM {table}");
                let first = self.first(&first, Vec::new())?.and_then(whole);
                let first = first.map(|at| match kept_seconds {
                    Some(kept_seconds) => due(UnixSeconds::new(at), kept_seconds),
                    None => again(now),
                });
                next = next.into_iter().chain(first).min();
            }
            if let Some(next) = next {
                return self.wake_at(next).await;
            }
        }
        self.are_made.set(Some(false));
        self.storage.delete_alarm().await?;
        self.storage.delete_all().await
    }

    /// Sets the alarm for the next attempt to forget.
    pub(crate) async fn wake_again(&self, now: UnixSeconds) -> Result<()> {
        self.wake_at(again(now)).await
    }

    fn are_made(&self) -> Result<bool> {
        if let Some(are_made) = self.are_made.get() {
            return Ok(are_made);
        }
        let look = "SELECT 1 FROM sqlite_master WHERE name = 'accepted'";
        let are_made = self.first(look, Vec::new())?.is_some();
        self.are_made.set(Some(are_made));
        Ok(are_made)
    }

    fn make(&self) -> Result<()> {
        if !self.are_made()? {
            self.run(MAKE_TABLES, Vec::new())?;
            self.are_made.set(Some(true));
            // Where there was nothing, nothing is waited for.
            self.alarm_at.set(Some(i64::MAX));
        }
        Ok(())
    }

    /// Makes sure that the alarm rings then, or before.
    async fn wake_by(&self, at: i64) -> Result<()> {
        let set_for = match self.alarm_at.get() {
            Some(set_for) => set_for,
            None => match self.storage.get_alarm().await? {
                Some(milliseconds) => milliseconds.div_euclid(1000),
                None => i64::MAX,
            },
        };
        if set_for <= at {
            self.alarm_at.set(Some(set_for));
            return Ok(());
        }
        self.wake_at(at).await
    }

    #[expect(clippy::cast_precision_loss, reason = "no date is beyond 2^53 ms")]
    async fn wake_at(&self, at: i64) -> Result<()> {
        let at = at.clamp(-LAST_SECOND, LAST_ALARM);
        let milliseconds = at as f64 * 1000.0;
        // Where it fails, nobody knows what it is set for.
        self.alarm_at.set(None);
        let date = js_sys::Date::new(&JsValue::from_f64(milliseconds));
        self.storage.set_alarm(ScheduledTime::new(date)).await?;
        self.alarm_at.set(Some(at));
        Ok(())
    }

    fn run(&self, statement: &str, values: Vec<SqlStorageValue>) -> Result<()> {
        self.storage.sql().exec(statement, values).map(drop)
    }

    /// The first column of the first row.
    fn first(&self, query: &str, values: Vec<SqlStorageValue>) -> Result<Option<SqlStorageValue>> {
        let cursor = self.storage.sql().exec(query, values)?;
        let row = cursor.raw().next().transpose()?;
        Ok(row.and_then(|columns| columns.into_iter().next()))
    }
}

/// A key is still known in the last second of its retention.
fn due(came_at: UnixSeconds, kept_seconds: u64) -> i64 {
    let last = came_at.get().saturating_add_unsigned(kept_seconds);
    last.saturating_add(1)
}

fn again(now: UnixSeconds) -> i64 {
    now.get().saturating_add(AGAIN_SECONDS)
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
