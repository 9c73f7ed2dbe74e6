"""What `log_raw` adds: a line with the request as it came, for debugging; the same form in every stack."""

import base64
import hashlib
import json
import logging
from typing import Any, Final, Literal, TypeAlias

from overten_webhook import _lines
from overten_webhook._core import EVENT_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from overten_webhook._threads import LockOfProcess

LogRaw: TypeAlias = Literal["off", "failures", "all"]

_LOGGER: Final = logging.getLogger("overten_webhook.raw")
# A proxy in front adds its own, and some of them are for other eyes than a log's.
_SHOWN: Final = {
    name.lower(): name
    for name in (
        SIGNATURE_HEADER,
        TIMESTAMP_HEADER,
        EVENT_HEADER,
        "Content-Type",
        "Content-Length",
        "Content-Encoding",
        "Transfer-Encoding",
        "User-Agent",
    )
}
_SHOWN_BODY_BYTES: Final = 16 * 1024
_SHOWN_HEADER: Final = 256
# Who reads the log must not be able to send it again.
_SHOWN_SIGNATURE: Final = 15
_LINES_A_MINUTE: Final = 30


class RawLog:
    """Writes at most so many lines a minute, of failures or of all requests."""

    def __init__(self, which: LogRaw) -> None:
        if which not in ("off", "failures", "all"):
            raise ValueError(f"log_raw must be 'off', 'failures' or 'all', not {which!r}")
        self._which = which
        self._lock = LockOfProcess()
        self._minute, self._left = -1, 0

    @property
    def is_on(self) -> bool:
        """Whether a request must be kept for it."""
        return self._which != "off"

    def write(self, code: str, status: int, headers: list[tuple[Any, Any]], body: Any, at_ms: int) -> None:
        """Write the line, where one is wanted."""
        is_wanted = self._which == "all" or (self._which == "failures" and status >= 300)
        if is_wanted and _LOGGER.isEnabledFor(logging.WARNING) and self._has_room(at_ms // 60_000):
            line = json.dumps({"raw": code, "headers": _shown(headers), **_body(body)})
            _lines.write(_LOGGER, logging.WARNING, line)

    def _has_room(self, minute: int) -> bool:
        with self._lock:
            if minute != self._minute:
                self._minute, self._left = minute, _LINES_A_MINUTE
            self._left -= 1
            return self._left >= 0


def _shown(headers: list[tuple[Any, Any]]) -> dict[str, str]:
    shown: dict[str, list[str]] = {}
    for name, value in headers:
        known = _SHOWN.get(_text(name).lower())
        if known is not None and value is not None:
            shown.setdefault(known, []).extend(map(_text, value if isinstance(value, list | tuple) else [value]))
    return {
        name: _cut(", ".join(values), _SHOWN_SIGNATURE if name == SIGNATURE_HEADER else _SHOWN_HEADER)
        for name, values in shown.items()
    }


def _text(given: Any) -> str:
    return given.decode("latin-1") if isinstance(given, bytes) else str(given)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + "…"


def _body(body: Any) -> dict[str, object]:
    if not isinstance(body, bytes | bytearray | memoryview):
        return {}
    body = bytes(body)
    fields: dict[str, object] = {"body_bytes": len(body), "body_sha256": hashlib.sha256(body).hexdigest()}
    shown = body[:_SHOWN_BODY_BYTES]
    try:
        body.decode()
    except UnicodeDecodeError:
        fields["body_base64"] = base64.b64encode(shown).decode()
    else:
        fields["body"] = shown.decode(errors="ignore")  # a character that was cut in two
        shown = str(fields["body"]).encode()
    if len(shown) < len(body):
        fields["cut_at"] = len(shown)
    return fields
