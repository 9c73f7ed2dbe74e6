"""Receive Overten's signed webhooks: verify, read and take in each delivery exactly once.

`Verifier(secrets).verify(body, headers).event()` proves a delivery and reads it; the result is made for `match`:

>>> from overten_webhook import OtherEvent, RunCompleted, RunFailed, Verifier, sign
>>> secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
>>> body = b'{"event":"run.failed","run_id":"run_01","error":"generation_failed"}'
>>> headers = sign(body, secret, now=1_760_000_000)
>>> match Verifier(secret).verify(body, headers, now=1_760_000_000).event():
...     case RunCompleted(run_id):
...         print(run_id, "is done")
...     case RunFailed(run_id, error=error):
...         print(run_id, "failed:", error.code)
...     case OtherEvent(name=name):
...         print("not known yet:", name)
run_01 failed: generation_failed
"""

from typing import TYPE_CHECKING, Literal, TypeAlias

from overten_webhook._core import (
    DEFAULT_MAX_BODY_BYTES,
    EVENT_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    Delivery,
    OtherEvent,
    RunCompleted,
    RunFailed,
    Verifier,
    sign,
)
from overten_webhook._core import VERSION as __version__  # noqa: N811
from overten_webhook._driver import Reply
from overten_webhook._environ import headers_from_environ
from overten_webhook._functions import PermanentFailure
from overten_webhook._payload import ErrorDetail, read_stored
from overten_webhook._settings import EnvSecrets, HeadersInput, SecretInfo, SecretsInput, Tolerance
from overten_webhook.async_receiver import AsyncReceiver
from overten_webhook.exceptions import (
    BodyTooLarge,
    HeaderError,
    InternalError,
    InvalidArgument,
    PayloadError,
    SecretError,
    SignatureMismatch,
    TimestampError,
    WebhookError,
)
from overten_webhook.receiver import Receiver
from overten_webhook.set_aside import SetAsideInFolder, SetAsideInLog
from overten_webhook.stores import Claim, MemoryStore, SqliteStore, Store

if TYPE_CHECKING:
    from overten_webhook.diagnosis import diagnose
else:

    def __getattr__(name: str) -> object:
        """Import the diagnosis when it is asked for: a receiver has no use for it."""
        if name == "diagnose":
            from overten_webhook.diagnosis import diagnose

            return diagnose
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)


Event: TypeAlias = RunCompleted | RunFailed | OtherEvent
"""What `Delivery.event()` gives, for `match`."""

Scope: TypeAlias = Literal["run", "task"]
"""What one delivery is told from another by: see `idempotency_key`."""

__all__ = [
    "DEFAULT_MAX_BODY_BYTES",
    "EVENT_HEADER",
    "SIGNATURE_HEADER",
    "TIMESTAMP_HEADER",
    "AsyncReceiver",
    "BodyTooLarge",
    "Claim",
    "Delivery",
    "EnvSecrets",
    "ErrorDetail",
    "Event",
    "HeaderError",
    "HeadersInput",
    "InternalError",
    "InvalidArgument",
    "MemoryStore",
    "OtherEvent",
    "PayloadError",
    "PermanentFailure",
    "Receiver",
    "Reply",
    "RunCompleted",
    "RunFailed",
    "Scope",
    "SecretError",
    "SecretInfo",
    "SecretsInput",
    "SetAsideInFolder",
    "SetAsideInLog",
    "SignatureMismatch",
    "SqliteStore",
    "Store",
    "TimestampError",
    "Tolerance",
    "Verifier",
    "WebhookError",
    "__version__",
    "diagnose",
    "headers_from_environ",
    "read_stored",
    "sign",
]
