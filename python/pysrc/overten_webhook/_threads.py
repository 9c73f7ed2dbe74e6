"""Threads of a receiver's own: neither a slow handler nor a hung store may wait for, or keep up, anything else.

And the lock for what they share, which no fork leaves locked.
"""

import os
import threading
import weakref
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor


class Threads:
    """At most so many threads, started when they are first needed; after a fork the child has its own."""

    def __init__(self, name: str, count: int) -> None:
        self._name = f"overten-webhook-{name}"
        self._count = count
        self._started: tuple[int, ThreadPoolExecutor] | None = None

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[tuple[Any, BaseException | None]]":
        """Call it in one of them. The future gives what it returned and what it raised, and raises neither."""
        started = self._started
        if started is None or started[0] != os.getpid():
            from concurrent.futures import ThreadPoolExecutor

            self._started = started = (os.getpid(), ThreadPoolExecutor(self._count, self._name))
        return started[1].submit(copy_context().run, _captured, function, *arguments)


def _captured(function: Callable[..., Any], *arguments: Any) -> tuple[Any, BaseException | None]:
    # A StopIteration that a future raised would never reach who awaits it.
    try:
        return function(*arguments), None
    except BaseException as error:
        return None, error


class LockOfProcess:
    """A lock that is free in a forked child: whoever held it in the parent is not there to let it go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        _LOCKS.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def renew(self) -> None:
        """Make it free."""
        self._lock = threading.Lock()


_LOCKS: Final[weakref.WeakSet[LockOfProcess]] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for lock in list(_LOCKS):
        lock.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
