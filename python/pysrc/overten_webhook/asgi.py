"""A receiver as an ASGI application, to run by itself or beside another: needs nothing but this package."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from overten_webhook._environ import undecoded
from overten_webhook.async_receiver import AsyncReceiver

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]


def webhook_app(receiver: AsyncReceiver) -> Callable[[_Message, _Receive, _Send], Awaitable[None]]:
    """Give the application. Give the receiver its whole `path`.

    Run it by itself, or mount it at the root of another, behind that one's own routes:
    `app.mount("/", webhook_app(receiver))`. Not at its path: Starlette and FastAPI redirect `/webhooks/overten` to a
    mount there, or answer it with 404 if redirects are off, and either loses the delivery. At a path above
    (`app.mount("/webhooks", …)`) the receiver's `path` is still the whole one.

    Raises `ValueError` for what is not HTTP, as the ASGI specification has it for protocols that are not supported.
    """

    async def app(scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"this application speaks HTTP, not {scope['type']}")
        target = scope.get("raw_path") or undecoded(scope["path"])
        reply = await receiver.receive(scope["method"], scope["headers"], _chunks(receive), target=target)
        headers = [(name.lower().encode(), value.encode()) for name, value in reply.headers]
        headers.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    return app


async def _chunks(receive: _Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client went away before the body had ended")
        yield message.get("body", b"")
        more = message.get("more_body", False)
