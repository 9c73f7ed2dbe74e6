"""What a receiver does about each step that the core asks for: the same at once and in an event loop."""

import json
import logging
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from overten_webhook import _core, _lines
from overten_webhook._core import _Reception
from overten_webhook._functions import PermanentFailure, check_function, refuse_unfinished, words
from overten_webhook._settings import EnvSecrets, HeadersInput, SecretsInput, Tolerance
from overten_webhook.stores import MemoryStore, Store

if TYPE_CHECKING:
    from overten_webhook import Delivery, Event, PayloadError, Scope

Handler: TypeAlias = "Callable[[Event], object]"
SetAside: TypeAlias = "Callable[[Delivery, PayloadError | PermanentFailure], object]"
WholeBody: TypeAlias = bytes | bytearray | memoryview
LogRaw: TypeAlias = Literal["off", "failures", "all"]

_LOGGER: Final = logging.getLogger("overten_webhook")
_RAW_LOGGER: Final = logging.getLogger("overten_webhook.raw")


@dataclass(frozen=True, slots=True)
class Reply:
    """How to answer a request: exactly this, since Overten counts 3xx and most of 4xx as final or failed.

    `code` is the stable word for what came of it, such as `accepted` or `signature_mismatch`; `body` names it, and is
    empty where the request was a HEAD.
    """

    code: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Work:
    """One request, and what one step leaves for the next."""

    __slots__ = ("asked_at_ms", "is_claimed", "must_end", "permanent_failure", "reception", "token")

    def __init__(self, reception: _Reception) -> None:
        self.reception = reception
        self.token = os.urandom(16).hex()
        self.asked_at_ms = 0
        self.is_claimed = False
        self.permanent_failure: PermanentFailure | None = None
        self.must_end: BaseException | None = None

    @property
    def asked(self) -> str:
        """The step that the core asks for."""
        return self.reception.asked

    def failed(self, error: BaseException, *, in_own_thread: bool = False) -> None:
        """Say that the step failed. What must end the process does so once the request has its line.

        In a thread of our own a `SystemExit` ends what runs there, as in any thread but the main one.
        """
        if isinstance(error, PermanentFailure):
            self.permanent_failure = error
        if not (in_own_thread and isinstance(error, SystemExit)):
            self._note_end(error)
        self.reception.failed(words(error), isinstance(error, PermanentFailure))

    def broken_off(self, error: BaseException) -> None:
        """Say that the body could not be read."""
        self._note_end(error)
        self.reception.broken_off(words(error))

    def _note_end(self, error: BaseException) -> None:
        if isinstance(error, SystemExit | KeyboardInterrupt) and self.must_end is None:
            self.must_end = error


