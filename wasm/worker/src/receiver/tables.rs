//! What a ledger object has on disk: the keys it committed, and bodies that were too long for the queue.

use std::cell::Cell;
use std::fmt;

use js_sys::{Array, Uint8Array};
use overten_webhook::{Retention, UnixSeconds};
use wasm_bindgen::JsValue;

use crate::js::{self, Result, property};

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

struct Table {
    name: &'static str,
    /// Where it stands when a row came.
    came_at: &'static str,
}

const ACCEPTED: Table = Table {
    name: "accepted",
    came_at: "accepted_at",
};

const BODIES: Table = Table {
    name: "bodies",
    came_at: "stored_at",
};

/// Both are made with the first row of either: an object that was only asked has nothing, and where there is one, no
/// version of this code misses the other.
const MAKE_TABLES: &str = "\
CREATE TABLE IF NOT EXISTS accepted (key TEXT PRIMARY KEY, accepted_at INTEGER NOT NULL) WITHOUT ROWID; \
CREATE TABLE IF NOT EXISTS bodies (id TEXT, piece INTEGER, bytes BLOB NOT NULL, stored_at INTEGER NOT NULL, PRIMARY KEY (id, piece)); ";

/// The storage of one ledger object. All times are Unix seconds, and of each thing only the time is kept at which it came:
/// how long it stays is for whoever asks to say.
pub(crate) struct Tables {
    storage: JsValue,
    sql: JsValue,
    /// Whether there are any; `None` until it was looked.
    made: Cell<Option<bool>>,
    /// When the alarm is set for; `None` where nobody knows.
    alarm_at: Cell<Option<i64>>,
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tables").finish_non_exhaustive()
    }
}

impl Tables {
    /// Those of an object with this state.
    pub(crate) fn new(state: &JsValue) -> Self {
        let storage = property(state, "storage");
        Self {
            sql: property(&storage, "sql"),
            storage,
            made: Cell::new(None),
            alarm_at: Cell::new(None),
        }
    }

    /// When `key` was committed first.
    pub(crate) fn accepted_at(&self, key: &str) -> Result<Option<UnixSeconds>> {
        if !self.made()? {
            return Ok(None);
        }
        let at = self.first(
            "SELECT accepted_at FROM accepted WHERE key = ?",
            &[key.into()],
        )?;
        Ok(at.map(UnixSeconds::new))
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
        self.insert(
            &format!("INSERT OR {instead} INTO accepted VALUES (?, ?)"),
            &[key.into(), seconds(now.get())],
        )?;
        if let Err(why) = self.wake_by(due(now, retention.seconds())).await {
            js::log_error(&format!(
                "LEDGER: could not plan when a key is forgotten: {why}"
            ));
        }
        Ok(())
    }

    /// Stores a body, or keeps the one that is there for longer.
    ///
    /// Its removal is planned first, since nothing else would find what is there if the object died before it was handed on,
    /// or a later piece were refused.
    pub(crate) async fn store(&self, id: &str, body: &Uint8Array, now: UnixSeconds) -> Result<()> {
        self.wake_by(due(now, STORED_BODY_SECONDS)).await?;
        let starts = (0..body.length()).step_by(PIECE_BYTES as usize);
        for (piece, start) in (0_u32..).zip(starts) {
            let bytes = body.subarray(start, start.saturating_add(PIECE_BYTES));
            self.insert(
                "INSERT OR REPLACE INTO bodies VALUES (?, ?, ?, ?)",
                &[id.into(), piece.into(), bytes.into(), seconds(now.get())],
            )?;
        }
        Ok(())
    }

    /// The bytes of a stored body.
    pub(crate) fn body(&self, id: &str) -> Result<Option<Uint8Array>> {
        if !self.made()? {
            return Ok(None);
        }
        let pieces = self.run(
            "SELECT bytes FROM bodies WHERE id = ? ORDER BY piece",
            &[id.into()],
        )?;
        let pieces: Vec<_> = pieces.iter().map(|piece| Uint8Array::new(&piece)).collect();
        let bytes = pieces.iter().map(Uint8Array::length).sum();
        let body = Uint8Array::new_with_length(bytes);
        let mut at = 0;
        for piece in &pieces {
            body.set(piece, at);
            at += piece.length();
        }
        Ok((!pieces.is_empty()).then_some(body))
    }

