"""What reviews and public cases found wrong, by the numbers of issue 11 and BUG-CASES-2."""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import io
import json
import logging
import logging.config
import logging.handlers
import operator
import queue
import sqlite3
import sys
import threading
import time
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from contextvars import ContextVar
from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from overten_webhook import (
    AsyncReceiver,
    MemoryStore,
    PayloadError,
    PermanentFailure,
    Receiver,
    Reply,
    SetAsideInFolder,
    SetAsideInLog,
    Verifier,
    read_stored,
    sign,
)
from scenarios import logged
from serving import BODY, NOW, SECRET, V0

UNREADABLE = b'{"event":"run.completed"}'
TWINS = pytest.mark.parametrize("kind", [Receiver, AsyncReceiver])


def nothing(*_: object) -> None:
    pass


def receiver_of(kind: type, **settings: Any) -> Any:
    return kind(SECRET, **({"handler": nothing, "set_aside": nothing, "clock": lambda: NOW} | settings))


def finished(reply: Any) -> Reply:
    result: Reply = reply if isinstance(reply, Reply) else asyncio.run(reply)
    return result


def deliver(receiver: Any, body: bytes = BODY) -> Reply:
    return finished(receiver.receive("POST", sign(body, SECRET, now=NOW), body))


# ---- 1: what is set aside is kept, or the answer is 503


class FullDisk(io.StringIO):
    def write(self, text: str, /) -> int:
        raise OSError(28, "No space left on device")


@contextmanager
def a_configuration_that_disables() -> Iterator[None]:
    root, logger = logging.getLogger(), logging.getLogger("overten_webhook.set_aside")
    handlers, level = root.handlers[:], root.level
    config = {"version": 1, "handlers": {"h": {"class": "logging.StreamHandler"}}, "root": {"handlers": ["h"]}}
    logging.config.dictConfig(config)
    try:
        assert logger.disabled
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name in logging.root.manager.loggerDict:
            logging.getLogger(name).disabled = False


@contextmanager
def nothing_logged_at_all() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def changed_logger(*handlers: logging.Handler, level: int = logging.NOTSET) -> Iterator[None]:
    logger = logging.getLogger("overten_webhook.set_aside")
    usual, propagate = logger.handlers[:], logger.propagate
    logger.handlers[:], logger.propagate = list(handlers), False
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.handlers[:], logger.propagate = usual, propagate
        logger.setLevel(logging.NOTSET)


def handler_above(level: int) -> logging.Handler:
    handler = logging.StreamHandler(io.StringIO())
    handler.setLevel(level)
    return handler


def formatted(text: str) -> logging.Handler:
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(logging.Formatter(text))
    return handler


def redacting() -> logging.Handler:
    def redact(record: logging.LogRecord) -> bool:
        record.msg = "redacted"
        return True

    handler = logging.StreamHandler(io.StringIO())
    handler.addFilter(redact)
    return handler


def refuse(_: logging.LogRecord) -> bool:
    raise RuntimeError("broken")


def raising() -> logging.Handler:
    handler = logging.StreamHandler(io.StringIO())
    handler.addFilter(refuse)
    return handler


LOST_LOGS: dict[str, Callable[[], Any]] = {
    "disabled by dictConfig": a_configuration_that_disables,
    "logging.disable": nothing_logged_at_all,
    "a level above CRITICAL": lambda: changed_logger(logging.StreamHandler(io.StringIO()), level=60),
    "a handler's level": lambda: changed_logger(handler_above(60)),
    "a handler that does nothing": lambda: changed_logger(logging.NullHandler()),
    "a full disk": lambda: changed_logger(logging.StreamHandler(FullDisk())),
    "a socket where nobody listens": lambda: changed_logger(logging.handlers.SocketHandler("127.0.0.1", 9)),
    "a buffer": lambda: changed_logger(logging.handlers.MemoryHandler(9, 60, logging.StreamHandler(io.StringIO()))),
    "a queue": lambda: changed_logger(logging.handlers.QueueHandler(queue.SimpleQueue())),
    "a format without the message": lambda: changed_logger(formatted("%(levelname)s")),
    "a format that cuts": lambda: changed_logger(formatted("%(message).20s")),
    "a filter that changes it": lambda: changed_logger(redacting()),
    "a filter that raises": lambda: changed_logger(raising()),
}


