"""What a receiver writes to the logger `overten_webhook`: one JSON object per request."""

import base64
import json
import logging
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from overten_webhook._core import Delivery
    from overten_webhook.exceptions import PayloadError

_LOGGER = logging.getLogger("overten_webhook")


class LogLine:
    """The line of one request: what is known of it is added on the way, and `write` ends it.

    Its fields are the same in every stack: code, event, run_id, task_id, secret (the label), age_seconds, body_bytes,
    elapsed_ms, detail; absent ones are left out.
    """

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._fields: dict[str, str | float] = {}
        self._level = logging.INFO

    def add(self, **fields: str | float | None) -> None:
        """Note what is known; None is not."""
        self._fields.update((name, value) for name, value in fields.items() if value is not None)

    def warn(self, detail: str) -> None:
        """Note what an operator should look at, although the answer is a good one."""
        self._level = logging.WARNING
        self.add(detail=detail)

    def write(self, code: str, status: int, detail: str | None, error: BaseException | None) -> None:
        """Write it, with the traceback of `error` where something raised."""
        if error is not None:
            detail = f"{detail}: {type(error).__name__}: {error}"
        self.add(elapsed_ms=round((time.perf_counter() - self._started) * 1000, 3), detail=detail)
        _LOGGER.log(max(self._level, _level(code, status)), json.dumps({"code": code} | self._fields), exc_info=error)


def log_whole(code: str, key: str, delivery: "Delivery", detail: str) -> None:
    """Write a delivery that no handler could use, whole, so that it can be handled by hand."""
    fields = {"code": code, "key": key, "secret": delivery.secret_label, "timestamp": delivery.timestamp}
    try:
        body = {"body": delivery.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(delivery.body).decode()}
    _LOGGER.error(json.dumps(fields | {"detail": detail} | body))


def log_quarantined(delivery: "Delivery", error: "PayloadError") -> None:
    """Write a quarantined delivery whole: what a receiver does without a handler for them."""
    log_whole("quarantined", delivery.body_key(), delivery, str(error))


def _level(code: str, status: int) -> int:
    if code == "body_too_large" or (status >= 500 and code != "in_flight"):
        return logging.ERROR
    return logging.WARNING if code == "quarantined" or 400 <= status < 500 else logging.INFO
