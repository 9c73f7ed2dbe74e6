"""Threads of a receiver's own: neither a slow handler nor a hung store may wait for, or keep up, anything else."""

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor


class Threads:
    """At most so many threads, started when they are first needed; after a fork the child has its own."""

    def __init__(self, name: str, count: int) -> None:
        self._name = f"overten-webhook-{name}"
        self._count = count
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._executor: ThreadPoolExecutor | None = None

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[tuple[Any, BaseException | None]]":
        """Call it in one of them. The future gives what it returned and what it raised, and raises neither."""
        if self._pid != os.getpid():
            self._start()
        assert self._executor is not None  # noqa: S101
        return self._executor.submit(_captured, function, *arguments)

    def _start(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with self._lock:
            if self._pid != os.getpid():
                self._executor = ThreadPoolExecutor(self._count, self._name)
                self._pid = os.getpid()


def _captured(function: Callable[..., Any], *arguments: Any) -> tuple[Any, BaseException | None]:
    # A StopIteration that a future raised would never reach who awaits it.
    try:
        return function(*arguments), None
    except BaseException as error:
        return None, error
