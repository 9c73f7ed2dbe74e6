"""The core's rules for a receiver, as the package hands them on to itself."""

import pytest

from overten_webhook import InvalidArgument, _core


@pytest.mark.parametrize(
    ("path", "method", "target", "code"),
    [
        ("/webhooks/overten", "POST", "/webhooks/overten", None),
        ("/webhooks/overten", "POST", "/webhooks/overten/?a=b", None),
        ("/webhooks/overten", "GET", "/webhooks/overten", "method_not_allowed"),
        ("/webhooks/overten", "GET", "/elsewhere", "not_found"),
        (None, "POST", "/wherever", None),
        (None, "PUT", "/wherever", "method_not_allowed"),
    ],
)
def test_a_request_is_ours_by_path_then_method(path: str | None, method: str, target: str, code: str | None) -> None:
    assert _core.judge_request(path, method, target) == code


@pytest.mark.parametrize(
    ("claimed_at", "committed_at", "now", "verdict"),
    [
        (None, None, 0, "new"),
        (100, None, 159, "in_flight"),
        (100, None, 160, "new"),
        (100, 110, 120, "duplicate"),
        (None, 100, 700, "duplicate"),
        (None, 100, 701, "new"),
        (100, None, 50, "in_flight"),
    ],
)
def test_a_claim_lapses_and_a_committed_key_is_forgotten(
    claimed_at: int | None, committed_at: int | None, now: int, verdict: str
) -> None:
    times = {"claimed_at": claimed_at, "committed_at": committed_at, "now": now}
    assert _core.judge_claim(**times, lease_seconds=60, retention_seconds=600) == verdict


def test_a_retention_outlives_the_tolerance() -> None:
    _core.check_retention(601, 300, 300)
    _core.check_retention(1, None, 300)
    _core.check_retention(1, 300, None)
    with pytest.raises(InvalidArgument, match="600 s"):
        _core.check_retention(600, 300, 300)


def test_a_mismatch_may_be_answered_as_retryable() -> None:
    assert _core.answer("signature_mismatch")[0] == 401
    status, headers, body = _core.answer("signature_mismatch", retry_mismatch=True)
    assert (status, body) == (503, b'{"error":"signature_mismatch"}')
    assert ("Retry-After", "10") in headers
    assert ("Allow", "POST") in _core.answer("method_not_allowed")[1]
    with pytest.raises(InvalidArgument, match="not a code"):
        _core.answer("teapot")


def test_defaults_are_the_cores() -> None:
    assert (_core.DEFAULT_LEASE_SECONDS, _core.DEFAULT_RETENTION_SECONDS) == (60, 7 * 24 * 3600)
    assert _core.DEFAULT_TOLERANCE_SECONDS == 300
    assert _core.receiver_tolerance(True) == (3 * 24 * 3600, 300)
    assert _core.receiver_tolerance(False) == (300, 300)
