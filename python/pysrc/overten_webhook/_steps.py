"""How a receiver reads, calls and waits: at once here, in an event loop in `_async_steps`. What it decides is the same.

They are two modules because asyncio takes as long to import as all the rest of this package.
"""

import inspect
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Steps(Protocol):
    """What a receiver does to the world."""

    async def read(self, body: Any, max_body_bytes: int) -> bytes:
        """Read the body, and stop once it is over the limit."""

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that may block, of the store."""

    async def hand_on(self, handler: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Call the user's handler."""

    async def finish(self, rest: Coroutine[Any, Any, T]) -> T:
        """Run to its end what must not stop halfway."""


class SyncSteps:
    """Every step is a plain call, so that the coroutine around them never waits: `run` ends it in one go."""

    @staticmethod
    def run(coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine of these steps."""
        try:
            coroutine.send(None)
        except StopIteration as end:
            result: T = end.value
            return result
        raise AssertionError("a step waited")

    async def read(self, body: Iterable[bytes], max_body_bytes: int) -> bytes:
        """See `Steps`."""
        chunks, size = [], 0
        for chunk in body:
            chunks.append(chunk)
            size += len(chunk)
            if size > max_body_bytes:
                break
        return b"".join(chunks)

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Steps`."""
        return function(*args, **kwargs)

    async def hand_on(self, handler: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """See `Steps`. A coroutine that nobody awaits would be an event lost."""
        result = handler(*args, **kwargs)
        if inspect.isawaitable(result):
            if inspect.iscoroutine(result):
                result.close()
            raise TypeError("the handler is async: AsyncReceiver takes those")

    async def finish(self, rest: Coroutine[Any, Any, T]) -> T:
        """See `Steps`."""
        return await rest
