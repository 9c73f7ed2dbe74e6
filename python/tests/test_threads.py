"""One verifier, many threads."""

import sys
import sysconfig
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from overten_webhook import SignatureMismatch, Verifier, sign
from support import BODY, HEADERS, NOW, S1, SIGNATURE

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


def test_other_threads_run_while_a_large_body_is_hashed() -> None:
    """With a switch interval that no wait outlasts, only a call that lets go of the interpreter lets others count."""
    body = b" " * (64 * 1024 * 1024)
    headers = sign(body, S1, now=NOW) | {"X-Overten-Signature": SIGNATURE}
    counted, running, stop = 0, threading.Event(), False

    def count() -> None:
        nonlocal counted
        running.set()
        while not stop:
            counted += 1

    interval = sys.getswitchinterval()
    counter = threading.Thread(target=count)
    counter.start()
    try:
        running.wait()
        sys.setswitchinterval(1e-6)
        before = counted
        with pytest.raises(SignatureMismatch):
            VERIFIER.verify(body, headers, now=NOW)
        after = counted
    finally:
        sys.setswitchinterval(interval)
        stop = True
        counter.join()
    # Hashing takes tens of milliseconds; a turn of the loop well under a microsecond.
    assert after - before > 10_000


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
