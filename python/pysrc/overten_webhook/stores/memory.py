"""The store inside one process."""

from __future__ import annotations

import logging
import threading

from .protocol import Claim

_LOGGER = logging.getLogger("overten_webhook")


class MemoryStore:
    """Remembers keys in this process: for one worker process, for tests, for development.

    It forgets everything at a restart, and each of several worker processes has its own; so a receiver over it keeps
    the short window of 300 s against replays. Two workers need a `SqliteStore`, two hosts a `RedisStore`.

    ``max_keys`` (default 100,000: 15 to 20 MB) bounds it. When it is full, what has lapsed goes first, then the key
    that was committed longest ago, with one warning in the log, because a replay of that delivery would then count as
    new. A claim in flight is never dropped: full of those, it raises and the receiver answers 503.

    >>> store = MemoryStore()
    >>> claim = store.claim("run.completed:run_01", now=0, until=60)
    >>> claim.state, store.claim("run.completed:run_01", now=1, until=61).state
    ('new', 'in_flight')
    >>> store.commit(claim, now=2, until=604802)
    >>> store.claim("run.completed:run_01", now=3, until=63).state
    'duplicate'
    """

    durable = False

    def __init__(self, *, max_keys: int = 100_000) -> None:
        if max_keys < 1:
            raise ValueError("max_keys must be at least 1")
        self._max_keys = max_keys
        self._lock = threading.Lock()
        self._claims: dict[str, tuple[str, int]] = {}  # key → the holder's token, lapses at
        self._committed: dict[str, int] = {}  # key → forgotten at; oldest commit first
        self._warned = False

    def claim(self, key: str, *, now: int, until: int) -> Claim:
        """See `Store.claim`."""
        with self._lock:
            self._forget_expired(now)
            if self._committed.get(key, now) > now:
                return Claim(key, "duplicate")
            if key in self._claims and self._claims[key][1] > now:
                return Claim(key, "in_flight")
            if key not in self._claims:
                self._make_room(now)
            claim = Claim(key, "new")
            self._claims[key] = (claim.token, until)
            return claim

    def commit(self, claim: Claim, *, now: int, until: int) -> None:
        """See `Store.commit`."""
        with self._lock:
            self._claims.pop(claim.key, None)
            if self._committed.get(claim.key, now) > now:
                return
            self._committed.pop(claim.key, None)
            self._committed[claim.key] = until

    def release(self, claim: Claim) -> None:
        """See `Store.release`."""
        with self._lock:
            if self._claims.get(claim.key, ("", 0))[0] == claim.token:
                del self._claims[claim.key]

    def _forget_expired(self, now: int) -> None:
        while self._committed:
            oldest = next(iter(self._committed))
            if self._committed[oldest] > now:
                return
            del self._committed[oldest]

    def _make_room(self, now: int) -> None:
        if len(self._claims) + len(self._committed) < self._max_keys:
            return
        lapsed = [key for key, (_, until) in self._claims.items() if until <= now]
        for key in lapsed:
            del self._claims[key]
        if lapsed:
            return
        if not self._committed:
            raise RuntimeError(f"all {self._max_keys} keys of the MemoryStore are in flight; raise max_keys")
        del self._committed[next(iter(self._committed))]
        if not self._warned:
            self._warned = True
            _LOGGER.warning(
                "MemoryStore is full (max_keys=%d) and forgets its oldest keys before their retention ends: "
                "a replay of those deliveries counts as new. Raise max_keys, or use SqliteStore.",
                self._max_keys,
            )
