//! The file of `SQLite`: its form, how it is opened, and that it stays the one at its path.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{io, mem, thread};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::failure::Failure;

/// Says that a database is ours, in its header: `OvWh`.
const APPLICATION_ID: i32 = 0x4f76_5768;
/// Raised with each change of the form.
const FORM: i32 = 1;

/// How long a write waits for another process's.
const WAIT: Duration = Duration::from_secs(4);

pub(super) const SCHEMA: &str = "
CREATE TABLE ledger (
    key       TEXT    PRIMARY KEY,
    holder    TEXT    NOT NULL,
    committed INTEGER NOT NULL,
    at        INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX ledger_at ON ledger (at);

-- What was received, in core's form of a capture. Of `rank` (saved.rs), the least goes first where there is no room.
CREATE TABLE delivery (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    capture     TEXT    NOT NULL,
    body_bytes  INTEGER NOT NULL,
    rank        INTEGER NOT NULL,
    code        TEXT    NOT NULL,
    key         TEXT,
    event       TEXT,
    run_id      TEXT,
    secret      TEXT
);
CREATE INDEX delivery_rank ON delivery (rank, id);

-- How many bytes the captures have, so that nobody has to count.
CREATE TABLE size (bytes INTEGER NOT NULL);
INSERT INTO size VALUES (0);
CREATE TRIGGER delivery_added AFTER INSERT ON delivery BEGIN
    UPDATE size SET bytes = bytes + length(CAST(new.capture AS BLOB));
END;
CREATE TRIGGER delivery_dropped AFTER DELETE ON delivery BEGIN
    UPDATE size SET bytes = bytes - length(CAST(old.capture AS BLOB));
END;

-- What is to be forwarded, and what came of it: `waiting`, `forwarded` or `given_up`.
CREATE TABLE forward (
    delivery   INTEGER PRIMARY KEY REFERENCES delivery (id),
    state      TEXT    NOT NULL,
    attempts   INTEGER NOT NULL,
    since      INTEGER NOT NULL, -- when that was noted
    next       INTEGER NOT NULL,
    status     INTEGER,
    detail     TEXT
);
CREATE INDEX forward_state ON forward (state, delivery);
";

/// An open database.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    connection: Connection,
    identity: Identity,
}

impl Database {
    /// Opens the file, which is made where it is empty.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        Self::connect(path).map_err(|error| unusable(path, &error))?
    }

    fn connect(path: &Path) -> rusqlite::Result<Result<Self, Failure>> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(WAIT)?;
        if let Some(failure) = foreign(&connection, path)? {
            return Ok(Err(failure));
        }
        use_wal(&connection)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        if form(&transaction)? == 0 {
            transaction.execute_batch(SCHEMA)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", FORM)?;
        }
        transaction.commit()?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Ok(Self {
            identity: Identity::of(path),
            path: path.to_owned(),
            connection,
        }))
    }

    /// The connection, unless its file is no longer the one at the path: what is written then is gone with the process.
    pub(crate) fn checked(&self) -> Result<&Connection, String> {
        if Identity::of(&self.path) == self.identity {
            return Ok(&self.connection);
        }
        Err(format!(
            "{} or its -wal was deleted or replaced while it was in use, so that nothing would be kept: put it back, or \
             end every listener on this folder and start again",
            self.path.display()
        ))
    }

    /// Reads from it.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, Failure> {
        work(&self.connection).map_err(|error| unusable(&self.path, &error))
    }

    /// Closes it, unless that would touch another file's write-ahead log.
    pub(crate) fn close(self) {
        if self.checked().is_err() {
            mem::forget(self.connection);
        }
    }
}

fn form(connection: &Connection) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Why a database is not for this program, if it is not.
fn foreign(connection: &Connection, path: &Path) -> rusqlite::Result<Option<Failure>> {
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let form = form(connection)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let path = path.display();
    Ok(match (id, form) {
        (APPLICATION_ID, 1..=FORM) => None,
        (APPLICATION_ID, _) => Some(Failure::new(
            format_args!("{path} was made by a newer version of this program"),
            "use that version, or name another folder with --folder",
        )),
        (0, 0) if tables == 0 => None,
        _ => Some(Failure::new(
            format_args!("{path} is another program's database"),
            "move it away, or name another folder with --folder",
        )),
    })
}

/// `SQLite` does not wait by itself where several processes turn a new file to WAL at the same moment.
fn use_wal(connection: &Connection) -> rusqlite::Result<()> {
    let give_up_at = Instant::now() + WAIT;
    loop {
        let turned = connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
        let is_busy = matches!(&turned, Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy));
        if !is_busy || Instant::now() > give_up_at {
            return turned;
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// What to tell a user whose database cannot be opened.
fn unusable(path: &Path, error: &rusqlite::Error) -> Failure {
    let next = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "it is damaged: move it and the -wal and -shm beside it away, or name another folder with --folder"
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another process holds it: end that, or name another folder with --folder"
        }
        Some(ErrorCode::DiskFull) => "make room on the disk, or name another folder with --folder",
        _ => {
            "give this user the right to write there (a network file system will not do), or name another folder with \
             --folder"
        }
    };
    Failure::new(
        format_args!("the database {} cannot be used: {error}", path.display()),
        next,
    )
}

/// Tells the file and its write-ahead log from any others.
#[derive(Debug, PartialEq, Eq)]
struct Identity([Option<(u64, u64)>; 2]);

impl Identity {
    fn of(path: &Path) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        Self([inode(path), inode(Path::new(&log))])
    }
}

#[cfg(unix)]
fn inode(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let about: io::Result<_> = path.metadata();
    about.ok().map(|about| (about.dev(), about.ino()))
}

/// Where an open file cannot be deleted, being there is enough.
#[cfg(not(unix))]
fn inode(path: &Path) -> Option<(u64, u64)> {
    let about: io::Result<_> = path.metadata();
    about.ok().map(|_| (0, 0))
}
