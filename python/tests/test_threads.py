"""One verifier, many threads."""

import sys
import sysconfig
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from overten_webhook import SignatureMismatch, Verifier, diagnose, sign
from support import BODY, HEADERS, NOW, S1, SIGNATURE

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
VERIFIER = Verifier(S1, max_body_bytes=64 * 1024 * 1024)


def test_many_threads_get_the_right_verdict() -> None:
    large = b'{"event":"run.failed","run_id":"large"}' + b" " * 200_000
    large_headers = sign(large, S1, now=NOW)
    start = threading.Barrier(8)

    def work(index: int) -> list[str]:
        start.wait()
        verdicts = []
        for turn in range(300):
            if (index + turn) % 3 == 0:
                with pytest.raises(SignatureMismatch):
                    VERIFIER.verify(BODY + b" ", HEADERS, now=NOW)
            elif (index + turn) % 3 == 1:
                verdicts.append(VERIFIER.verify(BODY, HEADERS, now=NOW).event().run_id)
            else:
                verdicts.append(VERIFIER.verify(large, large_headers, now=NOW).event().run_id)
        return verdicts

    with ThreadPoolExecutor(8) as pool:
        for verdicts in pool.map(work, range(8)):
            assert len(verdicts) == 200
            assert set(verdicts) == {"run_01", "large"}


def test_events_are_read_from_many_threads_at_once() -> None:
    event = VERIFIER.verify(BODY, HEADERS, now=NOW).event()
    start = threading.Barrier(8)

    def read(_: int) -> tuple[int, str, bool]:
        start.wait()
        return id(event.data), event.run_id, event.raw is BODY

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(read, range(8)))) == 1


def is_finished_by(call: Callable[[bytes, dict[str, str]], str], body: bytes) -> bool:
    """Tell whether another thread, let go right before a forged body is looked at, is done right after."""
    headers = sign(body, S1, now=NOW) | {"X-Overten-Signature": SIGNATURE}
    go, finished = threading.Event(), False

    def work() -> None:
        nonlocal finished
        go.wait()
        finished = True

    worker = threading.Thread(target=work)
    worker.start()
    interval = sys.getswitchinterval()
    # Longer than any of this takes: only who lets go of the interpreter lets another thread run.
    sys.setswitchinterval(60)
    try:
        go.set()
        verdict = call(body, headers)
        seen = finished
    finally:
        sys.setswitchinterval(interval)
        worker.join()
    assert verdict == "signature_mismatch"
    return seen


def outcome(body: bytes, headers: dict[str, str]) -> str:
    try:
        VERIFIER.verify(body, headers, now=NOW)
    except SignatureMismatch as error:
        return error.code
    return "verified"


def diagnosed(body: bytes, headers: dict[str, str]) -> str:
    return diagnose(headers, body, S1, now=NOW).code


@pytest.mark.skipif(FREE_THREADED, reason="there is no interpreter to let go of")
def test_other_threads_run_while_a_large_body_is_hashed() -> None:
    # Hashing takes tens of milliseconds, in which a thread that can run is all but sure to have woken.
    assert any(is_finished_by(outcome, b" " * (64 * 1024 * 1024)) for _ in range(10))
    assert any(is_finished_by(diagnosed, b" " * (256 * 1024)) for _ in range(10))


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="NO FREE-THREADED INTERPRETER: K10-08 not run"
)
def test_free_threaded_python_keeps_the_gil_off() -> None:
    """K10-08: importing has not turned it back on, and eight threads agree."""
    assert not sys._is_gil_enabled()
    start = threading.Barrier(8)

    def work(_: int) -> str:
        start.wait()
        return VERIFIER.verify(BODY, HEADERS, now=NOW).event().run_id

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == ["run_01"] * 8
