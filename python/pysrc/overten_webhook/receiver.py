"""Take each delivery in exactly once: verify, claim, hand on, commit, answer."""

import math
import os
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar, cast

from overten_webhook import _core
from overten_webhook._core import Delivery, Verifier
from overten_webhook._log import LogLine, log_quarantined, log_whole
from overten_webhook._settings import HeadersInput, SecretsInput, Tolerance, tolerance_sides
from overten_webhook._steps import Steps, SyncSteps
from overten_webhook.exceptions import PayloadError, SecretError, TimestampError, WebhookError
from overten_webhook.stores import Claim, MemoryStore, Store

if TYPE_CHECKING:
    from overten_webhook import Event, Scope

Handler: TypeAlias = "Callable[[Event], None]"
QuarantineHandler: TypeAlias = Callable[[Delivery, PayloadError], None]
AsyncHandler: TypeAlias = "Callable[[Event], Awaitable[None]] | Callable[[Event], None]"
AsyncQuarantineHandler: TypeAlias = Callable[[Delivery, PayloadError], Awaitable[None]] | QuarantineHandler

_WholeBody: TypeAlias = bytes | bytearray | memoryview
# What `verify` takes, or refuses in words of its own; all else that can be iterated is chunks.
_NOT_CHUNKS = (bytes, bytearray, memoryview, str, dict, type(None))
_H = TypeVar("_H", bound=Callable[..., object])
_Q = TypeVar("_Q", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Reply:
    """How to answer a request: exactly this, since Overten counts 3xx and most of 4xx as final or failed.

    `code` is the stable word that the body names, such as `accepted` or `signature_mismatch`.
    """

    code: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class PermanentFailure(Exception):
    """Raised by a handler for a delivery that it will never be able to handle, so that sending it again is no use.

    The delivery is written to the log whole, its key is committed, and Overten gets its 200.
    """


@dataclass(frozen=True, slots=True)
class EnvSecrets:
    """Secrets from an environment variable: one a line, each optionally `label:secret`; blank lines are skipped.

    A receiver over these is made even if the variable is unset or wrong, and then answers every delivery with 503
    `misconfigured` and one log line that says why: Overten delivers again once it is mended. There is no default.
    """

    variable: str = "OVERTEN_WEBHOOK_SECRETS"


class _Receiver(Generic[_H, _Q]):
    def __init__(
        self,
        secrets: SecretsInput | EnvSecrets,
        *,
        handler: _H,
        quarantined: _Q | None = None,
        store: Store | None = None,
        path: str | None = None,
        scope: "Scope" = "run",
        tolerance: Tolerance | timedelta | Literal["by_store"] | None = "by_store",
        max_body_bytes: int = _core.DEFAULT_MAX_BODY_BYTES,
        retention: timedelta = timedelta(seconds=_core.DEFAULT_RETENTION_SECONDS),
        lease: timedelta = timedelta(seconds=_core.DEFAULT_LEASE_SECONDS),
        mismatch_status: Literal[401, 503] = 401,
        clock: Callable[[], float] = time.time,
    ) -> None:
        _one_of("scope", scope, ("run", "task"))
        _one_of("mismatch_status", mismatch_status, (401, 503))
        if path is not None and not path.startswith("/"):
            raise ValueError(f"path must start with a slash, like '/webhooks/overten', not {path!r}")
        self._handler = handler
        self._quarantined: Callable[..., object] = log_quarantined if quarantined is None else quarantined
        self._store: Store = MemoryStore() if store is None else store
        self._path = path
        self._scope = scope
        self._retention_seconds = _whole_seconds("retention", retention)
        self._lease_seconds = _whole_seconds("lease", lease)
        self._retry_mismatch = mismatch_status == 503
        self._clock = clock
        if tolerance == "by_store":
            tolerance = Tolerance.for_receiver(durable=self._store.durable)
        _core.check_retention(self._retention_seconds, *tolerance_sides(tolerance))
        self._verifier, self._fault = _make_verifier(secrets, tolerance, max_body_bytes)

    async def _receive(
        self,
        steps: Steps,
        method: str,
        headers: HeadersInput,
        body: _WholeBody | Iterable[bytes] | AsyncIterable[bytes],
        target: str | None,
    ) -> Reply:
        line = LogLine()
        code = _core.judge_request(None if target is None else self._path, method, target or "/")
        if code is not None:
            return self._reply(line, code)
        if self._verifier is None:
            return self._reply(line, "misconfigured", self._fault)
        headers = headers if hasattr(headers, "items") else list(headers)  # they are looked at twice
        try:
            self._verifier.check_headers(headers)
        except WebhookError as error:
            return self._reply(line, error.code, str(error))
        try:
            whole = body if isinstance(body, _NOT_CHUNKS) else await steps.read(body, self._verifier.max_body_bytes)
        except Exception as error:
            return self._reply(line, "unavailable", "the body could not be read", error)
        now = math.floor(self._clock())
        try:
            delivery = self._verifier.verify(cast("_WholeBody", whole), headers, now=now)
        except WebhookError as error:
            line.add(body_bytes=len(whole), age_seconds=error.age if isinstance(error, TimestampError) else None)
            return self._reply(line, error.code, str(error))
        return await steps.finish(self._take_in(steps, line, delivery, now))

    async def _take_in(self, steps: Steps, line: LogLine, delivery: Delivery, now: int) -> Reply:
        line.add(body_bytes=len(delivery.body), secret=delivery.secret_label, age_seconds=delivery.age)
        try:
            event = delivery.event()
        except PayloadError as error:
            line.add(detail=str(error))
            work = _Work("quarantined", delivery.body_key(), self._quarantined, (delivery, error))
        else:
            line.add(event=event.name, run_id=event.run_id, task_id=event.task_id)
            work = _Work("accepted", event.idempotency_key(self._scope), self._handler, (event,))
        claim_until = now + self._lease_seconds
        try:
            claim = await steps.call(self._store.claim, work.key, now=now, until=claim_until)
            if claim.state not in ("new", "duplicate", "in_flight"):
                raise TypeError(f"claim() answered {claim.state!r}")  # noqa: TRY301
        except Exception as error:
            return self._reply(line, "unavailable", "the store did not answer a claim", error)
        if claim.state != "new":
            return self._reply(line, claim.state)
        try:
            await steps.hand_on(work.handler, *work.arguments)
        except PermanentFailure as error:
            line.add(detail=f"permanent failure: {error}")
            log_whole(work.code, work.key, delivery, f"permanent failure: {error}")
        except Exception as error:
            return await self._give_back(steps, line, claim, error)
        return await self._commit(steps, line, claim, claim_until, work.code)

    async def _give_back(self, steps: Steps, line: LogLine, claim: Claim, error: Exception) -> Reply:
        detail = "the handler raised"
        try:
            await steps.call(self._store.release, claim)
        except Exception as store_error:
            detail = f"the store could not release the claim ({store_error!r}), which lapses; the handler raised"
        return self._reply(line, "unavailable", detail, error)

    async def _commit(self, steps: Steps, line: LogLine, claim: Claim, claim_until: int, code: str) -> Reply:
        now = math.floor(self._clock())
        if now >= claim_until:
            line.warn(f"the handler outlived its lease of {self._lease_seconds} s: it may have run twice")
        try:
            # A key is kept until it is older than the retention; a store forgets it at `until`.
            await steps.call(self._store.commit, claim, now=now, until=now + self._retention_seconds + 1)
        except Exception as error:
            return self._reply(line, "unavailable", "handled, but the store could not commit: it will run again", error)
        return self._reply(line, code)

    def _reply(self, line: LogLine, code: str, detail: str | None = None, error: Exception | None = None) -> Reply:
        status, headers, body = _core.answer(code, retry_mismatch=self._retry_mismatch)
        line.write(code, status, detail, error)
        return Reply(code, status, tuple(headers), body)


class Receiver(_Receiver[Handler, QuarantineHandler]):
    """Takes in deliveries, each exactly once, and says how to answer. Its async twin is `AsyncReceiver`.

    Make it once; any number of threads may use it. The adapters for WSGI, Flask and Django are made of it, and
    `receive` fits whatever else speaks HTTP.

    **The handler** gets a verified event and returns once the event is *durable*: enqueued, or inserted and committed.
    Only then is the key committed and the answer 200. Overten waits 15 s, so work that takes longer than a second or
    two belongs behind a queue. Where the handler raises, the claim is released, the answer is 503 and Overten
    delivers again, unless it raises `PermanentFailure`. A crash in between is handed on again, with the same
    `event.idempotency_key(scope)`, after the lease: that is at least once, and your queue or table makes it exactly
    once by that key. Order is not promised: a late `run.failed` may follow a newer task's `run.completed`.

    - `secrets`: what `Verifier` takes, or `EnvSecrets`.
    - `quarantined`: gets authentic deliveries that are not readable events, as `(Delivery, PayloadError)`, and is
      held to the same rules. By default they are written to the log, whole.
    - `store`: remembers what was taken in; a `MemoryStore` of its own by default. See `overten_webhook.stores`.
    - `path`: the one path that is answered, as `/webhooks/overten`, where `receive` is given a `target`. None leaves
      routing to your framework.
    - `scope`: `"run"` takes one `run.completed` and one `run.failed` of each run; `"task"` one of each task, for
      those who resume runs.
    - `tolerance`: what `Verifier` takes. By default 300 s, and 3 days in the past where the store is durable, because
      then the key stops every replay and a short window would only lose what an outage held up.
    - `max_body_bytes`: reading stops there, whatever `Content-Length` says.
    - `retention`: how long a committed key is kept, counted from the first acceptance. It must be longer than both
      sides of the tolerance together; with a side switched off, a replay after the retention counts as new.
    - `lease`: after this long a claim lapses whose holder died. A handler that runs longer may run twice.
    - `mismatch_status`: 503 until the first delivery has verified and while secrets are being changed, since 401 is
      final with Overten and a wrong secret is then likelier than a forger; 401 afterwards.
    - `clock`: gives Unix seconds; for tests.

    Raises `SecretError`, `InvalidArgument`, `ValueError` or `TypeError` for settings that make no sense.

    >>> from overten_webhook import sign
    >>> secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    >>> receiver = Receiver(secret, handler=lambda event: print(event.name, event.run_id), clock=lambda: 1_760_000_000)
    >>> body = b'{"event":"run.completed","run_id":"run_01"}'
    >>> receiver.receive("POST", sign(body, secret, now=1_760_000_000), body).status
    run.completed run_01
    200
    >>> receiver.receive("POST", sign(body, secret, now=1_760_000_000), body).body
    b'{"status":"duplicate"}'
    """

    def receive(
        self, method: str, headers: HeadersInput, body: _WholeBody | Iterable[bytes], *, target: str | None = None
    ) -> Reply:
        """Take in one request and give the reply to send.

        `headers` are all that were received, as `Verifier.verify` takes them; `body` the raw body, whole or as chunks
        that are read only where the headers are in order, and only up to the limit; `target` the requested path, with
        or without a query, which is compared with the receiver's `path`.

        Chunks that raise while they are read are answered with 503. What is no body or no headers is a `TypeError`.
        """
        steps = SyncSteps()
        return steps.run(self._receive(steps, method, headers, body, target))


class AsyncReceiver(_Receiver[AsyncHandler, AsyncQuarantineHandler]):
    """The async twin of `Receiver`: the same settings and answers, for an asyncio event loop.

    The handlers may be `async def`; a plain `def` runs in a thread, and so does the store. The adapters for ASGI and
    FastAPI are made of it. Once a delivery has been claimed it is handled to its end, even if the server cancels the
    request because the client went away; only the end of the event loop cancels it, and the claim then lapses.

    >>> import asyncio
    >>> from overten_webhook import sign
    >>> secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    >>> async def handle(event):
    ...     print(event.name, event.run_id)
    >>> receiver = AsyncReceiver(secret, handler=handle, clock=lambda: 1_760_000_000)
    >>> body = b'{"event":"run.failed","run_id":"run_02"}'
    >>> asyncio.run(receiver.receive("POST", sign(body, secret, now=1_760_000_000), body)).code
    run.failed run_02
    'accepted'
    """

    async def receive(
        self, method: str, headers: HeadersInput, body: _WholeBody | AsyncIterable[bytes], *, target: str | None = None
    ) -> Reply:
        """See `Receiver.receive`; chunks come from an async iterable."""
        from overten_webhook._async_steps import AsyncSteps

        return await self._receive(AsyncSteps(), method, headers, body, target)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be done with a delivery, once: the answer if it is done, its key, and who does it."""

    code: Literal["accepted", "quarantined"]
    key: str
    handler: Callable[..., object]
    arguments: tuple[object, ...]


def _make_verifier(
    secrets: SecretsInput | EnvSecrets, tolerance: Tolerance | timedelta | None, max_body_bytes: int
) -> tuple[Verifier | None, str | None]:
    if not isinstance(secrets, EnvSecrets):
        return Verifier(secrets, tolerance=tolerance, max_body_bytes=max_body_bytes), None
    lines = os.fsencode(os.environ.get(secrets.variable, ""))
    try:
        return Verifier._from_lines(lines, tolerance=tolerance, max_body_bytes=max_body_bytes), None
    except SecretError as error:
        return None, f"{error.code}: {error} (environment variable {secrets.variable})"


def _whole_seconds(name: str, duration: timedelta) -> int:
    if not isinstance(duration, timedelta):
        raise TypeError(f"{name} must be a timedelta, not {type(duration).__name__}")
    seconds = duration // timedelta(seconds=1)
    if seconds < 1:
        raise ValueError(f"{name} must be at least one second")
    return seconds


def _one_of(name: str, given: object, allowed: tuple[object, ...]) -> None:
    if given not in allowed:
        raise ValueError(f"{name} must be one of {allowed}, not {given!r}")