    /// Forgets what is due, and everything once nothing is left; sets the alarm for the next time otherwise. Where nobody
    /// knows the retention, keys stay, and the next time is in a day.
    pub(crate) async fn forget(
        &self,
        now: UnixSeconds,
        retention: Option<Retention>,
    ) -> Result<()> {
        self.alarm_at.set(None);
        let kept = [
            (ACCEPTED, retention.map(Retention::seconds)),
            (BODIES, Some(STORED_BODY_SECONDS)),
        ];
        let tables = if self.made()? { &kept[..] } else { &[] };
        let mut next = None;
        for &(Table { name, came_at }, kept_seconds) in tables {
            if let Some(kept_seconds) = kept_seconds {
                let last = now.get().saturating_sub_unsigned(kept_seconds);
                self.run(
                    &format!("DELETE FROM {name} WHERE {came_at} < ?"),
                    &[seconds(last)],
                )?;
            }
            let first = self.first(&format!("SELECT min({came_at}) FROM {name}"), &[])?;
            let first = first.map(|at| match kept_seconds {
                Some(kept_seconds) => due(UnixSeconds::new(at), kept_seconds),
                None => again(now),
            });
            next = next.into_iter().chain(first).min();
        }
        if let Some(next) = next {
            return self.wake_at(next).await;
        }
        self.made.set(Some(false));
        js::clear(&self.storage).await
    }

    /// Sets the alarm for the next attempt to forget.
    pub(crate) async fn wake_again(&self, now: UnixSeconds) -> Result<()> {
        self.wake_at(again(now)).await
    }

    fn made(&self) -> Result<bool> {
        if let Some(made) = self.made.get() {
            return Ok(made);
        }
        // The one that is made last.
        let found = self.run("SELECT 1 FROM sqlite_master WHERE name = 'bodies'", &[])?;
        let made = found.length() > 0;
        self.made.set(Some(made));
        Ok(made)
    }

    /// Inserts a row, and makes the tables with it where it is the first.
    fn insert(&self, statement: &str, values: &[JsValue]) -> Result<()> {
        if self.made()? {
            self.run(statement, values)?;
            return Ok(());
        }
        self.run(&format!("{MAKE_TABLES}{statement}"), values)?;
        self.made.set(Some(true));
        if self.alarm_at.get().is_none() {
            // Where there was nothing, nothing is waited for.
            self.alarm_at.set(Some(i64::MAX));
        }
        Ok(())
    }

    /// Makes sure that the alarm rings then, or before.
    async fn wake_by(&self, at: i64) -> Result<()> {
        let set_for = match self.alarm_at.get() {
            Some(set_for) => set_for,
            None => js::alarm(&self.storage).await?.unwrap_or(i64::MAX),
        };
        if set_for <= at {
            self.alarm_at.set(Some(set_for));
            return Ok(());
        }
        self.wake_at(at).await
    }

    async fn wake_at(&self, at: i64) -> Result<()> {
        let at = at.clamp(-LAST_SECOND, LAST_ALARM);
        // Where it fails, nobody knows what it is set for.
        self.alarm_at.set(None);
        js::set_alarm(&self.storage, at).await?;
        self.alarm_at.set(Some(at));
        Ok(())
    }

    /// The first column of each row.
    fn run(&self, statement: &str, values: &[JsValue]) -> Result<Array> {
        js::column(&self.sql, statement, &values.iter().collect())
    }

    /// The whole number in the first column of the first row.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only whole numbers that a date can show are written"
    )]
    fn first(&self, query: &str, values: &[JsValue]) -> Result<Option<i64>> {
        let number = self.run(query, values)?.get(0).as_f64();
        Ok(number.map(|number| number as i64))
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

#[expect(clippy::cast_precision_loss, reason = "no date is beyond 2^53 ms")]
fn seconds(seconds: i64) -> JsValue {
    (seconds.clamp(-LAST_SECOND, LAST_SECOND) as f64).into()
}
