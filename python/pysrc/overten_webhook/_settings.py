"""What callers pass in: secrets, headers, and how far a delivery's own time may lie from the clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import ClassVar, Literal, NamedTuple, Protocol, TypeAlias

from overten_webhook._core import DEFAULT_TOLERANCE_SECONDS, receiver_tolerance
from overten_webhook.exceptions import InvalidArgument

_DEFAULT = timedelta(seconds=DEFAULT_TOLERANCE_SECONDS)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECOND = timedelta(seconds=1)

SecretsInput: TypeAlias = str | bytes | Sequence[str | bytes] | Mapping[str, str | bytes] | None
"""One secret, several, or several by label. None has none, and is refused as such: an unset variable."""


_Value: TypeAlias = str | bytes | Sequence[str | bytes] | None


class _HasItems(Protocol):
    def items(self) -> Iterable[tuple[str | bytes, _Value]]: ...


HeadersInput: TypeAlias = _HasItems | Iterable[tuple[str | bytes, _Value]]
"""Any mapping of headers, or pairs. A list as a value is a repeated header, and None one that was not sent."""


@dataclass(frozen=True, slots=True)
class EnvSecrets:
    """Secrets from an environment variable: one a line, each optionally `label:secret`; blank lines are skipped.

    A receiver over these is made even if the variable is unset or wrong, and then answers every delivery with 503
    `misconfigured`, says why in its log when it is made and for each delivery, and in its `problem` for a health check:
    Overten delivers again once it is mended. The variable counts as it is when a delivery comes. There is no default.
    """

    variable: str = "OVERTEN_WEBHOOK_SECRETS"


class _Side(Enum):
    UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How old a delivery may be (`past`), and how far ahead (`future`).

    The edge itself passes. A side left out is 300 seconds; 0 is "this very second". Ages are whole seconds, so that a
    fraction of one changes nothing. `Tolerance.UNLIMITED` switches a side off, and `Tolerance.OFF` is the tolerance
    with both sides off, for deliveries that were stored; None, which an unset setting gives, is refused.

    >>> from datetime import timedelta
    >>> from overten_webhook import Tolerance
    >>> Tolerance(past=timedelta(days=3)).future
    datetime.timedelta(seconds=300)
    >>> Tolerance(past=Tolerance.UNLIMITED, future=Tolerance.UNLIMITED) == Tolerance.OFF
    True
    """

    UNLIMITED: ClassVar[Literal[_Side.UNLIMITED]] = _Side.UNLIMITED
    OFF: ClassVar["Tolerance"]

    past: timedelta | Literal[_Side.UNLIMITED] = _DEFAULT
    future: timedelta | Literal[_Side.UNLIMITED] = _DEFAULT

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
    if isinstance(tolerance, Tolerance):
        return _whole_seconds(tolerance.past), _whole_seconds(tolerance.future)
    if isinstance(tolerance, timedelta):
        _check_side("tolerance", tolerance)
        return _whole_seconds(tolerance), _whole_seconds(tolerance)
    message = f"tolerance must be a timedelta or a Tolerance, not {type(tolerance).__name__}"
    if isinstance(tolerance, int | float) and not isinstance(tolerance, bool):
        message += f": timedelta(seconds={tolerance})?"
    if tolerance is None:
        message += ": Tolerance.OFF switches the check off"
    raise TypeError(message)


def tolerance_of_seconds(past: int | None, future: int | None) -> Tolerance:
    """Give the tolerance with these sides."""
    return Tolerance(
        past=Tolerance.UNLIMITED if past is None else timedelta(seconds=past),
        future=Tolerance.UNLIMITED if future is None else timedelta(seconds=future),
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
    if side is Tolerance.UNLIMITED:
        return
    if not isinstance(side, timedelta):
        message = f"{name} must be a timedelta, or Tolerance.UNLIMITED for none, not {type(side).__name__}"
        raise TypeError(message)
    if side < timedelta(0):
        raise InvalidArgument(
            "invalid_argument", f"{name} must not be negative: Tolerance.UNLIMITED switches the check off"
        )


def _whole_seconds(side: timedelta | Literal[_Side.UNLIMITED]) -> int | None:
    return side // _SECOND if isinstance(side, timedelta) else None


Tolerance.OFF = Tolerance(past=Tolerance.UNLIMITED, future=Tolerance.UNLIMITED)
