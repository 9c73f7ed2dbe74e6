"""The store in a SQLite file."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

from .judge import judge
from .protocol import Claim

if TYPE_CHECKING:
    import sqlite3

# How long a call waits for other threads and processes together before it raises. Overten waits 15 s.
_WAIT_SECONDS: Final = 4.0
# A release follows a claim that has waited, or a handler that has failed; what is not released lapses with its lease.
_RELEASE_WAIT_SECONDS: Final = 0.5

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS overten_webhook_ledger (
    key       TEXT    PRIMARY KEY,
    token     TEXT    NOT NULL,
    committed INTEGER NOT NULL,
    at        INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS overten_webhook_ledger_at ON overten_webhook_ledger (at);
"""
# A claim deletes this many rows that have lapsed, so that none takes long after an idle week.
_FORGOTTEN_AT_ONCE: Final = 20


class SqliteStore:
    """Remembers keys in a SQLite file, for all threads and processes of one host (gunicorn's workers, say).

    ``path`` is a file on a local disk, created if absent (a network file system cannot hold one: SQLite's shared
    memory does not cross hosts). It is opened at once, in WAL mode, so that a wrong path shows at start. A committed
    key survives a power cut; a claim need not, since nothing was handled then. The file may be your application's own
    database: there is one table, ``overten_webhook_ledger``. Rows that have lapsed are deleted on the way.

    A call that has waited 4 s for others' writes raises (a release: half a second), and the receiver answers 503; so
    does every call once the file, or the ``-wal`` beside it, has been deleted or replaced, since what is written then
    is gone with the process. Under gevent such a wait for another process holds up the whole worker: use a
    `RedisStore` there.

    Give each service a file of its own, as keys do not name the service; and the receivers that share a file the same
    ``retention``, as each deletes what has lapsed by its own.

    It may be made before a server forks its workers. Raises `ValueError` for ``:memory:`` (that is `MemoryStore`) and
    `sqlite3.Error` where the file cannot be used.

    >>> import tempfile, pathlib
    >>> folder, times = tempfile.TemporaryDirectory(), {"lease_seconds": 60, "retention_seconds": 604_800}
    >>> store = SqliteStore(pathlib.Path(folder.name) / "deliveries.sqlite")
    >>> store.claim("run.completed:run_01", token="a", now=0, **times)
    'new'
    >>> store.release("run.completed:run_01", token="a")
    >>> store.claim("run.completed:run_01", token="b", now=1, **times)
    'new'
    >>> store.close(); folder.cleanup()
    """

    durable = True

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.path.abspath(os.fspath(path))
        if os.fspath(path) in ("", ":memory:"):
            raise ValueError("SqliteStore needs a file that survives a restart; use MemoryStore to keep nothing")
        self._lock = threading.Lock()
        self._closed = False
        self._files = [_File(self._path)]  # one, or none around a fork
        weakref.finalize(self, _close, self._files)
        _STORES.add(self)

    def claim(self, key: str, *, token: str, now: int, lease_seconds: int, retention_seconds: int) -> Claim:
        """See `Store.claim`."""
        with self._transaction("NORMAL") as db:
            select = "SELECT token, committed, at FROM overten_webhook_ledger WHERE key = ?"
            holder, committed, at = db.execute(select, (key,)).fetchone() or (token, 0, None)
            if holder != token:
                times = {"now": now, "lease_seconds": lease_seconds, "retention_seconds": retention_seconds}
                known = judge(at, committed=bool(committed), **times)
                if known != "new":
                    return known
            db.execute("INSERT OR REPLACE INTO overten_webhook_ledger VALUES (?, ?, 0, ?)", (key, token, now))
            db.execute(
                "DELETE FROM overten_webhook_ledger WHERE key IN "
                "(SELECT key FROM overten_webhook_ledger WHERE at < ? ORDER BY at LIMIT ?)",
                (now - max(retention_seconds, lease_seconds), _FORGOTTEN_AT_ONCE),
            )
        return "new"

    def commit(self, key: str, *, token: str, now: int, retention_seconds: int) -> bool:
        """See `Store.commit`."""
        del retention_seconds
        with self._transaction("FULL") as db:
            select = "SELECT token FROM overten_webhook_ledger WHERE key = ?"
            holder = db.execute(select, (key,)).fetchone()
            db.execute(
                "INSERT INTO overten_webhook_ledger VALUES (?, ?, 1, ?) "
                "ON CONFLICT (key) DO UPDATE SET token = excluded.token, committed = 1, at = excluded.at "
                "WHERE committed = 0",
                (key, token, now),
            )
        return bool(holder == (token,))

    def release(self, key: str, *, token: str) -> None:
        """See `Store.release`."""
        with self._transaction("NORMAL", _RELEASE_WAIT_SECONDS) as db:
            delete = "DELETE FROM overten_webhook_ledger WHERE key = ? AND token = ? AND committed = 0"
            db.execute(delete, (key, token))

    def close(self) -> None:
        """Close the file. A later call raises `ValueError`."""
        with self._lock:
            self._closed = True
            _close(self._files)

    @contextmanager
    def _transaction(
        self, synchronous: Literal["NORMAL", "FULL"], wait_seconds: float = _WAIT_SECONDS
    ) -> Iterator[sqlite3.Connection]:
        give_up_at = time.monotonic() + wait_seconds
        if not self._lock.acquire(timeout=wait_seconds):
            raise TimeoutError(f"other threads kept {self._path} busy for {wait_seconds} s")
        try:
            if self._closed:
                raise ValueError(f"the store over {self._path} is closed")
            if not self._files:
                self._files.append(_File(self._path))
            db = self._files[0].checked()
            db.execute(f"PRAGMA busy_timeout = {max(0, int((give_up_at - time.monotonic()) * 1000))}")
            db.execute(f"PRAGMA synchronous = {synchronous}")
            db.execute("BEGIN IMMEDIATE")
            with db:  # commits, or rolls back where something raised
                yield db
        finally:
            self._lock.release()


