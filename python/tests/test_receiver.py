"""What a receiver decides, whatever serves it."""

import asyncio
import json
import logging
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from overten_webhook import (
    AsyncReceiver,
    Delivery,
    EnvSecrets,
    MemoryStore,
    PermanentFailure,
    Receiver,
    Reply,
    SecretError,
    SetAsideInLog,
    SqliteStore,
    Tolerance,
    sign,
)
from serving import BODY, NOW, SECRET, V0

HEADERS = dict(V0)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def nothing(event: object) -> None:
    pass


def refuse(delivery: object, why: object) -> None:
    raise AssertionError(why)


def deliver(receiver: Receiver, body: bytes = BODY, *, at: int = NOW) -> Reply:
    return receiver.receive("POST", sign(body, SECRET, now=at), body)


def one_answer(kind: type, *arguments: Any, **settings: Any) -> Reply:
    """The answer of either twin to one request."""
    settings = {"handler": nothing, "set_aside": refuse, "clock": lambda: NOW} | settings
    receiver = kind(settings.pop("secrets", SECRET), **settings)
    reply = receiver.receive(*arguments)
    result: Reply = asyncio.run(reply) if kind is AsyncReceiver else reply
    return result


twins = pytest.mark.parametrize("kind", [Receiver, AsyncReceiver])


@twins
def test_takes_in_a_delivery(kind: type) -> None:
    reply = one_answer(kind, "POST", HEADERS, BODY)
    assert (reply.status, reply.body) == (200, b'{"status":"accepted"}')
    assert dict(reply.headers) == {"Content-Type": "application/json"}


@twins
@pytest.mark.parametrize("change", [b"x", b" "])
def test_refuses_a_forgery(kind: type, change: bytes) -> None:
    reply = one_answer(kind, "POST", HEADERS, BODY + change)
    assert (reply.status, reply.body) == (401, b'{"error":"signature_mismatch"}')
    assert one_answer(kind, "POST", HEADERS, BODY + change, mismatch_status=503).status == 503


