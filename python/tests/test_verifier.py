"""Bodies, secrets and settings of a `Verifier`."""

import array
import copy
import pickle
from datetime import timedelta
from typing import Any

import pytest

from overten_webhook import (
    BodyTooLarge,
    Delivery,
    EnvSecrets,
    InvalidArgument,
    Receiver,
    SecretError,
    SignatureMismatch,
    TimestampError,
    Tolerance,
    Verifier,
    sign,
)
from support import BODY, HEADERS, HIDDEN, NOW, S1, S2, SIGNATURE

VERIFIER = Verifier(S1)


class Bytes(bytes):
    """What some frameworks make of a body."""


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, Bytes])
def test_takes_raw_bytes_in_every_form(kind: Any) -> None:
    """K10-13."""
    delivery = VERIFIER.verify(kind(BODY), HEADERS, now=NOW)
    assert delivery.body == BODY
    assert isinstance(delivery.body, bytes)


def test_bytes_are_not_copied_and_others_are() -> None:
    delivery = VERIFIER.verify(BODY, HEADERS, now=NOW)
    assert delivery.body is BODY
    assert delivery.event().raw is BODY
    changing = bytearray(BODY)
    delivery = VERIFIER.verify(changing, HEADERS, now=NOW)
    changing[:] = b"x" * len(changing)
    assert delivery.event().run_id == "run_01"


def test_a_memoryview_is_read_in_its_own_order() -> None:
    assert VERIFIER.verify(memoryview(BODY[::-1])[::-1], HEADERS, now=NOW)


@pytest.mark.parametrize("body", [BODY.decode(), {}, None, 5, [], array.array("B", BODY), object()], ids=type)
def test_what_is_not_raw_is_a_type_error_that_says_how(body: Any) -> None:
    """K1-01, K10-13."""
    for call in (lambda: VERIFIER.verify(body, HEADERS, now=NOW), lambda: sign(body, S1, now=NOW)):
        with pytest.raises(TypeError) as caught:
            call()
        for advice in ("raw", "await request.body()", "request.get_data()", "request.body", type(body).__name__):
            assert advice in str(caught.value)


def test_a_released_memoryview_is_refused() -> None:
    view = memoryview(bytearray(BODY))
    view.release()
    with pytest.raises(InvalidArgument):
        VERIFIER.verify(view, HEADERS, now=NOW)


def test_text_beyond_ascii_arrives_unchanged() -> None:
    """K2-01."""
    body = '{"event":"run.failed","run_id":"run_05","data":{"error":"mânecă 😊"}}'.encode()
    signature = "sha256=aa3215b6429bfbd398fd12be4a450a6f0c808d5b673dea8ff7af1dce7ca7604e"
    event = VERIFIER.verify(body, HEADERS | {"X-Overten-Signature": signature}, now=NOW).event()
    assert event.data["data"]["error"] == "mânecă 😊"
    assert event.member("data") == '{"error":"mânecă 😊"}'


@pytest.mark.parametrize(
    ("secrets", "index"), [([S2, S1], 1), ([S1, S2], 0), ((S1,), 0), (S1.encode(), 0), ([S2, S1.encode()], 1)]
)
def test_rotation_says_which_secret_matched(secrets: Any, index: int) -> None:
    """K4-06."""
    delivery = Verifier(secrets).verify(BODY, HEADERS, now=NOW)
    assert (delivery.secret_index, delivery.secret_label) == (index, f"secret-{index}")


def test_labels_name_the_secret_that_matched() -> None:
    verifier = Verifier({"subscription": S2, "organisation": S1})
    assert verifier.verify(BODY, HEADERS, now=NOW).secret_label == "organisation"
    assert [tuple(info) for info in verifier.secrets] == [("subscription", "2a043d19"), ("organisation", "027cf575")]
    with pytest.raises(SignatureMismatch):
        Verifier([S2]).verify(BODY, HEADERS, now=NOW)


REFUSED = {
    "unset variable": (None, "no_secrets", None),
    "no secrets": ([], "no_secrets", None),
    "no labels": ({}, "no_secrets", None),
    "nine": ([f"whsec_{n:032}" for n in range(9)], "too_many_secrets", None),
    "empty": ("", "empty_secret", 0),
    "blank": (" \n", "empty_secret", 0),
    "second empty": ([S1, ""], "empty_secret", 1),
    "quoted": (f'"{S1}"', "malformed_secret", 0),
    "pasted with a version": ("v1," + S1, "malformed_secret", 0),
    "pasted with its name": ("OVERTEN_SECRET=" + S1, "malformed_secret", 0),
    "two in one": (f"{S1},{S2}", "malformed_secret", 0),
    "not ASCII": (S1 + "é", "malformed_secret", 0),
    "lone surrogate": (S1 + "\ud83d", "malformed_secret", 0),
    "not UTF-8": (S1.encode() + b"\xff", "malformed_secret", 0),
    "short": ("whsec_short", "short_secret", 0),
    "long": ("x" * 257, "long_secret", 0),
    "huge": ("x" * 10_000_000, "long_secret", 0),
    "twice": ([S1, S1 + "\n"], "duplicate_secret", 1),
    "label with a space": ({"a b": S1}, "malformed_label", 0),
    "label with a surrogate": ({"\ud83d": S1}, "malformed_label", 0),
    "label twice": ({"a": S1, b"a": S2}, "malformed_label", 1),
}


