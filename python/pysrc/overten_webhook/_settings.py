"""How far a delivery's own time may lie from the clock, and the types of what callers pass in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import NamedTuple, Protocol, TypeAlias

from overten_webhook._core import DEFAULT_TOLERANCE_SECONDS, receiver_tolerance
from overten_webhook.exceptions import InvalidArgument

_DEFAULT = timedelta(seconds=DEFAULT_TOLERANCE_SECONDS)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECOND = timedelta(seconds=1)

SecretsInput: TypeAlias = str | bytes | Sequence[str | bytes] | Mapping[str, str | bytes] | None
"""One secret, several, or several by label. None has none, and is refused as such: an unset variable."""


class _HasItems(Protocol):
    def items(self) -> Iterable[tuple[str | bytes, str | bytes | None]]: ...


HeadersInput: TypeAlias = _HasItems | Iterable[tuple[str | bytes, str | bytes | None]]
"""Any mapping of headers, or pairs; None as a value is a header that was not sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How old a delivery may be (`past`), and how far ahead (`future`).

    The edge itself passes. None switches a side off; a side left out is 300 seconds; 0 is "this very second". Ages are
    whole seconds, so that a fraction of one changes nothing.

    >>> from datetime import timedelta
    >>> from overten_webhook import Tolerance
    >>> Tolerance(past=timedelta(days=3)).future
    datetime.timedelta(seconds=300)
    """

    past: timedelta | None = _DEFAULT
    future: timedelta | None = _DEFAULT

    def __post_init__(self) -> None:
        for name, side in (("past", self.past), ("future", self.future)):
            _check_side(name, side)

    @classmethod
    def for_receiver(cls, *, durable: bool) -> "Tolerance":
        """Give a receiver's default: 3 days in the past where its store survives a restart, 300 seconds otherwise.

        A store's keys stop every replay, so that a short window would only lose what an outage held up.
        """
        return tolerance_of_seconds(*receiver_tolerance(durable))


class SecretInfo(NamedTuple):
    """What may be shown of a secret: its label, and a fingerprint by which two people can compare what is loaded."""

    label: str
    fingerprint: str


def tolerance_sides(tolerance: object) -> tuple[int | None, int | None]:
    """Give both sides in whole seconds, None for one that is off."""
    if tolerance is None:
        return None, None
    if isinstance(tolerance, Tolerance):
        return _whole_seconds(tolerance.past), _whole_seconds(tolerance.future)
    if isinstance(tolerance, timedelta):
        _check_side("tolerance", tolerance)
        return _whole_seconds(tolerance), _whole_seconds(tolerance)
    message = f"tolerance must be a timedelta, a Tolerance or None, not {type(tolerance).__name__}"
    if isinstance(tolerance, int | float) and not isinstance(tolerance, bool):
        message += f": timedelta(seconds={tolerance})?"
    raise TypeError(message)


def tolerance_of_seconds(past: int | None, future: int | None) -> Tolerance:
    """Give the tolerance with these sides."""
    return Tolerance(
        past=None if past is None else timedelta(seconds=past),
        future=None if future is None else timedelta(seconds=future),
    )


def unix_seconds(moment: datetime) -> int:
    """Give whole seconds since the epoch, floored, in exact arithmetic."""
    if moment.utcoffset() is None:
        raise InvalidArgument(
            "invalid_argument",
            "now has no time zone, so it could be any of 24 hours: use datetime.now(timezone.utc)",
        )
    return (moment - _EPOCH) // _SECOND


def _check_side(name: str, side: object) -> None:
    if side is None:
        return
    if not isinstance(side, timedelta):
        message = f"{name} must be a timedelta or None, not {type(side).__name__}"
        raise TypeError(message)
    if side < timedelta(0):
        raise InvalidArgument("invalid_argument", f"{name} must not be negative: None switches the check off")


def _whole_seconds(side: timedelta | None) -> int | None:
    return None if side is None else side // _SECOND
