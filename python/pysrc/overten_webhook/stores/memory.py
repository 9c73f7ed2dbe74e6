"""The store inside one process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

from overten_webhook import _lines
from overten_webhook._threads import LockOfProcess

from .judge import judge
from .protocol import Claim

_LOGGER = logging.getLogger("overten_webhook")


class _Entry(NamedTuple):
    token: str
    committed: bool
    at: int


class MemoryStore:
    """Remembers keys in this process: for one worker process, for tests, for development.

    It forgets everything at a restart, and each of several worker processes has its own; so a receiver over it keeps
    the short window of 300 s against replays. Two workers need a `SqliteStore`, two hosts a `RedisStore`.

    ``max_keys`` (default 100,000: about 25 MB) bounds it. When it is full, what has lapsed goes first, then the key
    that was committed longest ago, with one warning in the log, because a replay of that delivery would then count as
    new. A claim in flight is never dropped: full of those, it raises and the receiver answers 503.

    >>> store, times = MemoryStore(), {"lease_seconds": 60, "retention_seconds": 604_800}
    >>> store.claim("run.completed:run_01", token="a", now=0, **times)
    'new'
    >>> store.claim("run.completed:run_01", token="b", now=1, **times)
    'in_flight'
    >>> store.commit("run.completed:run_01", token="a", now=2, retention_seconds=604_800)
    True
    >>> store.claim("run.completed:run_01", token="c", now=3, **times)
    'duplicate'
    """

    durable = False

    def __init__(self, *, max_keys: int = 100_000) -> None:
        if max_keys < 1:
            raise ValueError("max_keys must be at least 1")
        self._max_keys = max_keys
        self._lock = LockOfProcess()
        self._claimed: dict[str, _Entry] = {}
        self._committed: dict[str, _Entry] = {}  # oldest first
        self._warned = False

    def claim(self, key: str, *, token: str, now: int, lease_seconds: int, retention_seconds: int) -> Claim:
        """See `Store.claim`."""

        def judged(entry: _Entry) -> Claim:
            return judge(
                entry.at,
                committed=entry.committed,
                now=now,
                lease_seconds=lease_seconds,
                retention_seconds=retention_seconds,
            )

        with self._lock:
            entry = self._committed.get(key) or self._claimed.get(key)
            if entry is not None and entry.token != token and (known := judged(entry)) != "new":
                return known
            self._committed.pop(key, None)
            self._forget(lambda entry: judged(entry) == "new")
            self._claimed[key] = _Entry(token, committed=False, at=now)
            return "new"

    def commit(self, key: str, *, token: str, now: int, retention_seconds: int) -> bool:
        """See `Store.commit`."""
        del retention_seconds
        with self._lock:
            if key in self._committed:
                return self._committed[key].token == token
            holder = self._claimed.pop(key, None)
            self._committed[key] = _Entry(token, committed=True, at=now)
            return holder is not None and holder.token == token

    def release(self, key: str, *, token: str) -> None:
        """See `Store.release`."""
        with self._lock:
            if key in self._claimed and self._claimed[key].token == token:
                del self._claimed[key]

    def _forget(self, has_lapsed: Callable[[_Entry], bool]) -> None:
        """Drop what has lapsed among the oldest keys, and make room for one more."""
        while self._committed and has_lapsed(self._committed[oldest := next(iter(self._committed))]):
            del self._committed[oldest]
        if len(self._claimed) + len(self._committed) < self._max_keys:
            return
        for key in [key for key, entry in self._claimed.items() if has_lapsed(entry)]:
            del self._claimed[key]
        if len(self._claimed) + len(self._committed) < self._max_keys:
            return
        if not self._committed:
            raise RuntimeError(f"all {self._max_keys} keys of the MemoryStore are in flight; raise max_keys")
        del self._committed[next(iter(self._committed))]
        if not self._warned:
            self._warned = True
            _lines.write(
                _LOGGER,
                logging.WARNING,
                "MemoryStore is full (max_keys=%d) and forgets its oldest keys before their retention ends: "
                "a replay of those deliveries counts as new. Raise max_keys, or use SqliteStore.",
                self._max_keys,
            )
