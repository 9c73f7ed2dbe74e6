"""A verified body as Python values."""

import json
from typing import Any, NamedTuple


class ErrorDetail(NamedTuple):
    """Why a run failed: a word such as `generation_failed`, and a sentence for a person. At least one is there."""

    code: str | None
    message: str | None


def parse(raw: bytes) -> dict[str, Any]:
    """Read a body that the core has read already; of a member that stands twice the last one counts."""
    value: dict[str, Any] = json.loads(raw.decode("utf-8-sig"), parse_int=_exact)
    return value


def _exact(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:
        # Python refuses to read more than 4,300 digits at once, which guards against numbers from strangers. This one
        # is Overten's, and no longer than the body limit.
        from decimal import Decimal

        return int(Decimal(digits))
