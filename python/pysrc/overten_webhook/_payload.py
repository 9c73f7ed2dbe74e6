"""A verified body as Python values."""

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from overten_webhook import Event

# Digits; as many as Python reads by default.
_LONGEST_INT: Final = 4300


class ErrorDetail(NamedTuple):
    """Why a run failed: a word such as `generation_failed`, and a sentence for a person. At least one is there."""

    code: str | None
    message: str | None


def read_stored(raw: "bytes | bytearray | memoryview") -> "Event":
    """Read an event back from the bytes that your own handler stored (`event.raw`), as a worker behind a queue does.

    It proves nothing about them: only give it what came out of your own queue or database. Unlike a pickle it can do no
    harm. Raises `PayloadError` for what is no event.

    >>> from overten_webhook import read_stored
    >>> read_stored(b'{"event":"run.completed","run_id":"run_01"}')
    <RunCompleted name='run.completed' run_id='run_01' task_id=None>
    """
    from overten_webhook import _core

    return _core._rebuild_event(bytes(raw))


def parse(raw: bytes) -> dict[str, Any]:
    """Read a body that the core has read already; of a member that stands twice the last one counts."""
    value: dict[str, Any] = json.loads(raw.decode("utf-8-sig"), parse_int=_exact)
    return value


def _exact(digits: str) -> int | str:
    """Read an int, or leave a very long one as it is: what that takes grows with the square of its length."""
    if len(digits.lstrip("-")) > _LONGEST_INT:
        return digits
    try:
        return int(digits)
    except ValueError:  # sys.set_int_max_str_digits allows fewer
        return digits