@twins
def test_judges_path_then_method_then_configuration_then_headers(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OVERTEN_WEBHOOK_SECRETS", raising=False)
    receiver = kind(EnvSecrets(), handler=nothing, set_aside=refuse, path="/hook")

    def receive(method: str, target: str) -> str:
        reply = receiver.receive(method, {}, b"", target=target)
        return str((asyncio.run(reply) if kind is AsyncReceiver else reply).code)

    assert receive("GET", "/other") == "not_found"
    assert receive("GET", "/hook/?a=1") == "method_not_allowed"
    assert receive("POST", "/hook") == "misconfigured"
    assert one_answer(kind, "POST", {}, b"").code == "missing_signature"


def test_an_unset_variable_is_503_with_one_line_that_names_it(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K4-09, K8-01."""
    monkeypatch.delenv("OVERTEN_WEBHOOK_SECRETS", raising=False)
    receiver = Receiver(EnvSecrets(), handler=nothing, set_aside=refuse)
    reply = receiver.receive("POST", HEADERS, BODY)
    assert (reply.status, reply.body) == (503, b'{"error":"misconfigured"}')
    assert dict(reply.headers)["Retry-After"] == "10"
    at_start, at_request = caplog.records
    for record in at_start, at_request:
        assert record.levelno == logging.ERROR
        line = json.loads(record.message)
        assert "no_secrets" in line["detail"]
        assert "OVERTEN_WEBHOOK_SECRETS" in line["detail"]
    assert "no_secrets" in str(receiver.problem)


def test_a_variable_counts_as_it_is_when_a_delivery_comes(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 11, 13: an application is imported before its tests set their secret."""
    caplog.set_level(logging.INFO)
    monkeypatch.delenv("OVERTEN_WEBHOOK_SECRETS", raising=False)
    receiver = Receiver(EnvSecrets(), handler=nothing, set_aside=refuse, clock=lambda: NOW)
    monkeypatch.setenv("OVERTEN_WEBHOOK_SECRETS", f"\nsubscription:{SECRET}\n")
    assert receiver.receive("POST", HEADERS, BODY).status == 200
    assert receiver.problem is None
    assert [json.loads(record.message)["code"] for record in caplog.records] == ["misconfigured", "ok", "accepted"]


def test_no_secrets_are_refused_at_construction() -> None:
    with pytest.raises(SecretError) as caught:
        Receiver(None, handler=nothing, set_aside=refuse)
    assert caught.value.code == "no_secrets"


def test_headers_are_judged_before_the_body_is_read() -> None:
    def chunks() -> Iterator[bytes]:
        pytest.fail("the body was read")
        yield b""

    assert Receiver(SECRET, handler=nothing, set_aside=refuse).receive("POST", {}, chunks()).code == "missing_signature"


@twins
def test_reading_stops_at_the_limit(kind: type) -> None:
    """K8-07."""
    given = 0

    def chunks() -> Iterator[bytes]:
        nonlocal given
        for _ in range(1024):
            given += 65536
            yield b" " * 65536

    async def async_chunks() -> AsyncIterator[bytes]:
        for chunk in chunks():
            yield chunk

    reply = one_answer(kind, "POST", HEADERS, chunks() if kind is Receiver else async_chunks())
    assert (reply.status, reply.code) == (413, "body_too_large")
    assert given <= 1024 * 1024 + 65536


def test_a_body_that_cannot_be_read_is_503() -> None:
    def chunks() -> Iterator[bytes]:
        yield BODY[:10]
        raise EOFError("gone")

    assert Receiver(SECRET, handler=nothing, set_aside=refuse).receive("POST", HEADERS, chunks()).code == "unavailable"


@pytest.mark.parametrize("body", ["text", {"event": "run.completed"}, None])
def test_what_is_no_body_is_a_type_error(body: Any) -> None:
    """K1-01."""
    with pytest.raises(TypeError, match="raw bytes"):
        Receiver(SECRET, handler=nothing, set_aside=refuse).receive("POST", HEADERS, body)


def test_fifty_deliveries_at_once_are_handled_once() -> None:
    """K7-01."""
    handled: list[Any] = []
    receiver = Receiver(SECRET, handler=handled.append, set_aside=refuse, clock=lambda: NOW)
    start = threading.Barrier(50)

    def receive(_: int) -> str:
        start.wait()
        return receiver.receive("POST", HEADERS, BODY).code

    with ThreadPoolExecutor(50) as pool:
        codes = Counter(pool.map(receive, range(50)))
    assert len(handled) == codes["accepted"] == 1
    assert codes["accepted"] + codes["duplicate"] + codes["in_flight"] == 50


def test_a_stale_delivery_is_authentic_and_503(tmp_path: Path) -> None:
    """K7-02: the MAC first; a store that survives a restart gives three days."""
    hours_late = NOW + 13_618
    reply = Receiver(SECRET, handler=nothing, set_aside=refuse, clock=lambda: hours_late).receive("POST", HEADERS, BODY)
    assert (reply.status, reply.code) == (503, "timestamp_too_old")
    forged = Receiver(SECRET, handler=nothing, set_aside=refuse, clock=lambda: hours_late).receive(
        "POST", HEADERS, BODY + b" "
    )
    assert forged.code == "signature_mismatch"
    store = SqliteStore(tmp_path / "keys")
    assert (
        Receiver(SECRET, handler=nothing, set_aside=refuse, store=store, clock=lambda: hours_late)
        .receive("POST", HEADERS, BODY)
        .status
        == 200
    )
    for age, status in ((259_200, 200), (259_201, 503)):
        late = Receiver(SECRET, handler=nothing, set_aside=refuse, store=store, clock=lambda age=age: NOW + age)
        assert late.receive("POST", HEADERS, BODY).status == status
    store.close()


def test_a_retry_with_a_new_timestamp_is_a_duplicate() -> None:
    """K7-03, K7-07, K7-09, K8-08: the key is of the signed body alone, and a duplicate is 200."""
    clock = Clock()
    receiver = Receiver(SECRET, handler=nothing, set_aside=refuse, clock=clock)
    assert deliver(receiver).code == "accepted"
    for clock.now in (NOW + 330, NOW + 48 * 3600, NOW + 604_800):
        reply = deliver(receiver, at=clock.now)
        assert (reply.status, reply.body) == (200, b'{"status":"duplicate"}')
    clock.now = NOW + 604_801
    assert deliver(receiver, at=clock.now).code == "accepted"


def test_a_handler_that_fails_gets_the_retry() -> None:
    """K7-04, K8-02."""
    clock, handled = Clock(), 0

    def handle(event: object) -> None:
        nonlocal handled
        handled += 1
        if handled == 1:
            raise ConnectionError("the queue is away")

    receiver = Receiver(SECRET, handler=handle, set_aside=refuse, clock=clock)
    assert deliver(receiver).code == "unavailable"
    clock.now += 30
    assert deliver(receiver, at=clock.now).code == "accepted"
    assert deliver(receiver, at=clock.now).code == "duplicate"
    assert handled == 2


@twins
def test_a_permanent_failure_is_recorded_whole_and_answered_200(kind: type, caplog: pytest.LogCaptureFixture) -> None:
    """K8-02."""

    def handle(event: object) -> None:
        raise PermanentFailure("no such customer")

    assert one_answer(kind, "POST", HEADERS, BODY, handler=handle, set_aside=SetAsideInLog()).code == "accepted"
    whole = json.loads(caplog.records[0].message)
    assert (whole["code"], whole["body"]) == ("permanent_failure", BODY.decode())
    assert "no such customer" in whole["detail"]


class BrokenStore(MemoryStore):
    def __init__(self, broken: str) -> None:
        super().__init__()
        self.broken = broken

    def _fail(self, name: str) -> None:
        if self.broken == name:
            raise ConnectionError("the store is down")

    def claim(self, key: str, **rest: Any) -> Any:
        self._fail("claim")
        return "maybe" if self.broken == "nonsense" else super().claim(key, **rest)

    def commit(self, key: str, **rest: Any) -> bool:
        self._fail("commit")
        return super().commit(key, **rest)

    def release(self, key: str, **rest: Any) -> None:
        self._fail("release")
        super().release(key, **rest)


@twins
@pytest.mark.parametrize("broken", ["claim", "nonsense", "commit"])
def test_a_store_that_is_down_is_503(kind: type, broken: str) -> None:
    """K8-03: never 200 before it is durable."""
    reply = one_answer(kind, "POST", HEADERS, BODY, store=BrokenStore(broken))
    assert (reply.status, reply.code) == (503, "unavailable")


def test_a_store_that_cannot_release_delays_the_retry_by_the_lease() -> None:
    clock, store, fail = Clock(), BrokenStore("release"), [True]

    def handle(event: object) -> None:
        if fail.pop():
            raise ValueError

    receiver = Receiver(SECRET, handler=handle, set_aside=refuse, store=store, clock=clock)
    assert deliver(receiver).code == "unavailable"
    clock.now += 60
    assert deliver(receiver).code == "in_flight"
    clock.now += 1
    fail.append(False)
    assert deliver(receiver).code == "accepted"


KILLED_WHILE_HANDLING = """
import sys
from serving import *
from overten_webhook import Receiver, SqliteStore
def handle(event):
    print("handling", flush=True)
    sys.stdin.read()
store = SqliteStore(sys.argv[1])
Receiver(SECRET, handler=handle, set_aside=print, store=store, clock=lambda: NOW).receive("POST", V0, BODY)
"""


def test_a_process_killed_while_handling_loses_nothing(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED_WHILE_HANDLING, str(tmp_path / "keys")],
        cwd=Path(__file__).parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "handling\n"
    child.kill()
    child.communicate()
    clock, handled, store = Clock(), list[Any](), SqliteStore(tmp_path / "keys")
    receiver = Receiver(SECRET, handler=handled.append, set_aside=refuse, store=store, clock=clock)
    clock.now += 60
    assert deliver(receiver).code == "in_flight"
    clock.now += 1
    assert deliver(receiver).code == "accepted"
    assert len(handled) == 1
    store.close()


def test_a_handler_that_outlives_its_lease_says_so(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    handled = []

    def handle(event: object) -> None:
        handled.append(event)
        if len(handled) == 1:
            clock.now += 61
            assert deliver(receiver, at=clock.now).code == "accepted"

    receiver = Receiver(SECRET, handler=handle, set_aside=refuse, clock=clock)
    receiver._monotonic_ms = lambda: clock.now * 1000
    assert deliver(receiver).code == "accepted"
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert "outlived its lease" in record.message


def test_failed_after_completed_is_another_key() -> None:
    """K7-11."""
    handled: list[Any] = []
    receiver = Receiver(SECRET, handler=handled.append, set_aside=refuse, clock=lambda: NOW)
    for name in ("run.completed", "run.failed"):
        assert deliver(receiver, b'{"event":"%s","run_id":"run_20"}' % name.encode()).code == "accepted"
    assert [event.name for event in handled] == ["run.completed", "run.failed"]


@pytest.mark.parametrize(("scope", "second"), [("run", "duplicate"), ("task", "accepted")])
def test_a_resumed_run_needs_the_task_scope(scope: Any, second: str) -> None:
    receiver = Receiver(SECRET, handler=nothing, set_aside=refuse, scope=scope, clock=lambda: NOW)
    bodies = [b'{"event":"run.completed","run_id":"r","task_id":"%d"}' % task for task in (1, 2)]
    assert [deliver(receiver, body).code for body in bodies] == ["accepted", second]


@pytest.mark.parametrize("body", [b"[]", b"\xff\x00", b'{"event":"run.completed"}'])
def test_what_cannot_be_read_is_quarantined_once_and_whole(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    receiver = Receiver(SECRET, handler=nothing, set_aside=SetAsideInLog(), clock=lambda: NOW)
    assert deliver(receiver, body).body == b'{"status":"quarantined"}'
    whole = json.loads(caplog.records[0].message)
    assert ("body" in whole) == (body != b"\xff\x00")
    assert deliver(receiver, body).code == "duplicate"
    got: list[Delivery] = []
    receiver = Receiver(SECRET, handler=nothing, set_aside=lambda d, error: got.append(d), clock=lambda: NOW)
    assert deliver(receiver, body).code == "quarantined"
    assert got[0].body == body


def test_a_coroutine_function_is_never_taken_for_done() -> None:
    async def handle(event: object) -> None:
        pass

    with pytest.raises(TypeError, match="AsyncReceiver"):
        Receiver(SECRET, handler=handle, set_aside=refuse)


def test_a_cancelled_request_is_still_handled_and_no_second_run_starts() -> None:
    """K8-05."""

    async def run() -> None:
        may_end, started, handled = asyncio.Event(), asyncio.Event(), 0

        async def handle(event: object) -> None:
            nonlocal handled
            started.set()
            await may_end.wait()
            handled += 1

        receiver = AsyncReceiver(SECRET, handler=handle, set_aside=refuse, clock=lambda: NOW)
        first = asyncio.create_task(receiver.receive("POST", HEADERS, BODY))
        await started.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert (await receiver.receive("POST", HEADERS, BODY)).code == "in_flight"
        may_end.set()
        while (reply := await receiver.receive("POST", HEADERS, BODY)).code == "in_flight":
            await asyncio.sleep(0)
        assert (reply.code, handled) == ("duplicate", 1)

    asyncio.run(run())


def test_the_log_line_says_what_happened_and_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    receiver = Receiver({"subscription": SECRET}, handler=nothing, set_aside=refuse, clock=lambda: NOW + 4)
    receiver.receive("POST", HEADERS, BODY)
    line = json.loads(caplog.records[-1].message)
    assert line.pop("elapsed_ms") >= 0
    assert line == {
        "code": "accepted", "level": "info", "event": "run.completed", "run_id": "run_01", "secret": "subscription",
        "age_seconds": 4, "body_bytes": 62,
    }  # fmt: skip
    receiver.receive("POST", HEADERS, BODY + b"x")
    assert "f28888a0" not in caplog.text
    assert SECRET not in caplog.text
    assert len(caplog.records) == 3  # with the start's


@pytest.mark.parametrize(
    "settings",
    [
        {"retention": timedelta(seconds=600)},
        {"retention": timedelta(0)},
        {"lease": timedelta(0)},
        {"scope": "all"},
        {"mismatch_status": 409},
        {"path": "hook"},
        {"tolerance": Tolerance(past=timedelta(days=8))},
        {"max_body_bytes": 0},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        Receiver(SECRET, handler=nothing, set_aside=refuse, **settings)
