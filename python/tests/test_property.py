"""Our verdict equals that of the standard library's `hmac` on whatever comes along."""

import hashlib
import hmac
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from overten_webhook import (
    HeaderError,
    SignatureMismatch,
    Tolerance,
    Verifier,
    WebhookError,
    sign,
)
from support import S1

VISIBLE_ASCII = st.characters(min_codepoint=ord("!"), max_codepoint=ord("~"))
SECRETS = st.text(VISIBLE_ASCII, min_size=16, max_size=64).filter(
    lambda text: text.strip("\"'`") == text and "whsec_" not in text and not text.lower().startswith(("v1,", "sha256="))
)
TIMES = st.integers(0, 999_999_999_999)
LIMIT = 4096


def reference(body: bytes, headers: dict[str, str], secret: str, now: int, tolerance: int) -> str:
    """Verify as a careful recipe does: the oracle."""
    signature, timestamp = headers["X-Overten-Signature"], headers["X-Overten-Timestamp"]
    if len(body) > LIMIT:
        return "body_too_large"
    expected = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest("sha256=" + expected, signature):
        return "signature_mismatch"
    age = now - int(timestamp)
    if age > tolerance:
        return "timestamp_too_old"
    if -age > tolerance:
        return "timestamp_in_future"
    return "verified"


def verdict(verifier: Verifier, body: bytes, headers: Any, now: int) -> str:
    try:
        delivery = verifier.verify(body, headers, now=now)
    except WebhookError as error:
        return error.code
    assert delivery.body == body
    return "verified"


@settings(max_examples=500, deadline=None)
@given(data=st.data(), body=st.binary(max_size=LIMIT + 8), secret=SECRETS, sent=TIMES, skew=st.integers(-700, 700))
def test_agrees_with_plain_hmac(data: st.DataObject, body: bytes, secret: str, sent: int, skew: int) -> None:
    headers = sign(body, secret, now=sent)
    verifier = Verifier(secret, tolerance=timedelta(seconds=300), max_body_bytes=LIMIT)
    change = data.draw(st.sampled_from(["nothing", "body", "signature", "timestamp", "secret"]))
    if change == "body":
        body = data.draw(st.binary(max_size=64)) + body
    elif change == "signature":
        digits = data.draw(st.text("0123456789abcdef", min_size=64, max_size=64))
        headers["X-Overten-Signature"] = "sha256=" + digits
    elif change == "timestamp":
        headers["X-Overten-Timestamp"] = str(data.draw(TIMES))
    elif change == "secret":
        verifier = Verifier(secret := data.draw(SECRETS), tolerance=timedelta(seconds=300), max_body_bytes=LIMIT)
    now = sent + skew
    assert verdict(verifier, body, headers, now) == reference(body, headers, secret, now, 300)


@settings(max_examples=300, deadline=None)
@given(
    body=st.binary(max_size=200), bit=st.integers(0, 10**6), part=st.sampled_from(["body", "timestamp", "signature"])
)
def test_one_flipped_bit_never_verifies(body: bytes, bit: int, part: str) -> None:
    sent = 1_760_000_000
    headers = {name: value.encode() for name, value in sign(body, S1, now=sent).items()}
    name = {"timestamp": "X-Overten-Timestamp", "signature": "X-Overten-Signature"}.get(part)
    target = bytearray(headers[name] if name else body or b"\0")
    target[bit // 8 % len(target)] ^= 1 << bit % 8
    if name:
        # A hex digit's case is the one bit that carries nothing.
        if bytes(target).lower() == headers[name] and target.startswith(b"sha256="):
            return
        headers[name] = bytes(target)
    else:
        body = bytes(target)
    with pytest.raises((HeaderError, SignatureMismatch)):
        Verifier(S1, tolerance=Tolerance.OFF).verify(body, headers, now=sent)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(),
    lambda children: (
        st.lists(children, max_size=3) | st.tuples(children, children) | st.dictionaries(st.text(), children)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["X-Overten-Signature", "x-overten-timestamp", b"X-OVERTEN-TIMESTAMP"]) | ANYTHING


@settings(max_examples=250, deadline=None)
@given(
    secrets=st.just(S1) | ANYTHING,
    body=st.binary() | ANYTHING,
    headers=st.lists(st.tuples(NAMES, ANYTHING), max_size=4) | ANYTHING,
    now=ANYTHING,
    tolerance=ANYTHING,
    limit=st.just(1000) | ANYTHING,
)
def test_nothing_but_the_documented_errors_leaves(
    secrets: Any, body: Any, headers: Any, now: Any, tolerance: Any, limit: Any
) -> None:
    for call in (
        lambda: Verifier(secrets),
        lambda: Verifier(S1, tolerance=tolerance, max_body_bytes=limit),
        lambda: Verifier(S1).verify(body, headers, now=now),
        lambda: sign(body, secrets, now=now),
    ):
        with suppress(WebhookError, TypeError):
            call()


def test_the_oracle_itself_can_tell() -> None:
    headers = sign(b"x", S1, now=1000)
    cases = [(b"x", 1000), (b"y", 1000), (b"x", 1301), (b"x", 699), (b"x" * (LIMIT + 1), 1000)]
    codes = ["verified", "signature_mismatch", "timestamp_too_old", "timestamp_in_future", "body_too_large"]
    assert [reference(body, headers, S1, now, 300) for body, now in cases] == codes
