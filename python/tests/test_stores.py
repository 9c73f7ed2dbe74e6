"""Every store gives the same answers; those that processes share give them across processes."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
import socket
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
import redis

import overten_webhook.stores
from overten_webhook.stores import MemoryStore, SqliteStore, Store, judge
from overten_webhook.stores.redis import RedisStore
from overten_webhook.testing import check_store
from receiving import opened_store, redis_server

NOW = 1_760_000_000
LEASE = 60
RETENTION = 604_800
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


def claim(store: Store, now: int, *, key: str = KEY, token: str | None = None, kept: int = RETENTION) -> str:
    token = os.urandom(16).hex() if token is None else token
    return store.claim(key, token=token, now=now, lease_seconds=LEASE, retention_seconds=kept)


def commit(store: Store, now: int, *, key: str = KEY, token: str) -> bool:
    return store.commit(key, token=token, now=now, retention_seconds=RETENTION)


@every_store
def test_passes_the_suite_for_stores(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    places = iter(range(1000))

    def make() -> Store:
        if kind == "memory":
            return MemoryStore()
        if kind == "sqlite":
            return SqliteStore(tmp_path / f"{next(places)}.sqlite")
        client = redis.Redis.from_url(str(request.getfixturevalue("redis_url")))
        client.flushall()
        return RedisStore(client)

    check_store(make)


AGES = [-604_801, -3600, -61, -60, -59, -1, 0, 1, 59, 60, 61, 3600, 604_799, 604_800, 604_801]


@every_store
@pytest.mark.parametrize("committed", [False, True])
def test_judges_as_the_core_does(store: Store, committed: bool) -> None:
    """Issue 11, 6 and 22: whatever the clock did, and whatever lease and retention are in force now."""
    for number, (age, lease, retention) in enumerate(itertools.product(AGES, [1, 60, 3600], [1, 604_800, 2_000_000])):
        key = f"{committed}-{number}"
        assert claim(store, NOW, key=key, token="first") == "new"
        if committed:
            assert commit(store, NOW, key=key, token="first")
        expected = judge(NOW, committed=committed, now=NOW + age, lease_seconds=lease, retention_seconds=retention)
        times = {"now": NOW + age, "lease_seconds": lease, "retention_seconds": retention}
        assert store.claim(key, token="second", **times) == expected, (age, lease, retention)


@every_store
def test_a_claim_left_in_the_future_by_a_clock_put_back_lapses(store: Store) -> None:
    """Issue 11, 6; N-16: it blocked its key for the difference."""
    assert claim(store, NOW + 3600) == "new"
    assert claim(store, NOW) == "new"


@every_store
def test_a_retention_made_longer_reaches_keys_already_held(store: Store) -> None:
    """Issue 11, 22: a replay was accepted."""
    assert claim(store, NOW, token="a") == "new"
    assert commit(store, NOW, token="a")
    assert claim(store, NOW + RETENTION + 1, kept=2 * RETENTION) == "duplicate"
    assert claim(store, NOW + RETENTION + 1) == "new"


@every_store
def test_a_commit_says_whether_the_claim_was_still_held(store: Store) -> None:
    assert claim(store, NOW, token="slow") == "new"
    assert claim(store, NOW + 61, token="other") == "new"
    assert not commit(store, NOW + 62, token="slow")
    assert not commit(store, NOW + 62, token="other")
    assert claim(store, NOW + 63) == "duplicate"
    assert not commit(store, NOW, key="never claimed", token="a")
    assert claim(store, NOW + 1, key="never claimed") == "duplicate"
    assert claim(store, NOW, key="mine", token="a") == "new"
    assert commit(store, NOW, key="mine", token="a")
    assert commit(store, NOW, key="mine", token="a")


@every_store
def test_a_claim_whose_answer_was_lost_can_be_released_and_made_again(store: Store) -> None:
    assert claim(store, NOW, token="a") == "new"
    assert claim(store, NOW, token="a") == "new"
    store.release(KEY, token="b")
    assert claim(store, NOW) == "in_flight"
    store.release(KEY, token="a")
    assert claim(store, NOW) == "new"
    store.release("unknown", token="a")


def claim_at_once(kind: str, place: str, start: Barrier, states: multiprocessing.Queue[str]) -> None:
    start.wait()
    with opened_store(kind, place) as store:
        states.put(claim(store, NOW))


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
    times = {"now": int(sys.argv[4]), "lease_seconds": 60, "retention_seconds": 604800}
    print(store.claim(sys.argv[3], token="child", **times), flush=True)
    sys.stdin.read()
"""


@every_shared_store
def test_a_killed_holder_blocks_a_key_for_its_lease_only(store: Store, kind: str, place: str) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CLAIM_AND_HANG, kind, place, KEY, str(NOW)],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "new\n"
    child.kill()
    child.communicate()
    assert claim(store, NOW + 60) == "in_flight"
    assert claim(store, NOW + 61) == "new"