@pytest.mark.parametrize(("given", "code", "position"), REFUSED.values(), ids=REFUSED)
def test_refuses_secrets_by_rule_and_position(given: Any, code: str, position: int | None) -> None:
    """K4-02, K4-04."""
    with pytest.raises(SecretError) as caught:
        Verifier(given)
    error = caught.value
    assert (error.code, error.position, error.status, error.retryable) == (code, position, 503, True)
    assert not any(hidden in str(error) or hidden in repr(error) for hidden in HIDDEN)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("v1," + S1, r"'v1,'.*give the secret alone"),
        (f'"{S1}"', r"quote.*give the secret alone"),
        (f"{S1},{S2}", r"more than once: give each secret on its own"),
        (f"SECRET={S1}", r"before 'whsec_'.*give the secret alone"),
    ],
)
def test_a_secret_pasted_with_something_is_told_what_is_in_the_way(given: str, told: str) -> None:
    """K4-04."""
    with pytest.raises(SecretError, match=told):
        Verifier(given)


def test_a_secret_needs_no_prefix_and_another_prefix_is_part_of_it() -> None:
    """K4-04."""
    with pytest.raises(SignatureMismatch):
        Verifier("whsec-" + S1[6:]).verify(BODY, HEADERS, now=NOW)
    assert Verifier(S1[6:]).verify(BODY, sign(BODY, S1[6:], now=NOW), now=NOW)


@pytest.mark.parametrize(
    "given", [5, 5.0, True, object(), {5}, [5], [None], {"a": None}, {5: S1}, bytearray(b"x"), [[S1]]]
)
def test_secrets_of_a_wrong_type_are_a_type_error(given: Any) -> None:
    with pytest.raises(TypeError, match=r"secrets|label"):
        Verifier(given)


@pytest.mark.parametrize("surrounded", [S1 + "\n", S1 + "\r\n", " " + S1, "\ufeff" + S1, "\u3000" + S1])
def test_white_space_around_a_secret_is_no_part_of_it(surrounded: str) -> None:
    """K4-01."""
    assert Verifier(surrounded).verify(BODY, HEADERS, now=NOW)


def test_lines_are_secrets_with_optional_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    def loaded(lines: str) -> Receiver:
        monkeypatch.setenv("LINES", lines)
        return Receiver(EnvSecrets("LINES"), handler=print, set_aside=print)

    assert list(loaded(f"\n subscription:{S2} \n\n{S1}\n").last_matched()) == ["subscription", "secret-1"]
    for lines, code in ((" \n", "no_secrets"), (f"{S1[:12]}:{S1[12:]}", "malformed_label")):
        assert str(loaded(lines).problem).startswith(code)


@pytest.mark.parametrize("make", [lambda: Verifier(S1, tolerance=None), lambda: Tolerance(past=None)])  # type: ignore[arg-type]
def test_an_unset_setting_never_switches_freshness_off(make: Any) -> None:
    """Issue 11, 29."""
    with pytest.raises(TypeError, match=r"Tolerance\.(OFF|UNLIMITED)"):
        make()
    with pytest.raises(TypeError, match=r"Tolerance\.OFF"):
        Receiver(S1, handler=print, set_aside=print, tolerance=None)  # type: ignore[arg-type]


def test_limit_is_the_longest_body_that_passes() -> None:
    assert Verifier(S1).max_body_bytes == 1024 * 1024
    assert Verifier(S1, max_body_bytes=62).verify(BODY, HEADERS, now=NOW)
    with pytest.raises(BodyTooLarge) as caught:
        Verifier(S1, max_body_bytes=61).verify(BODY, HEADERS, now=NOW)
    error = caught.value
    assert (error.code, error.status, error.max_body_bytes) == ("body_too_large", 413, 61)


@pytest.mark.parametrize("limit", [-1, -(10**30), 10**30])
def test_limits_without_meaning_are_refused(limit: int) -> None:
    with pytest.raises(InvalidArgument):
        Verifier(S1, max_body_bytes=limit)


@pytest.mark.parametrize("limit", [None, "5", 5.0, True, b"5"])
def test_limits_of_a_wrong_type_are_a_type_error(limit: Any) -> None:
    with pytest.raises(TypeError, match="max_body_bytes must be an int"):
        Verifier(S1, max_body_bytes=limit)


@pytest.mark.parametrize("tolerance", [300, 0, 300.0, "300", True, (300, 300), object()])
def test_tolerances_of_a_wrong_type_are_a_type_error(tolerance: Any) -> None:
    for call in (lambda: Verifier(S1, tolerance=tolerance), lambda: Tolerance(past=tolerance)):
        with pytest.raises(TypeError, match="must be a timedelta"):
            call()


