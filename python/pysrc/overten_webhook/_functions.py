"""The user's functions: which are refused, what shows that one has not run, and what is said of one that failed."""

import inspect
import os
from functools import partial
from typing import Any


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
    """Raise where a function gave back what is still to be run: a coroutine, a generator, a future."""
    if inspect.iscoroutine(result) or inspect.isgenerator(result):
        result.close()
    elif not (
        inspect.isawaitable(result)
        or inspect.isasyncgen(result)
        or hasattr(type(result), "add_done_callback")  # a future of any library
    ):
        return
    raise TypeError(f"it returned a {type(result).__name__}, whose work is still to be done: return once it is done")


def words(error: BaseException) -> bytes:
    """Say what was raised, where, and what its text is, if it has one."""
    try:
        text = str(error)
    except BaseException:
        text = ""
    return f"{type(error).__name__}{_place(error)}{': ' if text else ''}{text}".encode("utf-8", "backslashreplace")


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
