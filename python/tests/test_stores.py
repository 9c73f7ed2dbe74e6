"""Every store gives the same answers; those that processes share give them across processes."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import redis

from overten_webhook.stores import Claim, MemoryStore, SqliteStore, Store
from overten_webhook.stores.redis import RedisStore
from receiving import opened_store, redis_server

NOW = 1_760_000_000
LEASE = NOW + 60
RETENTION = NOW + 604_800
KEY = "run.completed:run_01"


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


@pytest.fixture
def place(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Where the store under test lives, empty."""
    if kind == "redis":
        url = str(request.getfixturevalue("redis_url"))
        redis.Redis.from_url(url).flushall()
        return url
    return str(tmp_path / "keys.sqlite")


@pytest.fixture
def store(kind: str, place: str) -> Iterator[Store]:
    if kind == "memory":
        yield MemoryStore()
        return
    with opened_store(kind, place) as opened:
        yield opened


every_store = pytest.mark.parametrize("kind", ["memory", "sqlite", "redis"])
every_shared_store = pytest.mark.parametrize("kind", ["sqlite", "redis"])


@every_store
def test_a_new_key_is_new_once(store: Store) -> None:
    first = store.claim(KEY, now=NOW, until=LEASE)
    assert (first.key, first.state) == (KEY, "new")
    assert store.claim(KEY, now=NOW + 59, until=LEASE + 59).state == "in_flight"
    store.commit(first, now=NOW + 1, until=RETENTION)
    assert store.claim(KEY, now=NOW + 2, until=LEASE + 2).state == "duplicate"
    assert store.claim("run.failed:run_01", now=NOW + 2, until=LEASE + 2).state == "new"


@every_store
def test_a_released_key_is_new_again(store: Store) -> None:
    store.release(store.claim(KEY, now=NOW, until=LEASE))
    assert store.claim(KEY, now=NOW, until=LEASE).state == "new"


@every_store
def test_a_claim_lapses_at_the_end_of_its_lease(store: Store) -> None:
    first = store.claim(KEY, now=NOW, until=LEASE)
    assert store.claim(KEY, now=LEASE - 1, until=LEASE + 59).state == "in_flight"
    second = store.claim(KEY, now=LEASE, until=LEASE + 60)
    assert second.state == "new"
    assert second.token != first.token


@every_store
def test_only_the_holder_releases(store: Store) -> None:
    lapsed = store.claim(KEY, now=NOW, until=LEASE)
    holder = store.claim(KEY, now=LEASE, until=LEASE + 60)
    store.release(lapsed)
    store.release(Claim(KEY, "in_flight"))
    assert store.claim(KEY, now=LEASE + 1, until=LEASE + 61).state == "in_flight"
    store.release(holder)
    assert store.claim(KEY, now=LEASE + 1, until=LEASE + 61).state == "new"


@every_store
def test_a_commit_stands_whatever_became_of_the_claim(store: Store) -> None:
    slow = store.claim(KEY, now=NOW, until=LEASE)
    other = store.claim(KEY, now=LEASE, until=LEASE + 60)
    store.commit(slow, now=LEASE + 1, until=RETENTION)
    store.release(other)
    assert store.claim(KEY, now=LEASE + 2, until=LEASE + 62).state == "duplicate"

    late = store.claim("late", now=NOW, until=LEASE)
    store.release(store.claim("late", now=LEASE, until=LEASE + 60))
    store.commit(late, now=LEASE + 1, until=RETENTION)
    assert store.claim("late", now=LEASE + 2, until=LEASE + 62).state == "duplicate"


@every_store
def test_retention_counts_from_the_first_commit(store: Store) -> None:
    first = store.claim(KEY, now=NOW, until=LEASE)
    other = store.claim(KEY, now=LEASE, until=LEASE + 60)
    store.commit(first, now=LEASE, until=RETENTION)
    store.commit(other, now=LEASE + 30, until=RETENTION + 30)
    assert store.claim(KEY, now=RETENTION - 1, until=RETENTION + 59).state == "duplicate"
    renewed = store.claim(KEY, now=RETENTION, until=RETENTION + 60)
    assert renewed.state == "new"
    store.commit(renewed, now=RETENTION + 1, until=RETENTION + 604_801)
    assert store.claim(KEY, now=RETENTION + 604_800, until=RETENTION + 604_860).state == "duplicate"


@every_store
def test_keys_are_compared_exactly(store: Store) -> None:
    keys = [
        "run.completed:run_A",
        "run.completed:run_a",
        "run.completed:run_a ",
        "sha256=" + "0" * 64,
        "body=" + "0" * 64,
    ]
    assert [store.claim(key, now=NOW, until=LEASE).state for key in keys] == ["new"] * len(keys)


@every_store
def test_fifty_threads_make_one_new(store: Store) -> None:
    start = threading.Barrier(50)

    def claim(_: int) -> str:
        start.wait()
        return store.claim(KEY, now=NOW, until=LEASE).state

    with ThreadPoolExecutor(50) as pool:
        assert Counter(pool.map(claim, range(50))) == {"new": 1, "in_flight": 49}


def claim_at_once(kind: str, place: str, start: Barrier, states: multiprocessing.Queue[str]) -> None:
    start.wait()
    with opened_store(kind, place) as store:
        states.put(store.claim(KEY, now=NOW, until=LEASE).state)


