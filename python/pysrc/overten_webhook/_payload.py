"""A verified body as Python values."""

import json
from typing import Any, Final, NamedTuple

# Digits; as many as Python reads by default, and no fewer where somebody has set that lower.
_LONGEST_INT: Final = 4300


class ErrorDetail(NamedTuple):
    """Why a run failed: a word such as `generation_failed`, and a sentence for a person. At least one is there."""

    code: str | None
    message: str | None


def parse(raw: bytes) -> dict[str, Any]:
    """Read a body that the core has read already; of a member that stands twice the last one counts."""
    value: dict[str, Any] = json.loads(raw.decode("utf-8-sig"), parse_int=_exact)
    return value


def _exact(digits: str) -> int | str:
    """Read an int, or leave a very long one as it is: what that takes grows with the square of its length."""
    return int(digits) if len(digits.lstrip("-")) <= _LONGEST_INT else digits
