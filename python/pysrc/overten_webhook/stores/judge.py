"""The one rule that every store goes by."""

from __future__ import annotations

from overten_webhook import _core

from .protocol import Claim


def judge(at: int | None, *, committed: bool, now: int, lease_seconds: int, retention_seconds: int) -> Claim:
    """Say what a claim of a key means that is claimed, or committed, since ``at``; None for a key that is not known.

    A claim lapses once it is older than ``lease_seconds``, a committed key once it is older than ``retention_seconds``.
    A claim further in the future than a lease has lapsed too: only a clock put back can show one.

    >>> judge(100, committed=False, now=160, lease_seconds=60, retention_seconds=600)
    'in_flight'
    >>> judge(100, committed=False, now=161, lease_seconds=60, retention_seconds=600)
    'new'
    """
    times = {"now": now, "lease_seconds": lease_seconds, "retention_seconds": retention_seconds}
    return _core.judge_claim(at, committed=bool(committed), **times)
