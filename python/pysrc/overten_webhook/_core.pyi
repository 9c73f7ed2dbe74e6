"""The compiled part of `overten_webhook`. Private: import from `overten_webhook`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal, final

from typing_extensions import disjoint_base

from overten_webhook._payload import ErrorDetail
from overten_webhook._settings import HeadersInput, SecretInfo, SecretsInput, Tolerance

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
    "_rebuild_delivery",
    "_rebuild_event",
    "answer",
    "check_retention",
    "judge_claim",
    "judge_request",
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
        tolerance: timedelta | Tolerance | None = ...,
        max_body_bytes: int = 1048576,
    ) -> Verifier: ...
    @staticmethod
    def _from_lines(
        text: str | bytes,
        *,
        tolerance: timedelta | Tolerance | None = ...,
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
class RunCompleted(_Event): ...

@final
class RunFailed(_Event): ...

@final
class OtherEvent(_Event): ...

def sign(body: bytes | bytearray | memoryview, secret: str | bytes, *, now: datetime | float) -> dict[str, str]: ...
def answer(code: str, *, retry_mismatch: bool = False) -> tuple[int, list[tuple[str, str]], bytes]: ...
def judge_request(path: str | None, method: str, target: str) -> str | None: ...
def judge_claim(
    *,
    claimed_at: int | None,
    committed_at: int | None,
    now: int,
    lease_seconds: int,
    retention_seconds: int,
) -> Literal["new", "duplicate", "in_flight"]: ...
def check_retention(seconds: int, past: int | None, future: int | None) -> None: ...
def receiver_tolerance(durable: bool) -> tuple[int | None, int | None]: ...
def _rebuild_delivery(body: bytes, timestamp: int, age: int, secret_index: int, secret_label: str) -> Delivery: ...
def _rebuild_event(body: bytes) -> RunCompleted | RunFailed | OtherEvent: ...