@every_shared_store
def test_a_committed_key_survives_a_restart(store: Store, kind: str, place: str) -> None:
    assert store.durable
    assert claim(store, NOW, token="a") == "new"
    commit(store, NOW, token="a")
    with opened_store(kind, place) as reopened:
        assert claim(reopened, NOW + 1) == "duplicate"


def test_the_memory_store_is_bounded_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    store = MemoryStore(max_keys=2)
    assert not store.durable
    for key in ("a", "b", "c", "d"):
        claim(store, NOW, key=key, token="t")
        commit(store, NOW, key=key, token="t")
    assert claim(store, NOW, key="d") == "duplicate"
    assert claim(store, NOW, key="c") == "duplicate"
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert claim(store, NOW, key="a") == "new"


def test_the_memory_store_never_drops_what_is_in_flight() -> None:
    store = MemoryStore(max_keys=2)
    claim(store, NOW, key="a")
    claim(store, NOW, key="b")
    with pytest.raises(RuntimeError, match="max_keys"):
        claim(store, NOW, key="c")
    assert claim(store, NOW, key="a") == "in_flight"
    assert claim(store, NOW + 61, key="c") == "new"


def test_the_memory_store_forgets_what_has_expired() -> None:
    store = MemoryStore(max_keys=2)
    for key in ("a", "b"):
        commit(store, NOW, key=key, token="t")
    later = NOW + RETENTION + 1
    assert [claim(store, later, key=key) for key in ("c", "d")] == ["new", "new"]


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