class _File:
    """One connection of one process."""

    def __init__(self, path: str) -> None:
        import sqlite3  # not above: some builds of Python lack it, and nothing else here needs it

        self._path = path
        if os.path.exists(path + "-wal") and not os.path.exists(path):
            raise sqlite3.OperationalError(
                f"{path} was deleted or renamed while a process used it, and its {os.path.basename(path)}-wal is still "
                "there: end that process, put the file back or remove what is left of it, and start again"
            )
        self._db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            self._use_wal()
            self._db.executescript(_SCHEMA)
            self._identity = _identity(path)
        except BaseException:
            self._db.close()
            raise

    def checked(self) -> sqlite3.Connection:
        """Give the connection, unless its file is no longer the one at the path."""
        if _identity(self._path) != self._identity:
            # Not closed: SQLite would delete the write-ahead log of whatever is at the path now.
            raise FileNotFoundError(
                f"{self._path} or its -wal was deleted or replaced while it was in use, so that no key would be kept: "
                "put it back, or end every process that uses it and start again"
            )
        return self._db

    def close(self) -> None:
        """Close the connection, unless that would touch another file's write-ahead log."""
        if _identity(self._path) == self._identity:
            self._db.close()
        else:
            _ABANDONED.append(self._db)

    def _use_wal(self) -> None:
        """SQLite does not wait by itself where several processes turn a new file to WAL at the same moment."""
        give_up_at = time.monotonic() + _WAIT_SECONDS
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except self._db.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > give_up_at:
                    raise
                time.sleep(0.01)
            else:
                return


def _close(files: list[_File]) -> None:
    while files:
        files.pop().close()


def _identity(path: str) -> list[tuple[int, int] | None]:
    """Tell the file and its write-ahead log from any others."""
    return [_inode(path), _inode(path + "-wal")]


def _inode(path: str) -> tuple[int, int] | None:
    try:
        about = os.stat(path)
    except FileNotFoundError:
        return None
    return about.st_dev, about.st_ino


# Neither closed nor used again.
_ABANDONED: Final[list[sqlite3.Connection]] = []
_STORES: Final[weakref.WeakSet[SqliteStore]] = weakref.WeakSet()
_HELD: Final[list[SqliteStore]] = []


def _before_fork() -> None:
    """Close every file between two transactions: a connection must not come through a fork.

    The child's would hold no real lock, and the parent's would delete the write-ahead log under it.
    """
    for store in list(_STORES):
        if store._lock.acquire(timeout=_WAIT_SECONDS):
            _HELD.append(store)
            _close(store._files)


def _after_fork_in_parent() -> None:
    while _HELD:
        _HELD.pop()._lock.release()


def _after_fork_in_child() -> None:
    for store in list(_STORES):
        if store not in _HELD:  # it was busy all the time, and its connection is the parent's
            _ABANDONED.extend(file._db for file in store._files)
            store._files.clear()
        store._lock = threading.Lock()
    _HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
