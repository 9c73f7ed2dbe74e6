"""The user's functions: which are refused, what shows that one has not run, and what is said of one that failed."""

import inspect
import os
from collections.abc import Callable, ValuesView
from functools import partial
from typing import Any, Final


class PermanentFailure(Exception):
    """Raised by a handler for an event that it will never be able to handle, so that sending it again is no use.

    The delivery is set aside, its key is committed, and Overten gets its 200.
    """


def check_function(name: str, function: Any, *, may_be_async: bool) -> None:
    """Refuse what would be taken for done without having run, as far as that can be told before it is called."""
    if not callable(function):
        raise TypeError(f"{name} must be a function, not {type(function).__name__}")
    code = _code_of(function)
    if inspect.isgeneratorfunction(code) or inspect.isasyncgenfunction(code):
        raise TypeError(f"{name} is a generator, which runs only while somebody iterates over it: remove its `yield`")
    if inspect.iscoroutinefunction(code) and not may_be_async:
        raise TypeError(f"{name} is an `async def`, which Receiver cannot await: use AsyncReceiver, or a plain `def`")


def is_async(function: Any) -> bool:
    """Tell whether calling it gives a coroutine, without running any of it."""
    return inspect.iscoroutinefunction(_code_of(function))


def refuse_unfinished(result: object) -> None:
    """Raise where a function gave back what is still to be run, by itself or in a list.

    Any other result is none of a receiver's business: a row, a message's id, a queue's receipt.
    """
    inside = result.values() if isinstance(result, dict) else result
    parts = [result, *inside] if isinstance(inside, _COLLECTIONS) else [result]
    unfinished = [part for part in parts if _is_unfinished(part)]
    for part in unfinished:
        if inspect.iscoroutine(part) or inspect.isgenerator(part):
            part.close()
    if unfinished:
        kind = type(unfinished[0]).__name__
        raise TypeError(f"it returned a {kind}, whose work is still to be done: return once it is done")


_COLLECTIONS: Final = (list, tuple, set, frozenset, ValuesView)
# Futures; gevent's and eventlet's greenlets; threads and processes; Celery's signatures.
_UNFINISHED: Final = ("add_done_callback", "add_callback", "rawlink", "switch", "is_alive", "apply_async")
# A cursor, whose statement has run, is an iterator; a queue's receipt for a task that it has, and a mock, are callable.
_FINISHED: Final = ("fetchone", "get", "assert_called")


def _is_unfinished(result: object) -> bool:
    kind = type(result)

    def has(name: str) -> bool:
        return callable(getattr(kind, name, None))

    if inspect.isawaitable(result) or any(map(has, _UNFINISHED)) or (has("link") and has("ready")):
        return True
    if any(base.__module__ == "multiprocessing.pool" for base in kind.__mro__):  # Celery's has the same methods
        return True
    return (has("__next__") or has("__anext__") or callable(result)) and not any(map(has, _FINISHED))


def words(error: BaseException) -> bytes:
    """Say what was raised, where, and what its text is, if it has one; whatever its class makes of these."""
    name, place, text = (_encoded(partial(part, error)) for part in (_name, _place, str))
    return name + place + (b": " + text if text else b"")


def _encoded(give: Callable[[], str]) -> bytes:
    try:
        return str.encode(give(), "utf-8", "backslashreplace")  # of a subclass too
    except BaseException:
        return b""


def _name(error: BaseException) -> str:
    name: str = type.__dict__["__name__"].__get__(type(error))  # past a metaclass
    return name


def _place(error: BaseException) -> str:
    """Give the file and line of the innermost frame."""
    frame = error.__traceback__
    if frame is None:
        return ""
    while frame.tb_next is not None:
        frame = frame.tb_next
    return f" ({os.path.basename(frame.tb_frame.f_code.co_filename)}:{frame.tb_lineno})"


def _code_of(function: Any) -> Any:
    """Give what runs when it is called: a partial's function, an object's `__call__`."""
    while isinstance(function, partial):
        function = function.func
    if inspect.isroutine(function) or inspect.isclass(function):
        return function
    return function.__call__
