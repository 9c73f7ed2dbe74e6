"""Tries a store of your own: see `check_store`."""

from __future__ import annotations

import itertools
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

from .judge import judge
from .protocol import Claim, Store

_NOW: Final = 1_760_000_000
_LEASE: Final = 60
_RETENTION: Final = 604_800
_LAPSED: Final = _NOW + _LEASE + 1
_KEY: Final = "run.completed:run_01"
_LONGEST_KEY: Final = 386
_THREADS: Final = 50
_ROUNDS: Final = 10
_FIRST_LINES: Final = 8
_ANSWER_SECONDS: Final = 0.0005


def check_store(make: Callable[[], Store]) -> None:
    """Try what a receiver relies on, and raise `AssertionError` with a sentence where a store does not do it.

    ``make`` gives an empty store each time that it is called. Fifty threads claim one key at the same moment, several
    times over, and give way to each other at each line of Python: a store that looks first and writes afterwards gives
    it to two of them. Takes a few seconds.

    >>> from overten_webhook.stores import MemoryStore
    >>> check_store(MemoryStore)
    """
    for check in _CHECKS:
        check(make)


def _claim(store: Store, now: int, *, key: str = _KEY, token: str = "", kept: int = _RETENTION) -> Claim:
    token = token or os.urandom(16).hex()
    return store.claim(key, token=token, now=now, lease_seconds=_LEASE, retention_seconds=kept)


def _commit(store: Store, now: int, *, token: str, key: str = _KEY) -> bool:
    return store.commit(key, token=token, now=now, retention_seconds=_RETENTION)


def _expect(given: object, wanted: object, what: str) -> None:
    if given != wanted:
        raise AssertionError(f"{what}: {given!r}, where {wanted!r} is right")


def _new_once(make: Callable[[], Store]) -> None:
    store = make()
    _expect(_claim(store, _NOW, token="a"), "new", "the first claim of a key")
    _expect(_claim(store, _NOW + 1), "in_flight", "a claim of a key that another token holds")
    _expect(_claim(store, _NOW + 1, token="a"), "new", "the same claim again, as a client sends that got no answer")
    _expect(_commit(store, _NOW + 2, token="a"), True, "a commit by the holder")
    _expect(_claim(store, _NOW + 3), "duplicate", "a claim of a committed key")
    _expect(_commit(store, _NOW + 4, token="a"), True, "the same commit again")
    _expect(_claim(store, _NOW + 3, key="run.failed:run_01"), "new", "a claim of another key")


def _releases(make: Callable[[], Store]) -> None:
    store = make()
    store.release(_KEY, token="a")  # after a claim that failed nothing may be there
    _claim(store, _NOW, token="a")
    store.release(_KEY, token="b")
    _expect(_claim(store, _NOW), "in_flight", "a claim after a release by another token than the holder's")
    store.release(_KEY, token="a")
    _expect(_claim(store, _NOW, token="c"), "new", "a claim after its holder's release")
    _commit(store, _NOW, token="c")
    store.release(_KEY, token="c")
    _expect(_claim(store, _NOW), "duplicate", "a claim after a release that came behind the commit")


def _commits_stand(make: Callable[[], Store]) -> None:
    store = make()
    _claim(store, _NOW, token="slow")
    _claim(store, _LAPSED, token="other")
    _expect(_commit(store, _LAPSED, token="slow"), False, "a commit of a claim that another has taken over")
    store.release(_KEY, token="other")
    _expect(_claim(store, _LAPSED), "duplicate", "a claim after a commit by a holder whose claim was taken over")
    _expect(_commit(store, _NOW, key="unknown", token="a"), False, "a commit of a key of which nothing is known")
    _expect(_claim(store, _NOW, key="unknown"), "duplicate", "a claim after that commit")


def _never_renews(make: Callable[[], Store]) -> None:
    store = make()
    _claim(store, _NOW, token="first")
    _commit(store, _NOW, token="first")
    _commit(store, _NOW + 1000, token="second")
    _claim(store, _NOW + 1000)
    _expect(_claim(store, _NOW + _RETENTION + 1), "new", "a claim after the retention, counted from the first commit")


