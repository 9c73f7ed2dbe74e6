"""The compiled part of `overten_webhook`. Private: import from `overten_webhook`."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal, TypeAlias, final

from typing_extensions import disjoint_base

from overten_webhook._payload import ErrorDetail
from overten_webhook._settings import HeadersInput, SecretInfo, SecretsInput, Tolerance
from overten_webhook.exceptions import PayloadError

__all__ = [
    "CODES",
    "CORE_VERSION",
    "DEFAULT_LEASE_SECONDS",
    "DEFAULT_MAX_BODY_BYTES",
    "DEFAULT_RETENTION_SECONDS",
    "DEFAULT_TOLERANCE_SECONDS",
    "EVENT_HEADER",
    "SIGNATURE_HEADER",
    "TIMESTAMP_HEADER",
    "VERSION",
    "Delivery",
    "OtherEvent",
    "RunCompleted",
    "RunFailed",
    "Verifier",
    "_Event",
    "_Receiver",
    "_Reception",
    "_rebuild_delivery",
    "_rebuild_event",
    "diagnose",
    "judge_claim",
    "receiver_tolerance",
    "sign",
]

CODES: Final[dict[str, tuple[int, int, bool]]]
CORE_VERSION: Final[str]
DEFAULT_LEASE_SECONDS: Final[int]
DEFAULT_MAX_BODY_BYTES: Final[int]
DEFAULT_RETENTION_SECONDS: Final[int]
DEFAULT_TOLERANCE_SECONDS: Final[int]
EVENT_HEADER: Final[str]
SIGNATURE_HEADER: Final[str]
TIMESTAMP_HEADER: Final[str]
VERSION: Final[str]

@final
class Verifier:
    def __new__(
        cls,
        secrets: SecretsInput,
        *,
        tolerance: timedelta | Tolerance = ...,
        max_body_bytes: int = 1048576,
    ) -> Verifier: ...
    def verify(
        self,
        body: bytes | bytearray | memoryview,
        headers: HeadersInput,
        *,
        now: datetime | float | None = None,
    ) -> Delivery: ...
    @staticmethod
    def check_headers(headers: HeadersInput) -> None: ...
    @property
    def tolerance(self) -> Tolerance: ...
    @property
    def max_body_bytes(self) -> int: ...
    @property
    def secrets(self) -> tuple[SecretInfo, ...]: ...

@final
class Delivery:
    def event(self) -> RunCompleted | RunFailed | OtherEvent: ...
    def body_key(self) -> str: ...
    @property
    def body(self) -> bytes: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def age(self) -> int: ...
    @property
    def secret_index(self) -> int: ...
    @property
    def secret_label(self) -> str: ...

@disjoint_base
class _Event:
    __match_args__: ClassVar[tuple[Literal["run_id"]]]
    @property
    def name(self) -> str: ...
    @property
    def run_id(self) -> str: ...
    @property
    def task_id(self) -> str | None: ...
    # The optional fields, made by `make generate`:
    @property
    def agent_name(self) -> str | None: ...
    @property
    def format(self) -> str | None: ...
    @property
    def status(self) -> str | None: ...
    @property
    def summary(self) -> str | None: ...
    @property
    def download_url(self) -> str | None: ...
    @property
    def edit_url(self) -> str | None: ...
    @property
    def message(self) -> str | None: ...
    @property
    def credits_used(self) -> float | None: ...
    @property
    def duration_ms(self) -> int | None: ...
    @property
    def error(self) -> ErrorDetail | None: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    def member(self, name: str, /) -> str | None: ...
    def idempotency_key(self, scope: Literal["run", "task"] = "run") -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class RunCompleted(_Event):
    @property
    def name(self) -> Literal["run.completed"]: ...

@final
class RunFailed(_Event):
    @property
    def name(self) -> Literal["run.failed"]: ...

@final
class OtherEvent(_Event): ...

_Reply: TypeAlias = tuple[str, int, list[tuple[str, str]], bytes]
_End: TypeAlias = tuple[_Reply | None, int, str | None, str | None]

@final
class _Receiver:
    def __new__(
        cls,
        secrets: SecretsInput,
        *,
        variable: str | None,
        path: str | None,
        scope: str,
        tolerance: timedelta | Tolerance,
        max_body_bytes: int,
        lease_seconds: int,
        retention_seconds: int,
        mismatch_status: int,
        log_raw: str,
    ) -> _Receiver: ...
    def begin(self, method: str | bytes, headers: HeadersInput, target: str | bytes, at_ms: int) -> _Reception: ...
    def start_line(self) -> str: ...
    def last_matched(self) -> list[tuple[str, int | None]]: ...
    @property
    def problem(self) -> str | None: ...
    @property
    def secrets(self) -> list[tuple[str, str]]: ...

@final
class _Reception:
    @property
    def asked(self) -> Literal["read_body", "claim", "hand_on", "set_aside", "commit", "release", "answer"]: ...
    # Each of these is None as well, where the step that is asked for has no use for it.
    @property
    def answer_by_ms(self) -> int: ...
    @property
    def max_body_bytes(self) -> int: ...
    @property
    def key(self) -> str: ...
    @property
    def delivery(self) -> Delivery: ...
    @property
    def payload_error(self) -> PayloadError: ...
    @property
    def event(self) -> Any: ...
    def whole(self, body: object, now: datetime | float) -> None: ...
    def broken_off(self, why: bytes) -> None: ...
    def claimed(self, state: str, asked_at_ms: int, at_ms: int) -> None: ...
    def done(self, at_ms: int) -> None: ...
    def claim_lost(self) -> None: ...
    def failed(self, why: bytes, for_good: bool) -> None: ...
    def late(self, at_ms: int, is_enabled: Callable[[int], bool]) -> _End | None: ...
    def end(self, at_ms: int, is_enabled: Callable[[int], bool]) -> _End: ...

def sign(body: bytes | bytearray | memoryview, secret: str | bytes, *, now: datetime | float) -> dict[str, str]: ...
def diagnose(
    headers: HeadersInput,
    body: bytes | bytearray | memoryview,
    secrets: SecretsInput,
    *,
    lines: bytes | None,
    now: datetime | float | None,
    tolerance: timedelta | Tolerance,
    max_body_bytes: int,
    other_secrets: SecretsInput,
) -> tuple[str, str]: ...
def judge_claim(
    at: int | None, *, committed: bool, now: int, lease_seconds: int, retention_seconds: int
) -> Literal["new", "duplicate", "in_flight"]: ...
def receiver_tolerance(durable: bool) -> tuple[int | None, int | None]: ...
def _rebuild_delivery(body: bytes, timestamp: int, age: int, secret_index: int, secret_label: str) -> Delivery: ...
def _rebuild_event(body: bytes) -> RunCompleted | RunFailed | OtherEvent: ...
