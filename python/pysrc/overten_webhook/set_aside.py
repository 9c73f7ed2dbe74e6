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
        try:
            os.mkdir(self._path)
        except FileExistsError:  # perhaps just made by another worker
            if not os.path.isdir(self._path):
                raise
        else:
            _sync_folder(os.path.dirname(self._path))

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
        _sync_folder(self._path)


class SetAsideInLog:
    """Keeps each delivery as one line at level ERROR of the logger `overten_webhook.set_aside`.

    As durable as what the handlers write to. It counts as written once a `logging.StreamHandler` or a kind of it (such
    as `FileHandler` and those that rotate) has, with the whole line in it, as it is or as a JSON string. Other handlers
    get the line too and do not count, because they tell nobody whether it has arrived: those for a socket, syslog, a
    queue or a buffer.

    Where it is not written (the logger is disabled, as `logging.config` does to those that exist already; the level is
    above ERROR; a filter drops it; no handler counts; a format lacks `%(message)s`; a handler fails, as on a full disk)
    it raises, the receiver answers 503, and Overten delivers again.
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
        line = _as_json(delivery, why)
        record = logger.makeRecord(logger.name, logging.ERROR, __file__, 0, line, (), None)
        kept = logger.filter(record)
        record = kept if isinstance(kept, logging.LogRecord) else record
        written = [kept and _write(handler, record, line) for handler in _handlers(logger)]
        if not any(written):
            raise RuntimeError(
                "no handler of the logger overten_webhook.set_aside has written the whole line: give it a FileHandler "
                "or a StreamHandler (others do not tell whether it has arrived), with %(message)s in its format"
            )


def _handlers(logger: logging.Logger) -> list[logging.Handler]:
    """Give the handlers that a record reaches."""
    found: list[logging.Handler] = []
    here: logging.Logger | None = logger
    while here is not None:
        found += here.handlers
        here = here.parent if here.propagate else None
    return found or ([logging.lastResort] if logging.lastResort is not None else [])


def _write(handler: logging.Handler, record: logging.LogRecord, line: str) -> bool:
    """Let a handler write a record: whether it has, whole. What goes wrong there is raised, which logging hides."""
    if record.levelno < handler.level or isinstance(handler, logging.NullHandler):
        return False

    def fail(_: logging.LogRecord) -> None:
        raise

    handler.acquire()  # nobody else is inside while it is changed
    usual = vars(handler).get("handleError")
    try:
        vars(handler)["handleError"] = fail
        kept = handler.handle(record)
    finally:
        vars(handler).pop("handleError")
        if usual is not None:
            vars(handler)["handleError"] = usual
        handler.release()
    if not kept or not isinstance(handler, logging.StreamHandler) or handler.stream is None:
        return False
    shown = handler.format(kept if isinstance(kept, logging.LogRecord) else record)
    return line in shown or json.dumps(line)[1:-1] in shown


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


def _sync_folder(path: str) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