def test_1_a_json_format_keeps_the_line() -> None:
    handler = formatted("")
    handler.format = lambda record: json.dumps({"message": record.getMessage()})  # type: ignore[method-assign]
    with changed_logger(handler):
        assert deliver(receiver_of(Receiver, set_aside=SetAsideInLog()), UNREADABLE).status == 200


def test_16_a_broken_log_changes_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("broken")

    loggers = [logging.getLogger(name) for name in ("overten_webhook", "overten_webhook.raw")]
    with logged():
        for logger in loggers:
            logger.addFilter(refuse)
        loggers[0].addHandler(broken := Broken())
        try:
            assert deliver(receiver_of(Receiver, log_raw="all")).code == "accepted"
            assert deliver(receiver_of(AsyncReceiver)).code == "accepted"
            for logger in loggers:
                logger.removeFilter(refuse)
            assert deliver(receiver_of(Receiver)).code == "accepted"
        finally:
            for logger in loggers:
                logger.removeFilter(refuse)
            loggers[0].removeHandler(broken)
    assert "RuntimeError: broken" in capsys.readouterr().err


def fail_for_good(event: object) -> None:
    raise PermanentFailure("no such customer")


@TWINS
@pytest.mark.parametrize("body", [BODY, UNREADABLE], ids=["permanent failure", "unreadable"])
@pytest.mark.parametrize("lost", LOST_LOGS)
def test_1_what_the_log_would_lose_is_sent_again(kind: type, body: bytes, lost: str) -> None:
    """N-07: it was answered 200, and the body was nowhere."""
    receiver = receiver_of(kind, handler=fail_for_good, set_aside=SetAsideInLog())
    with LOST_LOGS[lost]():
        assert deliver(receiver, body).code == "unavailable"
    stream = io.StringIO()
    with changed_logger(logging.StreamHandler(stream)):
        assert deliver(receiver, body).status == 200
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["body"] == body.decode()


def test_1_a_handlers_own_way_with_errors_comes_back() -> None:
    handler = logging.StreamHandler(io.StringIO())
    with changed_logger(handler):
        deliver(receiver_of(Receiver, set_aside=SetAsideInLog()), UNREADABLE)
    assert "handleError" not in vars(handler)