def _judges_by_time(make: Callable[[], Store]) -> None:
    store = make()
    ages = (-3600, -61, -60, -1, 0, 59, 60, 61, 604_799, 604_800, 604_801)
    for age, committed, (lease, retention) in itertools.product(
        ages, (False, True), ((60, 604_800), (1, 604_800), (3600, 604_800), (60, 700), (60, 1_000_000))
    ):
        key = f"{age}-{committed}-{lease}-{retention}"
        _claim(store, _NOW, key=key, token="first")
        if committed:
            _commit(store, _NOW, key=key, token="first")
        now = _NOW + age
        right = judge(_NOW, committed=committed, now=now, lease_seconds=lease, retention_seconds=retention)
        given = store.claim(key, token="second", now=now, lease_seconds=lease, retention_seconds=retention)
        what = f"a claim {age} s after the key was {'committed' if committed else 'claimed'}"
        _expect(given, right, f"{what}, with a lease of {lease} s and a retention of {retention} s")


def _compares_keys_exactly(make: Callable[[], Store]) -> None:
    store = make()
    longest = "run.completed:" + "x" * (_LONGEST_KEY - 15)
    short = ("run.completed:run_A", "run.completed:run_a", "sha256=" + "0" * 64, "body=" + "0" * 64)
    for key in (*short, longest + "a", longest + "b"):
        _expect(_claim(store, _NOW, key=key), "new", f"the first claim of {key!r} ({len(key)} characters)")


def _claims_atomically(make: Callable[[], Store]) -> None:
    with ThreadPoolExecutor(_THREADS) as pool, _switching_often():
        for number in range(_ROUNDS):
            _race_a_release(pool, make(), number)
            store = make()
            _race(pool, store, _NOW, "new", f"claims of a new key at the same moment, round {number}")
            _race(pool, store, _LAPSED, "new", f"claims of a key whose claim has lapsed, round {number}")
            _commit(store, _LAPSED, token="holder")
            later = _LAPSED + _RETENTION + 1
            _race(pool, store, later, "new", f"claims of a key whose retention is over, round {number}")


def _race(pool: ThreadPoolExecutor, store: Store, now: int, wanted: Claim, what: str) -> None:
    start = threading.Barrier(_THREADS)

    def claim(_: int) -> Claim:
        start.wait()
        with _giving_way(store):
            return _claim(store, now)

    states = Counter(pool.map(claim, range(_THREADS)))
    _expect(states[wanted], 1, f"{_THREADS} {what}: so many were given it")
    _expect(states["in_flight"], _THREADS - 1, f"{_THREADS} {what}: so many were told that it is in flight")


def _race_a_release(pool: ThreadPoolExecutor, store: Store, number: int) -> None:
    """Let one of them release a claim that has lapsed, a line at a time, while the others take it over."""
    _claim(store, _NOW, token="lapsed")
    start = threading.Barrier(_THREADS)

    def claim_or_release(turn: int) -> Claim | None:
        start.wait()
        if turn:
            time.sleep(number * _ANSWER_SECONDS / 2)
            return _claim(store, _LAPSED)
        with _giving_way(store, at_each_line=True):
            store.release(_KEY, token="lapsed")
        return None

    states = Counter(pool.map(claim_or_release, range(_THREADS)))
    what = f"claims beside a release by a holder whose claim has lapsed, round {number}"
    _expect(states["new"], 1, f"{_THREADS - 1} {what}: so many were given it")
    _expect(_claim(store, _LAPSED), "in_flight", f"a claim after {what}")


@contextmanager
def _giving_way(store: Store, *, at_each_line: bool = False) -> Iterator[None]:
    """Let other threads run at each line of the store's own, and at one of them for as long as a database takes."""
    own = {kind.__module__ for kind in type(store).__mro__}
    waits = iter([0] * (os.urandom(1)[0] % _FIRST_LINES) + [_ANSWER_SECONDS])

    def give_way(frame: FrameType, *_: object) -> Any:
        if frame.f_globals.get("__name__") not in own:
            return None
        time.sleep(_ANSWER_SECONDS if at_each_line else next(waits, 0))
        return give_way

    usual = sys.gettrace()
    sys.settrace(give_way)
    try:
        yield
    finally:
        sys.settrace(usual)


@contextmanager
def _switching_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


_CHECKS: Final = (
    _new_once,
    _releases,
    _commits_stand,
    _never_renews,
    _judges_by_time,
    _compares_keys_exactly,
    _claims_atomically,
)
