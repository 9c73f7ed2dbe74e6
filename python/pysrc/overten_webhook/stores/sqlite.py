"""The store in a SQLite file."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from .protocol import Claim

if TYPE_CHECKING:
    import sqlite3

# How long a call waits for other threads, and again for other processes, before it raises. Overten waits 15 s.
_WAIT_SECONDS: Final = 4.0

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS overten_webhook_keys (
    key       TEXT    PRIMARY KEY,
    token     TEXT    NOT NULL,
    committed INTEGER NOT NULL,
    until     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS overten_webhook_keys_until ON overten_webhook_keys (until);
"""

# Connections that came through a fork. SQLite forbids a child to use or to close them, so they are kept, untouched.
_INHERITED: Final[list[_Connection]] = []


class SqliteStore:
    """Remembers keys in a SQLite file, for all threads and processes of one host (gunicorn's workers, say).

    ``path`` is a file on a local disk, created if absent (a network file system cannot hold one: SQLite's shared
    memory does not cross hosts). It is opened at once, in WAL mode with full synchronisation, so that a wrong path
    shows at start and a committed key survives a power cut. It may be your application's own database file: there is
    one table, ``overten_webhook_keys``. Rows that have lapsed are deleted on the way. A call that has waited several
    seconds for others' writes raises, and the receiver answers 503.

    Raises `ValueError` for ``:memory:`` (that is `MemoryStore`) and `sqlite3.Error` where the file cannot be used.

    >>> import tempfile, pathlib
    >>> folder = tempfile.TemporaryDirectory()
    >>> store = SqliteStore(pathlib.Path(folder.name) / "deliveries.sqlite")
    >>> claim = store.claim("run.completed:run_01", now=0, until=60)
    >>> store.release(claim)
    >>> store.claim("run.completed:run_01", now=1, until=61).state
    'new'
    >>> store.close(); folder.cleanup()
    """

    durable = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.path.abspath(os.fspath(path))
        if os.fspath(path) in ("", ":memory:"):
            raise ValueError("SqliteStore needs a file that survives a restart; use MemoryStore to keep nothing")
        self._connection = _Connection(self._path)

    def claim(self, key: str, *, now: int, until: int) -> Claim:
        """See `Store.claim`."""
        claim = Claim(key, "new")
        with self._transaction() as db:
            db.execute("DELETE FROM overten_webhook_keys WHERE until <= ?", (now,))
            inserted = db.execute(
                "INSERT OR IGNORE INTO overten_webhook_keys VALUES (?, ?, 0, ?)", (key, claim.token, until)
            )
            if inserted.rowcount == 1:
                return claim
            row = db.execute("SELECT committed FROM overten_webhook_keys WHERE key = ?", (key,)).fetchone()
        return Claim(key, "duplicate" if row[0] else "in_flight")

    def commit(self, claim: Claim, *, now: int, until: int) -> None:
        """See `Store.commit`."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO overten_webhook_keys VALUES (?, ?, 1, ?) "
                "ON CONFLICT (key) DO UPDATE SET token = excluded.token, committed = 1, until = excluded.until "
                "WHERE committed = 0 OR until <= ?",
                (claim.key, claim.token, until, now),
            )

    def release(self, claim: Claim) -> None:
        """See `Store.release`."""
        with self._transaction() as db:
            db.execute(
                "DELETE FROM overten_webhook_keys WHERE key = ? AND token = ? AND committed = 0",
                (claim.key, claim.token),
            )

    def close(self) -> None:
        """Close the file. A later call raises `sqlite3.ProgrammingError`."""
        self._connection.db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection
        if connection.pid != os.getpid():
            _INHERITED.append(connection)
            connection = self._connection = _Connection(self._path)
        if not connection.lock.acquire(timeout=_WAIT_SECONDS):
            raise TimeoutError(f"other threads kept {self._path} busy for {_WAIT_SECONDS} s")
        try:
            connection.db.execute("BEGIN IMMEDIATE")
            with connection.db:  # commits, or rolls back where something raised
                yield connection.db
        finally:
            connection.lock.release()


class _Connection:
    """One connection of one process, and the lock that its threads take."""

    def __init__(self, path: str) -> None:
        import sqlite3  # not above: some builds of Python lack it, and nothing else here needs it

        self.pid = os.getpid()
        self.lock = threading.Lock()
        self.db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        self._use_wal()
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(_SCHEMA)

    def _use_wal(self) -> None:
        """SQLite does not wait by itself where several processes turn a new file to WAL at the same moment."""
        give_up_at = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                self.db.execute("PRAGMA journal_mode = WAL")
            except self.db.OperationalError:
                if time.monotonic() > give_up_at:
                    self.db.close()
                    raise
                time.sleep(0.01)
            else:
                return
