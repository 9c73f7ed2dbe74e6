"""Where a receiver remembers which deliveries it has taken in.

A store answers one question, *is this key new?*, for every thread and process that shares it, and answers it once:
of fifty claims of one key at the same moment one is ``new``.

==================  =======================  ==================================  =========
store               shared by                needs                               `durable`
==================  =======================  ==================================  =========
`MemoryStore`       threads of one process   nothing                             no
`SqliteStore`       processes of one host    a file on a local disk              yes
`RedisStore`        hosts                    ``pip install overten-webhook[redis]``  yes
==================  =======================  ==================================  =========

`RedisStore` is in `overten_webhook.stores.redis`, because it needs the ``redis`` package.

Your own store (PostgreSQL, DynamoDB, …) is a class with the four members of `Store`. It needs one thing from its
database that a cache with eventual consistency does not have: an atomic change of one row. `judge` has the rule. A
store in any database with transactions, whole (`BEGIN IMMEDIATE` is SQLite's way to begin one that writes; elsewhere a
``SELECT … FOR UPDATE``, or the isolation level *serializable*)::

    class MyStore:
        durable = True

        def __init__(self, begin):  # a context manager: a transaction that commits, or rolls back what raised
            self._begin = begin

        def claim(self, key, *, token, now, **kept):
            with self._begin() as db:
                holder, committed, at = self._row(db, key) or (token, False, None)
                state = "new" if holder == token else judge(at, committed=committed, now=now, **kept)
                if state == "new":
                    db.execute("REPLACE INTO ledger VALUES (?, ?, FALSE, ?)", (key, token, now))
                return state

        def commit(self, key, *, token, now, retention_seconds):
            with self._begin() as db:
                holder, committed, _ = self._row(db, key) or (None, False, None)
                if not committed:
                    db.execute("REPLACE INTO ledger VALUES (?, ?, TRUE, ?)", (key, token, now))
                return holder == token

        def release(self, key, *, token):
            with self._begin() as db:
                db.execute("DELETE FROM ledger WHERE key = ? AND token = ? AND NOT committed", (key, token))

        def _row(self, db, key):
            return db.execute("SELECT token, committed, at FROM ledger WHERE key = ?", (key,)).fetchone()

`overten_webhook.testing.check_store` tries a store of yours: run it in your tests.
"""

from __future__ import annotations

from .judge import judge
from .memory import MemoryStore
from .protocol import Claim, Store
from .sqlite import SqliteStore

__all__ = ["Claim", "MemoryStore", "SqliteStore", "Store", "judge"]