def test_a_bare_number_as_tolerance_is_told_what_to_write() -> None:
    with pytest.raises(TypeError, match=r"timedelta\(seconds=300\)"):
        Verifier(S1, tolerance=300)


@pytest.mark.parametrize("delta", [timedelta(seconds=-1), timedelta(microseconds=-1), timedelta.min])
def test_negative_tolerances_are_refused(delta: timedelta) -> None:
    for call in (lambda: Verifier(S1, tolerance=delta), lambda: Tolerance(future=delta)):
        with pytest.raises(InvalidArgument, match="UNLIMITED switches"):
            call()


def accepts(verifier: Verifier, age: int) -> bool:
    try:
        verifier.verify(BODY, HEADERS, now=NOW + age)
    except TimestampError:
        return False
    return True


SECONDS = timedelta(seconds=1)
TOLERANCES = {
    "default": (Verifier(S1), (-300, 300)),
    "both sides": (Verifier(S1, tolerance=10 * SECONDS), (-10, 10)),
    "this very second": (Verifier(S1, tolerance=timedelta(0)), (0, 0)),
    "a fraction": (Verifier(S1, tolerance=timedelta(seconds=2, microseconds=999_999)), (-2, 2)),
    "past": (Verifier(S1, tolerance=Tolerance(past=5 * SECONDS)), (-300, 5)),
    "future": (Verifier(S1, tolerance=Tolerance(future=timedelta(0))), (0, 300)),
}


@pytest.mark.parametrize(("verifier", "edges"), TOLERANCES.values(), ids=TOLERANCES)
def test_the_edge_of_the_tolerance_passes(verifier: Verifier, edges: tuple[int, int]) -> None:
    earliest, latest = edges
    assert [accepts(verifier, age) for age in (earliest - 1, earliest, latest, latest + 1)] == [
        False,
        True,
        True,
        False,
    ]


def test_a_side_is_switched_off_by_none() -> None:
    assert accepts(Verifier(S1, tolerance=Tolerance.OFF), 10**10)
    assert accepts(Verifier(S1, tolerance=Tolerance.OFF), -(10**10))
    past_off = Verifier(S1, tolerance=Tolerance(past=Tolerance.UNLIMITED))
    assert (accepts(past_off, 10**10), accepts(past_off, -301)) == (True, False)
    assert accepts(Verifier(S1, tolerance=timedelta.max), 10**10)


def test_tolerance_in_force_can_be_read() -> None:
    assert Verifier(S1).tolerance == Tolerance()
    assert Verifier(S1, tolerance=Tolerance.OFF).tolerance == Tolerance.OFF
    assert Verifier(S1, tolerance=timedelta.max).tolerance.past == timedelta(days=999_999_999, seconds=86399)
    assert Tolerance.for_receiver(durable=True) == Tolerance(past=timedelta(days=3))
    assert Tolerance.for_receiver(durable=False) == Tolerance()
    with pytest.raises(TypeError):
        Tolerance(timedelta(0))


def test_staleness_says_its_age_and_what_was_allowed() -> None:
    """K5-08, K7-02: authentic, and retried."""
    for now, code, age in ((NOW + 13_618, "timestamp_too_old", 13_618), (NOW - 412, "timestamp_in_future", -412)):
        with pytest.raises(TimestampError) as caught:
            VERIFIER.verify(BODY, HEADERS, now=now)
        error = caught.value
        assert (error.code, error.age, error.tolerance, error.status, error.retryable) == (code, age, 300, 503, True)


def test_nothing_makes_a_delivery_or_verifier_but_their_own_way() -> None:
    with pytest.raises(TypeError):
        Delivery()
    with pytest.raises(TypeError):
        object.__new__(Delivery)
    with pytest.raises(TypeError):
        type("Fake", (Delivery,), {})
    with pytest.raises(TypeError):
        type("Fake", (Verifier,), {})


def test_a_verifier_is_frozen_and_never_leaves_the_process() -> None:
    with pytest.raises(AttributeError):
        VERIFIER.max_body_bytes = 5
    with pytest.raises(AttributeError):
        VERIFIER.extra = 5
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leave(VERIFIER)


def test_shows_no_secret() -> None:
    """K11-11, K6-08."""
    verifier = Verifier({"organisation": S1, "previous": S2})
    shown = [repr(verifier), str(verifier), repr(verifier.secrets), repr(verifier.verify(BODY, HEADERS, now=NOW))]
    with pytest.raises(SignatureMismatch) as caught:
        verifier.verify(BODY, HEADERS | {"X-Overten-Signature": SIGNATURE[:-1] + "0"}, now=NOW)
    shown += [repr(caught.value), str(caught.value)]
    assert not [text for text in shown if any(hidden in text for hidden in HIDDEN)]
    assert "organisation (027cf575)" in shown[0]
