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
    SetAsideInFolder,
    SetAsideInLog,
    SqliteStore,
    Store,
    Tolerance,
    asgi,
    wsgi,
)
from overten_webhook.fastapi import webhook_dependency
from overten_webhook.flask import webhook_view
from overten_webhook.stores import judge
from overten_webhook.stores.redis import RedisStore


class MyStore:
    """A store of the user's own, which inherits nothing."""

    @property
    def durable(self) -> bool:
        return True

    def claim(self, key: str, *, token: str, now: int, lease_seconds: int, retention_seconds: int) -> Claim:
        state = judge(now, committed=False, now=now, lease_seconds=lease_seconds, retention_seconds=retention_seconds)
        assert_type(state, Literal["new", "duplicate", "in_flight"])
        return state

    def commit(self, key: str, *, token: str, now: int, retention_seconds: int) -> bool:
        return bool(key)

    def release(self, key: str, *, token: str) -> None: ...


def handle(event: Event) -> None:
    if not event.idempotency_key():
        raise PermanentFailure(event.run_id)


async def handle_async(event: Event) -> None:
    handle(event)


def handle_and_count(event: Event) -> int:
    handle(event)
    return len(event.raw)


def keep(delivery: Delivery, why: PayloadError | PermanentFailure) -> None:
    print(delivery.body_key(), why.field if isinstance(why, PayloadError) else str(why))


async def keep_async(delivery: Delivery, why: PayloadError | PermanentFailure) -> None:
    keep(delivery, why)


def stores() -> list[Store]:
    return [MemoryStore(max_keys=5), SqliteStore("keys"), RedisStore.from_url("redis://localhost"), MyStore()]


def receive(chunks: Iterator[bytes]) -> Reply:
    receiver = Receiver("a", handler=handle, set_aside=keep)
    receiver = Receiver("a", handler=handle_and_count, set_aside=SetAsideInFolder("folder"))
    assert_type(receiver.problem, str | None)
    assert_type(receiver.last_matched(), dict[str, int | None])
    receiver = Receiver(
        EnvSecrets("SECRETS"),
        handler=handle,
        set_aside=SetAsideInLog(),
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
    AsyncReceiver({"label": "a"}, handler=handle, set_aside=keep)
    receiver = AsyncReceiver("a", handler=handle_async, set_aside=keep_async, tolerance=Tolerance.OFF)
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
