"""What a user writes; test_types.py has the type checkers prove it, and that they notice what it leaves out."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Literal

from aiohttp import web
from starlette.requests import Request
from typing_extensions import assert_never, assert_type
from werkzeug.datastructures import Headers

import overten_webhook
from overten_webhook import (
    EnvSecrets,
    Event,
    OtherEvent,
    PayloadError,
    RunCompleted,
    RunFailed,
    SecretError,
    TimestampError,
    Tolerance,
    Verifier,
    WebhookError,
    diagnose,
)
from overten_webhook.diagnosis import Cause, Report


def make() -> Verifier:
    try:
        verifier = Verifier(os.environ.get("OVERTEN_WEBHOOK_SECRETS"))
    except SecretError as error:
        assert_type(error.position, int | None)
        verifier = Verifier({"subscription": "a", "previous": b"b"}, tolerance=Tolerance(past=Tolerance.UNLIMITED))
    Verifier(["a", "b"], tolerance=Tolerance.OFF, max_body_bytes=5)
    Verifier(b"a", tolerance=timedelta(0))
    return verifier


def told(event: Event) -> str:
    match event:
        case RunCompleted(run_id, download_url=download_url):
            assert_type(run_id, str)
            assert_type(event.name, Literal["run.completed"])
            assert_type(download_url, str | None)
            return run_id
        case RunFailed(run_id=run_id, error=error):
            return run_id if error is None else error.code or run_id
        case OtherEvent():
            return event.name
        case _:
            assert_never(event)


def receive(body: bytes, headers: Mapping[str, str]) -> str:
    verifier = make()
    try:
        delivery = verifier.verify(body, headers, now=datetime.now(timezone.utc))
        event = delivery.event()
    except PayloadError as error:
        assert_type(error.offset, int | None)
        return "unreadable"
    except TimestampError as error:
        return f"{error.age} of {error.tolerance}"
    except WebhookError as error:
        return f"{error.code} {error.status} {error.retryable}"
    assert_type(event, Event)
    assert_type(event.credits_used, float | None)
    assert_type(event.duration_ms, int | None)
    assert_type(event.raw, bytes)
    assert_type(event.member("cost"), str | None)
    assert_type(delivery.body_key(), str)
    key: str = event.idempotency_key("task")
    return key + told(event)


def explain(body: bytes, headers: Mapping[str, str]) -> str:
    report = diagnose(headers, body, EnvSecrets(), now=5.5, other_secrets={"organisation": "b"})
    assert_type(report, Report)
    assert_type(report.causes, tuple[Cause, ...])
    assert_type(report.outcome, Literal["verifies", "explained", "unexplained"])
    assert_type(report.facts.skew_seconds, int | None)
    diagnose(headers, body, ["a"], tolerance=timedelta(1), max_body_bytes=5)
    return "\n".join(cause.change for cause in report.causes) or str(report) or report.to_json()


async def frameworks(
    request: Request, other: web.Request, headers: Headers, pairs: Iterator[tuple[bytes, bytes]]
) -> None:
    verifier = make()
    verifier.verify(await request.body(), request.headers)
    verifier.verify(await other.read(), other.headers, now=5)
    verifier.verify(bytearray(b""), headers, now=5.0)
    verifier.verify(memoryview(b""), pairs)
    verifier.verify(b"", [("a", "b")])
    verifier.verify(b"", overten_webhook.sign(b"", "a", now=5))
    Verifier.check_headers({"a": "b", "c": None})