@TWINS
def test_1_a_folder_keeps_a_file_each(kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = receiver_of(kind, handler=fail_for_good, set_aside=SetAsideInFolder(tmp_path / "aside"))
    with monkeypatch.context() as patched:
        patched.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
        assert deliver(receiver).code == "unavailable"
    assert list((tmp_path / "aside").iterdir()) == []
    SetAsideInFolder(tmp_path / "aside")  # as a second worker does
    synced: list[int] = []
    monkeypatch.setattr("os.fsync", synced.append)
    assert deliver(receiver).code == "accepted"
    assert deliver(receiver, b"\xff").code == "quarantined"
    assert len(synced) == 4  # each file, and each time the folder
    kept = sorted((json.loads(path.read_bytes()) for path in (tmp_path / "aside").iterdir()), key=lambda it: it["code"])
    assert [it["code"] for it in kept] == ["permanent_failure", "quarantined"]
    assert kept[0]["body"] == BODY.decode()
    assert kept[1]["body_base64"] == "/w=="
    assert "no such customer" in kept[0]["detail"]


@TWINS
def test_1_there_is_no_default(kind: type) -> None:
    with pytest.raises(TypeError, match="set_aside"):
        kind(SECRET, handler=nothing)
    for setting in ("handler", "set_aside"):
        with pytest.raises(TypeError, match=f"{setting} must be a function, not NoneType"):
            receiver_of(kind, **{setting: None})


# ---- 2: a handler that has not run


def generator(*_: object) -> Iterator[None]:
    yield


async def async_generator(*_: object) -> AsyncIterator[None]:
    yield


async def coroutine(*_: object) -> None:
    pass


class CalledGenerator:
    def __call__(self, *_: object) -> Iterator[None]:
        yield


class CalledCoroutine:
    async def __call__(self, *_: object) -> None:
        pass


@TWINS
@pytest.mark.parametrize("name", ["handler", "set_aside"])
@pytest.mark.parametrize("function", [generator, async_generator, partial(generator), CalledGenerator()])
def test_2_a_generator_is_refused_when_the_receiver_is_made(kind: type, name: str, function: Any) -> None:
    with pytest.raises(TypeError, match=f"{name} is a generator"):
        receiver_of(kind, **{name: function})


@pytest.mark.parametrize("name", ["handler", "set_aside"])
@pytest.mark.parametrize("function", [coroutine, partial(coroutine), CalledCoroutine()])
def test_2_a_coroutine_function_needs_the_async_receiver(name: str, function: Any) -> None:
    with pytest.raises(TypeError, match="AsyncReceiver"):
        receiver_of(Receiver, **{name: function})
    body = BODY if name == "handler" else UNREADABLE
    assert deliver(receiver_of(AsyncReceiver, **{name: function}), body).status == 200


class Deferred:
    """A future of some other library."""

    def add_done_callback(self, _: object) -> None:
        pass


class Greenlet:
    """As gevent's and eventlet's: run later, `link` calls back then."""

    def link(self, callback: object) -> None:
        pass

    def ready(self) -> bool:
        return False


@contextmanager
def context_manager(*_: object) -> Iterator[None]:
    yield


POOL = ThreadPool(1)

UNRUN: dict[str, Callable[..., Any]] = {
    "map": lambda *_: map(nothing, [1]),
    "any iterator": lambda *_: iter([1]),
    "partial": lambda *_: partial(nothing),
    "function": lambda *_: nothing,
    "a pool's result": lambda *_: POOL.apply_async(nothing),
    "thread": lambda *_: threading.Thread(target=nothing),
    "greenlet": lambda *_: Greenlet(),
    "context manager": context_manager,
    "list of coroutines": lambda *_: [coroutine()],
    "dict of futures": lambda *_: {"a": Future()},
    "generator": lambda *_: generator(),
    "async generator": lambda *_: async_generator(),
    "future": lambda *_: Future(),
    "another library's future": lambda *_: Deferred(),
}


@TWINS
@pytest.mark.parametrize("name", ["handler", "set_aside"])
@pytest.mark.parametrize("result", UNRUN)
def test_2_what_is_still_to_be_run_is_not_acknowledged(kind: type, name: str, result: str) -> None:
    receiver = receiver_of(kind, **{name: UNRUN[result]})
    body = BODY if name == "handler" else UNREADABLE
    with logged() as records:
        assert deliver(receiver, body).code == "unavailable"
    assert "still to be done" in records[-1].getMessage()


def test_2_a_coroutine_that_nobody_awaited_is_not_acknowledged() -> None:
    assert deliver(receiver_of(Receiver, handler=lambda _: coroutine())).code == "unavailable"

    async def forgets(_: object) -> Any:
        return coroutine()

    assert deliver(receiver_of(AsyncReceiver, handler=forgets)).code == "unavailable"
    assert deliver(receiver_of(AsyncReceiver, handler=lambda _: coroutine())).code == "accepted"


@TWINS
def test_2_what_a_handler_returns_otherwise_does_not_matter(kind: type) -> None:
    receipt = type("Result", (), {"__call__": nothing, "get": nothing, "ready": nothing})()  # a task's that is queued
    with closing(sqlite3.connect(":memory:")) as db:
        cursor = db.execute("SELECT 1")
    for result in (None, 5, "id", object(), [1], {"a": 1}, ("a", None), cursor, receipt, mock.Mock(), mock.MagicMock()):
        assert deliver(receiver_of(kind, handler=lambda _, result=result: result)).code == "accepted"


# ---- 3: a handler that ends oddly


class Timeout(BaseException):
    """As gevent has one."""


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class OddText(str):
    def encode(self, *_: Any) -> bytes:
        raise RuntimeError("no bytes")

    __format__ = __len__ = encode  # type: ignore[assignment]


class OddlySpoken(Exception):
    def __str__(self) -> str:
        return OddText("odd")


class Nameless(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no name")


class OddlyNamed(Exception, metaclass=Nameless):
    pass


ODD_ENDS = [
    Timeout("5 s"),
    GeneratorExit(),
    asyncio.CancelledError(),
    Unspeakable(),
    OddlySpoken(),
    OddlyNamed(),
    StopIteration(),
    Exception("\ud83d"),
]


def functions_that_raise(error: BaseException, times: int = 1) -> dict[str, Callable[[object], Any]]:
    left = [error] * times

    def plain(_: object) -> None:
        if left:
            raise left.pop()

    async def awaited(_: object) -> None:
        await asyncio.sleep(0)
        if left:
            raise left.pop()

    return {"plain": plain, "awaited": awaited}


def name_of(error: BaseException) -> str:
    return str(type.__dict__["__name__"].__get__(type(error)))


@pytest.mark.parametrize("error", ODD_ENDS, ids=name_of)
@pytest.mark.parametrize(("kind", "way"), [(Receiver, "plain"), (AsyncReceiver, "plain"), (AsyncReceiver, "awaited")])
def test_3_an_odd_end_gives_the_claim_back(kind: type, way: str, error: BaseException) -> None:
    """N-18: no line at all, and the claim held for its lease."""
    receiver = receiver_of(kind, handler=functions_that_raise(error)[way])
    with logged() as records:
        assert deliver(receiver).code == "unavailable"
        assert deliver(receiver).code == "accepted"
    assert [record.levelname for record in records] == ["ERROR", "INFO"]
    shown = "RuntimeError" if isinstance(error, StopIteration) and way == "awaited" else name_of(error)
    assert shown in records[0].getMessage()


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("kind", "way"), [(Receiver, "plain"), (AsyncReceiver, "plain"), (AsyncReceiver, "awaited")])
def test_3_what_ends_the_process_goes_on_after_the_claim_is_given_back(
    kind: type, way: str, error: BaseException
) -> None:
    receiver = receiver_of(kind, handler=functions_that_raise(error)[way])
    with logged() as records:
        if isinstance(error, SystemExit) and (kind, way) == (AsyncReceiver, "plain"):
            assert deliver(receiver).code == "unavailable"  # in a thread of ours it ends that call alone
        else:
            with pytest.raises(type(error)):
                deliver(receiver)
        assert deliver(receiver).code == "accepted"
    assert [record.levelname for record in records] == ["ERROR", "INFO"]


def test_3_a_store_that_calls_exit_takes_no_server_down() -> None:
    class Exits(MemoryStore):
        def commit(self, key: str, **rest: Any) -> bool:
            raise SystemExit(3)

    assert deliver(receiver_of(AsyncReceiver, store=Exits())).code == "unavailable"


def test_3_the_end_of_the_event_loop_gives_an_async_handlers_claim_back() -> None:
    started = []

    async def handle(_: object) -> None:
        if not started:
            started.append(True)
            await asyncio.Event().wait()

    receiver = receiver_of(AsyncReceiver, handler=handle)

    async def run() -> None:
        task = asyncio.create_task(receiver.receive("POST", V0, BODY))
        while not started:
            await asyncio.sleep(0)
        task.cancel()

    with logged() as records:
        asyncio.run(run())
    assert "CancelledError" in records[0].getMessage()
    assert deliver(receiver).code == "accepted"


# ---- 5: waiting that nothing bounds


def test_5_the_event_loops_own_threads_are_nobodys_but_the_users() -> None:
    """A DNS look-up beside 40 deliveries over a locked store took 24 s."""
    held = threading.Event()

    class Hung(MemoryStore):
        def claim(self, key: str, **rest: Any) -> Any:
            held.wait()
            return super().claim(key, **rest)

    async def run() -> None:
        receiver = receiver_of(AsyncReceiver, store=Hung())
        tasks = [asyncio.create_task(receiver.receive("POST", V0, BODY)) for _ in range(40)]
        assert await asyncio.wait_for(asyncio.to_thread(lambda: 5), 30) == 5
        held.set()
        assert [(await task).code for task in tasks].count("accepted") == 1

    asyncio.run(run())


def test_5_slow_plain_handlers_keep_no_other_delivery_up() -> None:
    """N-09: a fast delivery was answered when the first slow one had ended."""
    may_end, begun = threading.Event(), threading.Semaphore(0)

    def handle(event: Any) -> None:
        if event.run_id.startswith("slow"):
            begun.release()
            may_end.wait()

    receiver = receiver_of(AsyncReceiver, handler=handle)

    def send(run_id: str) -> Any:
        body = b'{"event":"run.completed","run_id":"%s"}' % run_id.encode()
        return receiver.receive("POST", sign(body, SECRET, now=NOW), body)

    async def run() -> None:
        slow = [asyncio.create_task(send(f"slow-{number}")) for number in range(31)]
        for _ in slow:
            while not begun.acquire(blocking=False):
                await asyncio.sleep(0)
        assert (await asyncio.wait_for(send("fast"), 30)).code == "accepted"
        slow.append(asyncio.create_task(send("slow-31")))
        while not begun.acquire(blocking=False):
            await asyncio.sleep(0)
        # Every thread for handlers is taken, and the store has its own.
        assert (await asyncio.wait_for(send("fast"), 30)).code == "duplicate"
        may_end.set()
        assert {(await task).code for task in slow} == {"accepted"}

    asyncio.run(run())


def test_5_a_plain_handler_sees_the_requests_context_variables() -> None:
    request_id: ContextVar[str] = ContextVar("request_id")
    seen = []
    receiver = receiver_of(AsyncReceiver, handler=lambda _: seen.append(request_id.get()))

    async def run() -> None:
        request_id.set("one")
        await receiver.receive("POST", V0, BODY)

    asyncio.run(run())
    assert seen == ["one"]


def test_5_a_child_after_a_fork_has_threads_of_its_own() -> None:
    import os

    receiver = receiver_of(AsyncReceiver)
    assert deliver(receiver).code == "accepted"
    pid = os.fork()
    if pid == 0:
        body = b'{"event":"run.completed","run_id":"child"}'
        os._exit(0 if deliver(receiver, body).code == "accepted" else 1)
    assert os.waitpid(pid, 0)[1] == 0


# ---- 7: a caller's mistakes


@TWINS
def test_7_a_callers_mistakes_are_type_errors(kind: type) -> None:
    receiver = receiver_of(kind, path="/hook")
    for method, headers, body, target in (
        ("POST", None, BODY, "/hook"),
        ("POST", V0, None, "/hook"),
        ("POST", V0, "text", "/hook"),
        ("POST", V0, 5, "/hook"),
        ("POST", V0, [], "/hook"),
        (None, V0, BODY, "/hook"),
        ("\ud83d", V0, BODY, "/hook"),
        ("POST", V0, BODY, "/\ud83d"),
        ("POST", V0, BODY, 5),
    ):
        with pytest.raises(TypeError):
            finished(receiver.receive(method, headers, body, target=target))


def test_7_what_a_server_decoded_with_surrogateescape_is_its_bytes() -> None:
    receiver = receiver_of(Receiver, path="/hööks")
    for target in (
        "/h\xf6\xf6ks",
        "/hööks".encode().decode("ascii", "surrogateescape"),
        "/hööks".encode(),
        "/h%C3%B6%c3%b6ks/?",
    ):
        assert receiver.receive("GET", V0, BODY, target=target).code == "method_not_allowed"
    assert receiver.receive("GET", V0, BODY, target=b"/h\xf6\xf6ks").code == "not_found"


# ---- 9: log lines


FORGERY = 'x\n{"code": "accepted", "run_id": "forged"}\r\u2028\x1b[2J'


@pytest.mark.parametrize(("kind", "way"), [(Receiver, "plain"), (AsyncReceiver, "plain"), (AsyncReceiver, "awaited")])
def test_9_an_exceptions_text_makes_no_line(kind: type, way: str) -> None:
    """N-20: 12 lines for one request."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("overten_webhook")
    logger.addHandler(handler)
    try:
        deliver(receiver_of(kind, handler=functions_that_raise(ValueError(FORGERY))[way]))
    finally:
        logger.removeHandler(handler)
    lines = [line for line in stream.getvalue().split("\n") if line]
    assert len(lines) == 1
    assert len(lines[0].splitlines()) == 1
    assert FORGERY in json.loads(lines[0])["detail"]


def test_9_a_failure_names_its_place() -> None:
    with logged() as records:
        deliver(receiver_of(Receiver, handler=functions_that_raise(KeyError("x"))["plain"]))
    assert "KeyError (test_faults.py:" in records[-1].getMessage()


# ---- 10: numbers


@pytest.mark.parametrize("number", ["7" * 900_000, "-" + "7" * 900_000, "0." + "7" * 900_000, "7" * 900_000 + "e-5"])
def test_10_a_long_number_takes_no_time(number: str) -> None:
    """N-13: 57 s, in which no other thread ran."""
    from support import signed

    event = signed(b'{"event":"run.completed","run_id":"r","n":%s}' % number.encode()).event()
    began = time.process_time()
    value = event.data["n"]
    assert time.process_time() - began < 1
    assert value == (number if number.lstrip("-").isdigit() else float(number))
    assert event.member("n") == number


def test_10_ints_are_exact_up_to_a_documented_length() -> None:
    from support import signed

    for digits, kind in ((4300, int), (4301, str)):
        event = signed(b'{"event":"run.completed","run_id":"r","n":%s}' % (b"7" * digits)).event()
        assert type(event.data["n"]) is kind


def test_10_data_is_there_however_low_the_interpreters_limit_is() -> None:
    usual = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        event = read_stored(b'{"event":"a","run_id":"b","n":%s,"m":5}' % (b"7" * 1000))
        assert (event.data["n"], event.data["m"]) == ("7" * 1000, 5)
    finally:
        sys.set_int_max_str_digits(usual)


# ---- 13


def test_13_a_receiver_shows_its_settings_and_no_secret() -> None:
    shown = repr(receiver_of(Receiver, path="/hook"))
    assert shown.startswith("<Receiver secrets=secret-0 (")
    assert "path='/hook'" in shown
    assert SECRET[6:] not in shown


def test_13_the_fields_of_a_line_are_the_records_too() -> None:
    with logged() as records:
        deliver(receiver_of(Receiver))
    assert vars(records[-1])["overten_webhook"] == json.loads(records[-1].getMessage())


def test_13_no_line_is_made_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = receiver_of(Receiver)
    with logged() as records:
        logging.getLogger("overten_webhook").setLevel(logging.WARNING)
        monkeypatch.setattr(json, "loads", lambda _: pytest.fail("it was made"))
        assert deliver(receiver).code == "accepted"
    assert records == []


def test_13_an_event_lets_others_compare() -> None:
    event = an_event()
    assert event == mock.ANY
    assert event == mock.ANY
    assert operator.ne(event, mock.ANY) is False
    assert event != "x"
    assert event == an_event()
    assert event.__eq__(5) is NotImplemented


def an_event() -> Any:
    return Verifier(SECRET).verify(BODY, V0, now=NOW).event()


def test_13_weak_references() -> None:
    verifier = Verifier(SECRET)
    delivery = verifier.verify(BODY, V0, now=NOW)
    event = delivery.event()
    refs = [weakref.ref(it) for it in (verifier, delivery, event)]
    assert [ref() for ref in refs] == [verifier, delivery, event]
    del verifier, delivery, event
    assert [ref() for ref in refs] == [None] * 3


def test_13_a_cycle_through_data_is_collected() -> None:
    event = an_event()
    event.data["itself"] = event
    ref = weakref.ref(event)
    del event
    gc.collect()
    assert ref() is None


def test_13_stored_bytes_are_an_event_again() -> None:
    event = an_event()
    for raw in (event.raw, bytearray(event.raw), memoryview(event.raw)):
        assert read_stored(raw) == event
    with pytest.raises(PayloadError):
        read_stored(b"[]")


# ---- 30


def test_30_the_start_line_and_the_last_matches() -> None:
    with logged() as records:
        clock = [NOW]
        secrets = {"new": "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=", "old": SECRET}
        receiver = Receiver(secrets, handler=nothing, set_aside=nothing, clock=lambda: clock[0])
        assert receiver.last_matched() == {"new": None, "old": None}
        deliver(receiver)
        assert receiver.last_matched() == {"new": None, "old": NOW}
    start = json.loads(records[0].getMessage())
    assert (start["code"], records[0].levelname) == ("ok", "INFO")
    assert [secret["label"] for secret in start["secrets"]] == ["new", "old"]
    assert start["past_seconds"] == 300


# ---- 31


@TWINS
def test_31_raw_lines_are_of_failures_and_capped(kind: type) -> None:
    raw = logging.getLogger("overten_webhook.raw")
    receiver = receiver_of(kind, log_raw="failures", handler=functions_that_raise(ValueError(), 1)["plain"])
    with logged() as records:
        for body in (BODY, BODY, b"\xff" * 20_000, ("{\u00e9" * 10_000).encode()):
            headers = [*V0, ("Cookie", "private"), ("Content-Type", b"application/json")]
            finished(receiver.receive("POST", iter(headers), body))
        lines = [json.loads(it.getMessage()) for it in records if it.name == raw.name]
    failed, forged, text = lines
    assert failed["raw"] == "unavailable"
    assert failed["headers"] == {
        "X-Overten-Signature": "sha256=f28888a0\u2026",
        "X-Overten-Timestamp": str(NOW),
        "X-Overten-Event": "run.completed",
        "Content-Type": "application/json",
    }
    assert failed["body"] == BODY.decode()
    assert (failed["body_bytes"], failed["body_sha256"]) == (len(BODY), hashlib.sha256(BODY).hexdigest())
    assert (forged["raw"], forged["cut_at"], forged["body_bytes"]) == ("signature_mismatch", 16_384, 20_000)
    assert base64.b64decode(forged["body_base64"]) == b"\xff" * 16_384
    assert len(text["body"].encode()) == text["cut_at"] <= 16_384


def test_31_raw_lines_are_capped_in_number() -> None:
    receiver = receiver_of(Receiver, log_raw="all")
    now = [0]
    receiver._monotonic_ms = lambda: now[0]
    with logged() as records:
        for now[0] in (*range(100), *range(60_000, 60_100)):
            deliver(receiver)
    assert len([it for it in records if it.name == "overten_webhook.raw"]) == 60


def test_31_is_off_by_default() -> None:
    with logged() as records:
        receiver_of(Receiver).receive("POST", V0, BODY + b" ")
    assert "overten_webhook.raw" not in {it.name for it in records}
    with pytest.raises(ValueError, match="log_raw"):
        receiver_of(Receiver, log_raw="yes")
