"""The steps of a receiver in an event loop; see `_steps`."""

import asyncio
import inspect
from collections.abc import AsyncIterable, Callable, Coroutine
from typing import Any, Final

from overten_webhook._steps import P, T

# An event loop itself holds its tasks weakly.
_UNFINISHED: Final[set[asyncio.Task[Any]]] = set()


class AsyncSteps:
    """The body is awaited, the store called in a thread, and so is a handler that is not async."""

    async def read(self, body: AsyncIterable[bytes], max_body_bytes: int) -> bytes:
        """See `Steps`."""
        chunks, size = [], 0
        async for chunk in body:
            chunks.append(chunk)
            size += len(chunk)
            if size > max_body_bytes:
                break
        return b"".join(chunks)

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """See `Steps`."""
        return await asyncio.to_thread(function, *args, **kwargs)

    async def hand_on(self, handler: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """See `Steps`."""
        is_async: bool = inspect.iscoroutinefunction(handler)
        result = handler(*args, **kwargs) if is_async else await asyncio.to_thread(handler, *args, **kwargs)
        if inspect.isawaitable(result):
            await result

    async def finish(self, rest: Coroutine[Any, Any, T]) -> T:
        """See `Steps`. A server that cancels the request, because its client went away, does not cancel this."""
        task = asyncio.create_task(rest)
        _UNFINISHED.add(task)
        task.add_done_callback(_UNFINISHED.discard)
        return await asyncio.shield(task)
