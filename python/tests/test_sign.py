"""The sending side."""

from datetime import datetime, timezone
from typing import Any

import pytest

from overten_webhook import SIGNATURE_HEADER, TIMESTAMP_HEADER, InvalidArgument, SecretError, Verifier, sign
from support import BODY, HIDDEN, NOW, S1, SIGNATURE


@pytest.mark.parametrize("body", [BODY, bytearray(BODY), memoryview(BODY)])
@pytest.mark.parametrize("secret", [S1, S1.encode(), S1 + "\n"])
@pytest.mark.parametrize("now", [NOW, NOW + 0.9, datetime.fromtimestamp(NOW, timezone.utc)])
def test_signs_as_overten_does(body: Any, secret: Any, now: Any) -> None:
    """K11-01."""
    headers = sign(body, secret, now=now)
    assert headers == {SIGNATURE_HEADER: SIGNATURE, TIMESTAMP_HEADER: "1760000000"}
    assert Verifier(secret).verify(body, headers, now=now).age == 0


@pytest.mark.parametrize("now", [-1, 10**12, -(2**63), 2**63 - 1, -0.5])
def test_refuses_times_that_no_timestamp_holds(now: Any) -> None:
    with pytest.raises(InvalidArgument):
        sign(BODY, S1, now=now)


@pytest.mark.parametrize("now", [0, 999_999_999_999])
def test_signs_at_the_ends(now: int) -> None:
    assert Verifier(S1).verify(b"", sign(b"", S1, now=now), now=now).timestamp == now


@pytest.mark.parametrize("secret", ["", "short", "v1," + S1, "\ud83d" * 20, b"\xff" * 20])
def test_refuses_secrets_that_no_verifier_takes(secret: Any) -> None:
    with pytest.raises(SecretError) as caught:
        sign(BODY, secret, now=NOW)
    assert not any(hidden in str(caught.value) for hidden in HIDDEN)


@pytest.mark.parametrize("secret", [None, 5, [S1]])
def test_secrets_of_a_wrong_type_are_a_type_error(secret: Any) -> None:
    with pytest.raises(TypeError, match="secret must be str or bytes"):
        sign(BODY, secret, now=NOW)


def test_the_clock_is_an_argument() -> None:
    with pytest.raises(TypeError):
        sign(BODY, S1)
    with pytest.raises(TypeError):
        sign(BODY, S1, now=None)
