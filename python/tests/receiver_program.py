"""What a user of the receiver writes; see user_program.py for the verifier."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Response
from flask import Flask
from typing_extensions import assert_type

from overten_webhook import (
    AsyncReceiver,
    Claim,
    Delivery,
    EnvSecrets,
    Event,
    MemoryStore,
    PayloadError,
    PermanentFailure,
    Receiver,
    Reply,
    SqliteStore,
    Store,
    Tolerance,
    asgi,
    wsgi,
)
from overten_webhook.fastapi import webhook_dependency
from overten_webhook.flask import webhook_view
from overten_webhook.stores.redis import RedisStore


class MyStore:
    """A store of the user's own, which inherits nothing."""

    @property
    def durable(self) -> bool:
        return True

    def claim(self, key: str, *, now: int, until: int) -> Claim:
        assert_type(Claim(key, "new").state, Literal["new", "duplicate", "in_flight"])
        return Claim(key, "new" if now < until else "in_flight")

    def commit(self, claim: Claim, *, now: int, until: int) -> None: ...

    def release(self, claim: Claim) -> None: ...


def handle(event: Event) -> None:
    if not event.idempotency_key():
        raise PermanentFailure(event.run_id)


async def handle_async(event: Event) -> None:
    handle(event)


def keep(delivery: Delivery, error: PayloadError) -> None:
    print(delivery.body_key(), error.field)


async def keep_async(delivery: Delivery, error: PayloadError) -> None:
    keep(delivery, error)


def stores() -> list[Store]:
    return [MemoryStore(max_keys=5), SqliteStore("keys"), RedisStore.from_url("redis://localhost"), MyStore()]


def receive(chunks: Iterator[bytes]) -> Reply:
    receiver = Receiver("a", handler=handle)
    receiver = Receiver(
        EnvSecrets("SECRETS"),
        handler=handle,
        quarantined=keep,
        store=MyStore(),
        path="/hook",
        scope="task",
        tolerance=Tolerance(past=Tolerance.UNLIMITED),
        retention=timedelta(days=8),
        mismatch_status=503,
    )
    receiver.receive("POST", {"a": "b"}, b"")
    reply = receiver.receive("POST", [("a", "b")], chunks, target="/hook")
    assert_type(reply.status, int)
    assert_type(reply.body, bytes)
    return reply


async def receive_async(chunks: AsyncIterator[bytes]) -> Reply:
    AsyncReceiver({"label": "a"}, handler=handle, quarantined=keep)
    receiver = AsyncReceiver("a", handler=handle_async, quarantined=keep_async, tolerance=Tolerance.OFF)
    await receiver.receive("POST", {"a": "b"}, b"")
    return await receiver.receive("POST", {"a": "b"}, chunks)


def serve(receiver: Receiver, async_receiver: AsyncReceiver) -> object:
    app = FastAPI()
    dependency = webhook_dependency(async_receiver)

    async def overten(reply: Annotated[Response, Depends(dependency)]) -> Response:
        return reply

    app.post("/hook")(overten)
    Flask(__name__).add_url_rule("/hook", view_func=webhook_view(receiver), strict_slashes=False)
    return app, asgi.webhook_app(async_receiver), wsgi.webhook_app(receiver)
