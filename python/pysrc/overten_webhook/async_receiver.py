"""The async twin of `overten_webhook.receiver`."""

from collections.abc import AsyncIterable

from overten_webhook._driver import Driver, Reply, WholeBody
from overten_webhook._settings import HeadersInput
from overten_webhook._threads import Threads


class AsyncReceiver(Driver):
    """The async twin of `Receiver`: the same settings and answers, for an asyncio event loop.

    The two functions may be `async def`; a plain `def` runs in one of 32 threads of the receiver's own, and the store
    in one of another 4. A `SystemExit` that is raised in one of these threads ends that call alone: the claim is given
    back and the answer is 503. The adapters for ASGI and FastAPI are made of it.

    Where the work takes longer than 10 s the reply comes first (503, so that Overten asks again), and the work goes on:
    what has been claimed is handled to its end, even if the server cancels the request because the client went away.
    Where the event loop itself ends, a plain function is waited for, and an async one is cancelled and gives its claim
    back.

    >>> import asyncio
    >>> from overten_webhook import SetAsideInLog, sign
    >>> secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    >>> async def handle(event):
    ...     print(event.name, event.run_id)
    >>> receiver = AsyncReceiver(secret, handler=handle, set_aside=SetAsideInLog(), clock=lambda: 1_760_000_000)
    >>> body = b'{"event":"run.failed","run_id":"run_02"}'
    >>> asyncio.run(receiver.receive("POST", sign(body, secret, now=1_760_000_000), body)).code
    run.failed run_02
    'accepted'
    """

    _may_await = True

    def _prepare(self) -> None:
        self._store_threads = Threads("store", 4)
        self._handler_threads = Threads("handler", 32)

    async def receive(
        self,
        method: str | bytes,
        headers: HeadersInput,
        body: WholeBody | AsyncIterable[bytes],
        *,
        target: str | bytes | None = None,
    ) -> Reply:
        """See `Receiver.receive`; chunks come from an async iterable."""
        from overten_webhook import _event_loop

        return await _event_loop.drive(self, self._begin(method, headers, target), body)