def row_count(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM overten_webhook_ledger").fetchone()[0])


def test_the_sqlite_store_deletes_what_has_lapsed_a_little_at_a_time(tmp_path: Path) -> None:
    """Issue 11, 13: the first claim after a million rows lapsed took 2.4 s."""
    path = tmp_path / "keys.sqlite"
    with closing(SqliteStore(path)) as store:
        with closing(sqlite3.connect(path)) as db, db:
            rows = ((str(number), "t", 1, NOW) for number in range(50))
            db.executemany("INSERT INTO overten_webhook_ledger VALUES (?, ?, ?, ?)", rows)
        later = NOW + RETENTION + 1
        counts = []
        for number in range(4):
            assert claim(store, later, key=f"next {number}") == "new"
            counts.append(row_count(path))
        assert counts == [31, 12, 3, 4]


def test_the_sqlite_store_never_deletes_what_still_counts(tmp_path: Path) -> None:
    with closing(SqliteStore(tmp_path / "keys.sqlite")) as store:
        commit(store, NOW, token="a")
        claim(store, NOW, key="held", token="a")
        claim(store, NOW + RETENTION, key="next")
        assert row_count(tmp_path / "keys.sqlite") == 3
        assert claim(store, NOW + RETENTION) == "duplicate"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_sqlite_store_works_in_a_forked_worker(tmp_path: Path) -> None:
    """A server that loads the application and then forks its workers hands each of them the same object."""
    store = SqliteStore(tmp_path / "keys.sqlite")
    context = multiprocessing.get_context("fork")
    states = context.SimpleQueue()
    workers = [context.Process(target=lambda: states.put(claim(store, NOW))) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert Counter(states.get() for _ in workers) == {"new": 1, "in_flight": 7}
    store.close()


def in_a_fork(function: Callable[[], None]) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            function()
        except BaseException:
            os._exit(1)
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_a_forked_child_committed_stays_when_the_parent_closes(tmp_path: Path) -> None:
    """Issue 11, 4: the parent's connection deleted the write-ahead log under the child, and its keys vanished."""
    path = tmp_path / "keys.sqlite"
    store = SqliteStore(path)
    claim(store, NOW, key="before")
    to_child, to_parent = multiprocessing.Pipe(), multiprocessing.Pipe()

    def child() -> None:
        commit(store, NOW, key="one", token="c")
        to_parent[1].send("committed")
        to_child[0].recv()
        commit(store, NOW, key="two", token="c")
        os.kill(os.getpid(), 9)

    pid = os.fork()
    if pid == 0:
        child()
    assert to_parent[0].recv() == "committed"
    store.close()
    to_child[1].send("closed")
    os.waitpid(pid, 0)
    with closing(SqliteStore(path)) as reopened:
        assert [claim(reopened, NOW + 1, key=key) for key in ("one", "two")] == ["duplicate", "duplicate"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_during_a_transaction_locks_nobody_out(tmp_path: Path) -> None:
    """Issue 11, 4."""
    store = SqliteStore(tmp_path / "keys.sqlite")
    inside, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with store._transaction("FULL"):
            inside.set()
            may_end.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait()
    threading.Timer(0.05, may_end.set).start()  # the fork waits for the transaction
    in_a_fork(lambda: commit(store, NOW, token="c") and None)
    thread.join()
    assert claim(store, NOW) == "duplicate"
    store.close()


def test_the_sqlite_store_notices_that_its_file_is_gone(tmp_path: Path) -> None:
    """N-10: nothing is answered 200 whose key does not survive."""
    path = tmp_path / "keys.sqlite"
    store = SqliteStore(path)
    claim(store, NOW, token="a")
    path.rename(tmp_path / "elsewhere")
    for use in (lambda: claim(store, NOW), lambda: commit(store, NOW, token="a")):
        with pytest.raises(FileNotFoundError, match="deleted or replaced"):
            use()
    with pytest.raises(sqlite3.OperationalError, match="start again"):
        SqliteStore(path)
    (tmp_path / "elsewhere").rename(path)
    assert commit(store, NOW, token="a")
    store.close()


def test_the_sqlite_store_notices_that_its_write_ahead_log_is_gone(tmp_path: Path) -> None:
    """`rm *-wal *-shm` beside a running process: another one would then have a ledger of its own."""
    store = SqliteStore(tmp_path / "keys.sqlite")
    claim(store, NOW, token="a")
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"keys.sqlite{suffix}").unlink()
    with pytest.raises(FileNotFoundError, match="deleted or replaced"):
        commit(store, NOW, token="a")
    store.close()


def test_the_sqlite_store_waits_once_for_others(tmp_path: Path) -> None:
    """A claim and the release after it waited 8 s, and threads another 8."""
    with (
        closing(SqliteStore(tmp_path / "keys.sqlite")) as store,
        closing(sqlite3.connect(tmp_path / "keys.sqlite", isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            claim(store, NOW, token="a")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            store.release(KEY, token="a")
        assert time.monotonic() - began < 6
        other.execute("ROLLBACK")
        assert claim(store, NOW, token="a") == "new"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_memory_store_works_after_a_fork_amid_a_claim() -> None:
    store = MemoryStore()
    with store._lock:
        in_a_fork(lambda: claim(store, NOW) and None)


def test_the_sqlite_store_says_at_once_that_its_file_is_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 11, 5: it waited 4 s for what would never change."""
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("it waited"))
    path = tmp_path / "keys.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE t (x)")
        db.commit()
    real = sqlite3.connect
    read_only = lambda path, **rest: real(f"file:{path}?mode=ro", uri=True, **rest)  # noqa: E731
    monkeypatch.setattr(sqlite3, "connect", read_only)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        SqliteStore(path)


def test_an_unclosed_sqlite_store_is_no_error(tmp_path: Path) -> None:
    """Issue 11, 13."""
    script = "import sys, overten_webhook as o; o.SqliteStore(sys.argv[1]); s = o.SqliteStore(sys.argv[1])"
    command = [sys.executable, "-W", "error", "-c", script, str(tmp_path / "keys")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


def test_a_closed_sqlite_store_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "keys.sqlite")
    store.close()
    store.close()
    with pytest.raises(ValueError, match="closed"):
        claim(store, NOW)


def test_the_redis_store_leaves_nothing_behind_for_ever(redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url, decode_responses=True)
    client.flushall()
    store = RedisStore(client)
    claim(store, NOW, token="a")
    assert 60 < int(str(client.ttl("overten-webhook:" + KEY))) <= 120
    commit(store, NOW, token="a")
    assert RETENTION < int(str(client.ttl("overten-webhook:" + KEY))) <= 2 * RETENTION


def test_the_redis_store_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """N-08: a client that sends again after each time-out kept Overten waiting for half a minute."""
    attempts = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        store = RedisStore.from_url(f"redis://127.0.0.1:{listening.getsockname()[1]}")
        connect = socket.socket.connect
        monkeypatch.setattr(socket.socket, "connect", lambda self, to: attempts.append(to) or connect(self, to))
        monkeypatch.setattr(store._client.connection_pool, "connection_kwargs", kwargs_of(store) | SHORT)
        with pytest.raises(redis.TimeoutError):
            claim(store, NOW)
    assert len(attempts) == 1


SHORT = {"socket_timeout": 0.05}


def kwargs_of(store: RedisStore) -> dict[str, Any]:
    kwargs: dict[str, Any] = store._client.connection_pool.connection_kwargs
    assert (kwargs["socket_timeout"], kwargs["socket_connect_timeout"]) == (3, 3)
    return kwargs


def test_the_store_in_the_docs_works(tmp_path: Path) -> None:
    """Issue 10: a worked store of 15 lines."""
    source = textwrap.dedent("class MyStore" + (overten_webhook.stores.__doc__ or "").partition("class MyStore")[2])
    source = textwrap.dedent("    " + source.partition("\n`overten")[0])
    assert len([line for line in source.splitlines() if line.strip()]) <= 26
    places = iter(range(1000))
    namespace: dict[str, Any] = {"judge": judge}
    exec(source, namespace)  # noqa: S102

    def make() -> Store:
        path = tmp_path / f"{next(places)}.sqlite"
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE ledger (key TEXT PRIMARY KEY, token TEXT, committed BOOLEAN, at INTEGER)")

        @contextmanager
        def begin() -> Iterator[sqlite3.Connection]:
            with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                with db:
                    yield db

        store: Store = namespace["MyStore"](begin)
        return store

    check_store(make)