@every_shared_store
def test_eight_processes_make_one_new(kind: str, place: str) -> None:
    """The store does not exist before the eight open it, all at the same moment."""
    context = multiprocessing.get_context("spawn")
    start, states = context.Barrier(8), context.Queue()
    processes = [context.Process(target=claim_at_once, args=(kind, place, start, states)) for _ in range(8)]
    for process in processes:
        process.start()
    answers = Counter(states.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
    assert answers == {"new": 1, "in_flight": 7}


CLAIM_AND_HANG = """
import sys
from receiving import opened_store
with opened_store(*sys.argv[1:3]) as store:
    print(store.claim(sys.argv[3], now=int(sys.argv[4]), until=int(sys.argv[5])).state, flush=True)
    sys.stdin.read()
"""


@every_shared_store
def test_a_killed_holder_blocks_a_key_for_its_lease_only(store: Store, kind: str, place: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CLAIM_AND_HANG, kind, place, KEY, str(NOW), str(LEASE)],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "new\n"
    child.kill()
    child.communicate()
    assert store.claim(KEY, now=LEASE - 1, until=LEASE + 59).state == "in_flight"
    assert store.claim(KEY, now=LEASE, until=LEASE + 60).state == "new"


@every_shared_store
def test_a_committed_key_survives_a_restart(store: Store, kind: str, place: str) -> None:
    assert store.durable
    store.commit(store.claim(KEY, now=NOW, until=LEASE), now=NOW, until=RETENTION)
    with opened_store(kind, place) as reopened:
        assert reopened.claim(KEY, now=NOW + 1, until=LEASE).state == "duplicate"


def test_the_memory_store_is_bounded_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore(max_keys=2)
    assert not store.durable
    for key in ("a", "b", "c", "d"):
        store.commit(store.claim(key, now=NOW, until=LEASE), now=NOW, until=RETENTION)
    assert store.claim("d", now=NOW, until=LEASE).state == "duplicate"
    assert store.claim("c", now=NOW, until=LEASE).state == "duplicate"
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert store.claim("a", now=NOW, until=LEASE).state == "new"


def test_the_memory_store_never_drops_what_is_in_flight() -> None:
    store = MemoryStore(max_keys=2)
    store.claim("a", now=NOW, until=LEASE)
    store.claim("b", now=NOW, until=LEASE)
    with pytest.raises(RuntimeError, match="max_keys"):
        store.claim("c", now=NOW, until=LEASE)
    assert store.claim("a", now=NOW, until=LEASE).state == "in_flight"
    assert store.claim("c", now=LEASE, until=LEASE + 60).state == "new"


def test_the_memory_store_forgets_what_has_expired() -> None:
    store = MemoryStore(max_keys=2)
    for key in ("a", "b"):
        store.commit(store.claim(key, now=NOW, until=LEASE), now=NOW, until=NOW + 700)
    assert [store.claim(key, now=NOW + 700, until=NOW + 760).state for key in ("c", "d")] == ["new", "new"]


def test_the_memory_store_needs_room_for_one_key() -> None:
    with pytest.raises(ValueError, match="max_keys"):
        MemoryStore(max_keys=0)


def test_the_sqlite_store_refuses_a_place_that_keeps_nothing() -> None:
    for path in (":memory:", ""):
        with pytest.raises(ValueError, match="MemoryStore"):
            SqliteStore(path)


def test_the_sqlite_store_fails_at_start_where_its_path_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        SqliteStore(tmp_path / "absent" / "keys.sqlite")


def test_the_sqlite_store_deletes_what_has_lapsed(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "keys.sqlite")
    for number in range(10):
        store.commit(store.claim(str(number), now=NOW, until=LEASE), now=NOW, until=RETENTION)
    store.claim("next", now=RETENTION, until=RETENTION + 60)
    with sqlite3.connect(tmp_path / "keys.sqlite") as db:
        assert db.execute("SELECT key FROM overten_webhook_keys").fetchall() == [("next",)]
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_sqlite_store_works_in_a_forked_worker(tmp_path: Path) -> None:
    """A server that loads the application and then forks its workers hands each of them the same object."""
    store = SqliteStore(tmp_path / "keys.sqlite")
    context = multiprocessing.get_context("fork")
    states = context.SimpleQueue()
    workers = [
        context.Process(target=lambda: states.put(store.claim(KEY, now=NOW, until=LEASE).state)) for _ in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Counter(states.get() for _ in workers) == {"new": 1, "in_flight": 7}
    store.close()


def test_the_redis_store_leaves_nothing_behind_for_ever(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    client.flushall()
    store = RedisStore(client)
    claim = store.claim(KEY, now=NOW, until=LEASE)
    assert 0 < int(str(client.ttl("overten-webhook:" + KEY))) <= 60
    store.commit(claim, now=NOW, until=RETENTION)
    assert 60 < int(str(client.ttl("overten-webhook:" + KEY))) <= 604_800


def test_a_claim_that_redis_got_twice_is_still_ours(redis_url: str) -> None:
    """A client that saw a time-out sends the script again, although it may have run."""
    client = redis.Redis.from_url(redis_url)
    client.flushall()
    store = RedisStore(client)
    claim = Claim(KEY, "new")
    assert store._run(store._claim, claim, NOW, LEASE) == b"new"
    assert store._run(store._claim, claim, NOW, LEASE) == b"new"
    assert store._run(store._claim, Claim(KEY, "new"), NOW, LEASE) == b"in_flight"