class Driver:
    """The settings, and one method for each step."""

    _may_await: bool

    def __init__(
        self,
        secrets: SecretsInput | EnvSecrets,
        *,
        handler: Handler,
        set_aside: SetAside,
        store: Store | None = None,
        path: str | None = None,
        scope: "Scope" = "run",
        tolerance: Tolerance | timedelta | Literal["by_store"] = "by_store",
        max_body_bytes: int = _core.DEFAULT_MAX_BODY_BYTES,
        retention: timedelta = timedelta(seconds=_core.DEFAULT_RETENTION_SECONDS),
        lease: timedelta = timedelta(seconds=_core.DEFAULT_LEASE_SECONDS),
        mismatch_status: Literal[401, 503] = 401,
        log_raw: LogRaw = "off",
        clock: Callable[[], float] = time.time,
    ) -> None:
        check_function("handler", handler, may_be_async=self._may_await)
        check_function("set_aside", set_aside, may_be_async=self._may_await)
        self._handler = handler
        self._set_aside = set_aside
        self._store: Store = MemoryStore() if store is None else store
        self._clock = clock
        self._monotonic_ms: Callable[[], int] = _monotonic_ms
        self._lease_seconds = _whole_seconds("lease", lease)
        self._retention_seconds = _whole_seconds("retention", retention)
        self._settings: dict[str, Any] = {
            "path": path,
            "scope": scope,
            "tolerance": Tolerance.for_receiver(durable=self._store.durable) if tolerance == "by_store" else tolerance,
            "max_body_bytes": max_body_bytes,
            "lease_seconds": self._lease_seconds,
            "retention_seconds": self._retention_seconds,
            "mismatch_status": mismatch_status,
            "log_raw": log_raw,
        }
        self._env = secrets if isinstance(secrets, EnvSecrets) else None
        self._env_seen: int | None = None
        if self._env is None:
            self._made = self._make(secrets, None)
        else:
            self._current()
        self._prepare()

    def _prepare(self) -> None:
        """Make what else a driver needs."""

    @property
    def problem(self) -> str | None:
        """What keeps it from checking any delivery, for a health check; None where nothing does."""
        return self._current().problem

    def last_matched(self) -> dict[str, int | None]:
        """Give, by each secret's label, the Unix seconds of its last match since the start; None for never.

        It knows of this process alone: during a rotation the `secret` of the log lines says it of all.
        """
        return dict(self._current().last_matched())

    def __repr__(self) -> str:
        """Show the settings; of a secret its label and fingerprint."""
        core = self._current()
        secrets = ", ".join(f"{label} ({fingerprint})" for label, fingerprint in core.secrets)
        settings = " ".join(f"{name}={value!r}" for name, value in self._settings.items())
        store = type(self._store).__name__
        return f"<{type(self).__name__} secrets={secrets or core.problem} store={store} {settings}>"

    def _make(self, secrets: Any, variable: str | None) -> "_core._Receiver":
        core = _core._Receiver(secrets, variable=variable, **self._settings)
        _log(logging.ERROR if core.problem else logging.INFO, core.start_line())
        return core

    def _current(self) -> "_core._Receiver":
        """Give the receiver of the secrets as they are now: an environment variable may be set after the import."""
        if self._env is None:
            return self._made
        lines = os.fsencode(os.environ.get(self._env.variable, ""))
        if self._env_seen != hash(lines):
            self._made = self._make(lines, self._env.variable)
            self._env_seen = hash(lines)
        return self._made

    def _begin(self, method: str | bytes, headers: HeadersInput, target: str | bytes | None) -> Work:
        at_ms = self._monotonic_ms()
        target = self._settings["path"] or "/" if target is None else target
        return Work(self._current().begin(method, headers, target, at_ms))

    def _read_whole(self, work: Work, body: object) -> None:
        """Hand over a body that is there. What is no body is the caller's mistake, and raises."""
        work.reception.whole(body, self._now())

    def _take_step(self, work: Work) -> None:
        """Do what is asked, in this thread, and say what came of it."""
        try:
            self._do_step(work)
        except BaseException as error:
            work.failed(error)

    def _do_step(self, work: Work) -> None:
        _STEPS[work.asked](self, work)

    def _claim(self, work: Work) -> None:
        self._ask_store(work)
        self._begin_work(work)

    def _ask_store(self, work: Work) -> None:
        """Claim the key. A claim that was given is reported by whoever begins the work, right before that."""
        work.asked_at_ms = self._monotonic_ms()
        state = self._store.claim(
            work.reception.key,
            token=work.token,
            now=self._now(),
            lease_seconds=self._lease_seconds,
            retention_seconds=self._retention_seconds,
        )
        work.is_claimed = state == "new"
        if not work.is_claimed:
            work.reception.claimed(state, work.asked_at_ms, work.asked_at_ms)

    def _begin_work(self, work: Work) -> None:
        if work.asked == "claim":
            work.reception.claimed("new", work.asked_at_ms, self._monotonic_ms())

    def _begin_and_call(self, work: Work) -> object:
        """Begin the work in the thread that does it: a lease that lapsed while it waited for that thread is seen."""
        self._begin_work(work)
        return self._call(work) if work.asked in ("hand_on", "set_aside") else None

    def _call(self, work: Work) -> object:
        """Call the function that is asked for, in this thread; what it returns may still have to be awaited."""
        if work.asked == "hand_on":
            return self._handler(work.reception.event)
        return self._set_aside(work.reception.delivery, work.permanent_failure or work.reception.payload_error)

    def _run_function(self, work: Work) -> None:
        self._has_returned(work, self._call(work))

    def _has_returned(self, work: Work, result: object) -> None:
        refuse_unfinished(result)
        work.reception.done(self._monotonic_ms())

    def _commit(self, work: Work) -> None:
        is_held = self._store.commit(
            work.reception.key, token=work.token, now=self._now(), retention_seconds=self._retention_seconds
        )
        if is_held is False:
            work.reception.claim_lost()
        else:
            work.reception.done(self._monotonic_ms())

    def _release(self, work: Work) -> None:
        self._store.release(work.reception.key, token=work.token)
        work.reception.done(self._monotonic_ms())

    def _late(self, work: Work) -> Reply | None:
        """Give the reply to a request that is not done in time; None where it is done."""
        meanwhile = work.reception.late(self._monotonic_ms(), _LOGGER.isEnabledFor)
        if meanwhile is None:
            return None
        return _said(*meanwhile)

    def _end(self, work: Work) -> Reply | None:
        """Write the line and give the reply; None where one was given while the work went on."""
        reply = _said(*work.reception.end(self._monotonic_ms(), _LOGGER.isEnabledFor))
        if work.must_end is not None:
            raise work.must_end
        return reply

    def _now(self) -> int:
        return math.floor(self._clock())


_STEPS: Final[dict[str, Callable[[Driver, Work], None]]] = {
    "claim": Driver._claim,
    "hand_on": Driver._run_function,
    "set_aside": Driver._run_function,
    "commit": Driver._commit,
    "release": Driver._release,
}


def _said(reply: Any, level: int, line: str | None, raw_line: str | None) -> Reply | None:
    _log(level, line)
    if raw_line is not None:
        _lines.write(_RAW_LOGGER, logging.WARNING, raw_line)
    if reply is None:
        return None
    code, status, headers, body = reply
    return Reply(code, status, tuple(headers), body)


def _log(level: int, line: str | None) -> None:
    """Write one of the core's lines; its fields are the record's attribute `overten_webhook` too."""
    if line is not None:
        _lines.write(_LOGGER, level, line, overten_webhook=json.loads(line))


def _monotonic_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def _whole_seconds(name: str, duration: timedelta) -> int:
    if not isinstance(duration, timedelta):
        raise TypeError(f"{name} must be a timedelta, not {type(duration).__name__}")
    seconds = duration // timedelta(seconds=1)
    if seconds < 1:
        raise ValueError(f"{name} must be at least one second")
    return seconds
