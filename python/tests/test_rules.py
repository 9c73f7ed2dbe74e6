"""The core's rules, as the package hands them on to itself."""

from overten_webhook import _core


def test_defaults_are_the_cores() -> None:
    assert (_core.DEFAULT_LEASE_SECONDS, _core.DEFAULT_RETENTION_SECONDS) == (60, 7 * 24 * 3600)
    assert _core.DEFAULT_TOLERANCE_SECONDS == 300
    assert _core.receiver_tolerance(True) == (3 * 24 * 3600, 300)
    assert _core.receiver_tolerance(False) == (300, 300)
