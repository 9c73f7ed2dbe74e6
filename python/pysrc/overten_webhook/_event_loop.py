"""How `AsyncReceiver` takes its steps. Apart from it, because asyncio takes as long to import as all the rest."""

import asyncio
import inspect
from collections.abc import AsyncIterable, Callable
from typing import TYPE_CHECKING, Any, Final, cast

from overten_webhook._driver import Reply, Work
from overten_webhook._functions import is_async
from overten_webhook._threads import Threads

if TYPE_CHECKING:
    from overten_webhook.async_receiver import AsyncReceiver

_FUNCTIONS: Final = ("hand_on", "set_aside")
# An event loop itself holds its tasks weakly.
_UNFINISHED: Final[set[asyncio.Task[Any]]] = set()


async def drive(receiver: "AsyncReceiver", work: Work, body: object) -> Reply:
    """Take every step of a request. Where that is not done in time, the reply comes first and the work goes on."""
    if work.asked == "answer":
        return cast("Reply", receiver._end(work))
    answer_by_ms = work.reception.answer_by_ms
    task = asyncio.create_task(_go_on(receiver, work, body))
    _UNFINISHED.add(task)
    task.add_done_callback(_UNFINISHED.discard)
    try:
        await _until_due(task, (answer_by_ms - receiver._monotonic_ms()) / 1000)
    except asyncio.CancelledError:
        # The server gave up: a body is not read on for nobody, but what is claimed is handled to its end.
        if work.asked == "read_body":
            task.cancel()
        raise
    if not task.done():
        is_reading = work.asked == "read_body"
        meanwhile = receiver._late(work)
        if is_reading:
            task.cancel()
        if meanwhile is not None:
            return meanwhile
    return cast("Reply", await asyncio.shield(task))


async def _until_due(task: asyncio.Task[Any], seconds: float) -> None:
    await asyncio.wait({task}, timeout=max(0, seconds))


async def _go_on(receiver: "AsyncReceiver", work: Work, body: object) -> Reply | None:
    if work.asked == "read_body" and not await _read(receiver, work, body):
        return None
    while work.asked != "answer":
        await _take_step(receiver, work)
    return receiver._end(work)


async def _read(receiver: "AsyncReceiver", work: Work, body: Any) -> bool:
    """Read the body; False where somebody has stopped waiting for it, and said so."""
    try:
        if hasattr(body, "__aiter__"):
            body = await _collect(body, work.reception.max_body_bytes)
    except BaseException as error:
        if work.asked != "read_body":
            return False
        work.broken_off(error)
    else:
        receiver._read_whole(work, body)
    return True


async def _collect(body: AsyncIterable[bytes], max_body_bytes: int) -> bytes:
    chunks, size = [], 0
    async for chunk in body:
        chunks.append(chunk)
        size += len(chunk)
        if size > max_body_bytes:
            break
    return b"".join(chunks)


async def _take_step(receiver: "AsyncReceiver", work: Work) -> None:
    try:
        if work.asked == "claim" and not work.is_claimed:
            await _in_thread(work, receiver._store_threads, receiver._ask_store)
        elif work.asked in ("claim", *_FUNCTIONS):
            await _run_function(receiver, work)
        else:
            await _in_thread(work, receiver._store_threads, receiver._do_step)
    except BaseException as error:
        work.failed(error)


async def _run_function(receiver: "AsyncReceiver", work: Work) -> None:
    """Begin the work and call the user's function: in the event loop if it is async, in a thread otherwise."""
    is_for_handler = work.asked != "set_aside" and work.reception.event is not None
    if is_async(receiver._handler if is_for_handler else receiver._set_aside):
        result = receiver._begin_and_call(work)
    else:
        is_done, result = await _in_thread(work, receiver._handler_threads, receiver._begin_and_call)
        if not is_done:
            return
    if work.asked in _FUNCTIONS:
        receiver._has_returned(work, await result if inspect.isawaitable(result) else result)


async def _in_thread(work: Work, threads: Threads, function: Callable[[Work], Any]) -> tuple[bool, Any]:
    """Call it in a thread: whether it has returned, and what. It cannot be taken back: a cancellation waits for it."""
    done = asyncio.wrap_future(threads.submit(function, work))
    while not done.done():
        try:
            await asyncio.wait({done})
        except asyncio.CancelledError:
            continue
    result, error = done.result()
    if error is not None:
        work.failed(error, in_own_thread=True)
    return error is None, result
