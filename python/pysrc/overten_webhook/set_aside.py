"""Two ways to keep a delivery that nobody can handle, so that a person can: in a folder, or in the log.

Each is a `set_aside` of a receiver. What is kept is one JSON object on one line: `code` (`quarantined` for what cannot
be read, `permanent_failure` for what the handler failed at for good), `detail`, `timestamp`, `secret` (the label), and
the body as `body`, or as `body_base64` where it is not UTF-8.
"""

import base64
import json
import logging
import os
from typing import TYPE_CHECKING

from overten_webhook._functions import PermanentFailure, words

if TYPE_CHECKING:
    from overten_webhook import Delivery, PayloadError

__all__ = ["SetAsideInFolder", "SetAsideInLog"]


class SetAsideInFolder:
    """Keeps each delivery as a file of its own in a folder, which is made if absent: whole or not at all, and synced.

    The file is named after the SHA-256 of the body, so that the same delivery is kept once: `<64 hex digits>.json`.

    Raises `OSError` where it cannot be made.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.path.abspath(os.fspath(path))
        if not os.path.isdir(self._path):
            os.mkdir(self._path)

    def __call__(self, delivery: "Delivery", why: "PayloadError | PermanentFailure") -> None:
        """Write the file. Raises `OSError` where that cannot be done."""
        import tempfile

        name = delivery.body_key().removeprefix("body=") + ".json"
        number, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=self._path)
        try:
            with open(number, "w", encoding="utf-8") as file:
                file.write(_as_json(delivery, why) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, os.path.join(self._path, name))
        except BaseException:
            os.unlink(temporary)
            raise
        folder = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class SetAsideInLog:
    """Keeps each delivery as one line at level ERROR of the logger `overten_webhook.set_aside`.

    As durable as your log is. Where the line would not be written (the logger is disabled, as `logging.config` does to
    those that exist already; the level is above ERROR; a filter drops it; no handler is there; a handler fails, as on a
    full disk) it raises, the receiver answers 503, and Overten delivers again.
    """

    def __init__(self) -> None:
        self._logger = logging.getLogger("overten_webhook.set_aside")

    def __call__(self, delivery: "Delivery", why: "PayloadError | PermanentFailure") -> None:
        """Write the line. Raises `RuntimeError` where no handler has written it."""
        logger = self._logger
        if not logger.isEnabledFor(logging.ERROR):
            raise RuntimeError(
                "the logger overten_webhook.set_aside is switched off: give logging.config "
                "'disable_existing_loggers': False, and the logger a level of ERROR or lower"
            )
        record = logger.makeRecord(logger.name, logging.ERROR, __file__, 0, _as_json(delivery, why), (), None)
        kept = logger.filter(record)
        record = kept if isinstance(kept, logging.LogRecord) else record
        written = [kept and _write(handler, record) for handler in _handlers(logger)]
        if not any(written):
            raise RuntimeError("no handler of the logger overten_webhook.set_aside has written the line: give it one")


def _handlers(logger: logging.Logger) -> list[logging.Handler]:
    """Give the handlers that a record reaches."""
    found: list[logging.Handler] = []
    here: logging.Logger | None = logger
    while here is not None:
        found += here.handlers
        here = here.parent if here.propagate else None
    return found or ([logging.lastResort] if logging.lastResort is not None else [])


def _write(handler: logging.Handler, record: logging.LogRecord) -> bool:
    """Let a handler write a record; False where it does not. What goes wrong there is raised, which logging hides."""
    if record.levelno < handler.level or isinstance(handler, logging.NullHandler):
        return False

    def fail(_: logging.LogRecord) -> None:
        raise

    handler.acquire()  # nobody else is inside while it is changed
    usual = vars(handler).get("handleError")
    try:
        vars(handler)["handleError"] = fail
        return bool(handler.handle(record))
    finally:
        vars(handler).pop("handleError")
        if usual is not None:
            vars(handler)["handleError"] = usual
        handler.release()


def _as_json(delivery: "Delivery", why: "PayloadError | PermanentFailure") -> str:
    fields: dict[str, object] = {
        "code": "permanent_failure" if isinstance(why, PermanentFailure) else "quarantined",
        "detail": words(why).decode() if isinstance(why, PermanentFailure) else str(why),
        "timestamp": delivery.timestamp,
        "secret": delivery.secret_label,
    }
    try:
        fields["body"] = delivery.body.decode()
    except UnicodeDecodeError:
        fields["body_base64"] = base64.b64encode(delivery.body).decode()
    return json.dumps(fields)
