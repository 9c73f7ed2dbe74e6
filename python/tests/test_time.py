"""`now`, in every form."""

import time
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from overten_webhook import InvalidArgument, SignatureMismatch, TimestampError, Tolerance, Verifier, sign
from support import BODY, HEADERS, NOW, S1

VERIFIER = Verifier(S1, tolerance=Tolerance.OFF)
UTC = timezone.utc


class Index:
    """What numpy's integers are to Python."""

    def __index__(self) -> int:
        return NOW + 1


class Float(float):
    """A float by inheritance."""


MOMENTS: dict[str, tuple[Any, int]] = {
    "int": (NOW + 1, 1),
    "index": (Index(), 1),
    "float": (NOW + 1.999, 1),
    "float subclass": (Float(NOW + 1.5), 1),
    "before the epoch": (-0.5, -1 - NOW),
    "UTC": (datetime.fromtimestamp(NOW + 1, UTC), 1),
    "microseconds": (datetime.fromtimestamp(NOW + 1, UTC) + timedelta(microseconds=999_999), 1),
    "offset": (datetime.fromtimestamp(NOW + 1, timezone(timedelta(hours=-7, minutes=-30))), 1),
    "zone": (datetime.fromtimestamp(NOW + 1, ZoneInfo("UTC")), 1),
    "microsecond before the epoch": (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), -1 - NOW),
    "first year": (datetime.min.replace(tzinfo=UTC), -62_135_596_800 - NOW),
    "last moment": (datetime.max.replace(tzinfo=UTC), 253_402_300_799 - NOW),
    "first year east": (datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), -62_135_596_800 - 14 * 3600 - NOW),
    "least": (-(2**63), -(2**63)),
    "most": (2**63 - 1, 2**63 - 1 - NOW),
}


@pytest.mark.parametrize(("now", "age"), MOMENTS.values(), ids=MOMENTS)
def test_reads_every_form_of_now(now: Any, age: int) -> None:
    assert VERIFIER.verify(BODY, HEADERS, now=now).age == age


@pytest.mark.parametrize(
    "now", [float("nan"), float("inf"), -float("inf"), 1e300, 2.0**63, 2**63, -(2**63) - 1, 10**400]
)
def test_times_beyond_64_bits_are_refused(now: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        VERIFIER.verify(BODY, HEADERS, now=now)
    assert isinstance(caught.value, ValueError)


def test_a_datetime_without_a_zone_is_refused_with_advice() -> None:
    for naive in (datetime(2025, 10, 9, 8, 53, 20), datetime.now(UTC).replace(tzinfo=None)):
        with pytest.raises(InvalidArgument, match=r"datetime\.now\(timezone\.utc\)"):
            VERIFIER.verify(BODY, HEADERS, now=naive)


@pytest.mark.parametrize(
    "now", [True, "1760000000", b"1", [], {}, 1j, timedelta(0), datetime.now(UTC).date(), object()]
)
def test_times_of_a_wrong_type_are_a_type_error(now: Any) -> None:
    for call in (lambda: VERIFIER.verify(BODY, HEADERS, now=now), lambda: sign(BODY, S1, now=now)):
        with pytest.raises(TypeError, match="now must be Unix seconds"):
            call()


def test_none_is_the_hosts_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is `time.time`, so that what freezes it in a user's tests freezes this too."""
    monkeypatch.setattr(time, "time", lambda: NOW + 7.9)
    assert Verifier(S1).verify(BODY, HEADERS).age == 7
    assert Verifier(S1).verify(BODY, HEADERS, now=None).age == 7
    monkeypatch.setattr(time, "time", lambda: NOW + 301.0)
    with pytest.raises(TimestampError):
        Verifier(S1).verify(BODY, HEADERS)


def test_nobody_unauthenticated_learns_about_the_clock() -> None:
    """The MAC is checked before freshness."""
    with pytest.raises(SignatureMismatch):
        Verifier(S1).verify(BODY + b" ", HEADERS, now=NOW + 10**6)
