"""Events: fields, matching, pickling, showing."""

import copy
import json
import pickle
import subprocess
import sys
from typing import Any

import pytest

from overten_webhook import (
    Delivery,
    ErrorDetail,
    Event,
    InvalidArgument,
    OtherEvent,
    PayloadError,
    RunCompleted,
    RunFailed,
    Tolerance,
    Verifier,
    WebhookError,
    sign,
)
from support import NOW, S1, S2, signed

FULL = {
    "event": "run.completed",
    "run_id": "run_01HXYZ",
    "task_id": "task_01HXYZ",
    "agent_name": "excel_agent_api",
    "format": "excel",
    "status": "completed",
    "summary": "Quartalszahlen – drei Blätter 😀",
    "download_url": "https://files.example/a.xlsx?token=not-for-logs",
    "edit_url": "https://app.example/edit?token=not-for-logs",
    "message": "done",
    "credits_used": 84.5,
    "duration_ms": 187707,
    "extra": {"big": 12345678901234567890123},
}


def event_of(**fields: Any) -> Event:
    return signed(json.dumps({"event": "run.completed", "run_id": "r"} | fields).encode()).event()


@pytest.mark.parametrize("ascii_only", [True, False])
def test_fields_are_read_decoded(ascii_only: bool) -> None:
    event = signed(json.dumps(FULL, ensure_ascii=ascii_only).encode()).event()
    for name, value in FULL.items():
        if name not in ("event", "extra"):
            assert getattr(event, name) == value
    assert event.name == "run.completed"
    assert event.error is None
    assert event.data == FULL
    assert event.data is event.data
    assert event.member("extra") == '{"big": 12345678901234567890123}'


def test_optional_fields_are_none_when_absent_or_of_another_type() -> None:
    names = ["task_id", "agent_name", "format", "status", "summary", "download_url", "edit_url", "message"]
    for event in (event_of(), event_of(**dict.fromkeys(names, 5)), event_of(**dict.fromkeys(names))):
        assert [getattr(event, name) for name in [*names, "credits_used", "duration_ms", "error"]] == [None] * 11
    assert event_of(summary="").summary == ""


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"error": "generation_failed", "message": "sorry"}, ("generation_failed", "sorry")),
        ({"error": "generation_failed"}, ("generation_failed", None)),
        ({"error": {"code": "c", "message": "m"}, "message": "top"}, ("c", "m")),
        ({"error": {"code": "c", "message": 5}}, ("c", None)),
        ({"error": {"message": "m"}}, (None, "m")),
        ({"error": {}}, None),
        ({"error": 5}, None),
    ],
)
def test_error_is_a_pair_of_code_and_message(fields: dict[str, Any], error: tuple[str, str] | None) -> None:
    event = event_of(event="run.failed", **fields)
    assert event.error == error
    assert event.error is None or isinstance(event.error, ErrorDetail)


def test_match_by_class_and_field() -> None:
    def told(event: Event) -> str:
        match event:
            case RunCompleted(run_id, task_id=None):
                return f"completed {run_id}"
            case RunCompleted(run_id=run_id, task_id=task_id):
                return f"completed {run_id} {task_id}"
            case RunFailed(run_id, error=ErrorDetail(code)):
                return f"failed {run_id} {code}"
            case RunFailed():
                return "failed"
            case OtherEvent(name=name):
                return f"other {name}"

    assert told(event_of()) == "completed r"
    assert told(event_of(task_id="t")) == "completed r t"
    assert told(event_of(event="run.failed", error="c")) == "failed r c"
    assert told(event_of(event="run.failed")) == "failed"
    assert told(event_of(event="run.paused")) == "other run.paused"
    assert isinstance(event_of(), Event)
    assert not isinstance(event_of(), RunFailed)


def test_data_has_exact_ints_and_what_python_reads() -> None:
    digits = "9" * 4000
    body = f'\ufeff{{"event":"e","run_id":"r","n":{digits},"m":-{digits},"i":9007199254740993,"f":1e400,"x":1,"x":2}}'
    event = signed(body.encode()).event()
    assert event.data["n"] == 10**4000 - 1 == -event.data["m"]
    assert event.data["i"] == 9007199254740993
    assert event.data["f"] == float("inf")
    assert event.data["x"] == 2
    assert event.member("n") == digits


def test_members_are_asked_for_by_any_text() -> None:
    event = event_of(**{"é": 1, "😀": 2})
    assert (event.member("é"), event.member("😀"), event.member("\ud83d"), event.member("")) == ("1", "2", None, None)
    for name in (None, 5, b"event"):
        with pytest.raises(TypeError, match="name must be str"):
            event.member(name)


def test_keys_follow_the_scope() -> None:
    event = event_of(task_id="t")
    assert event.idempotency_key() == event.idempotency_key("run") == "run.completed:r"
    assert event.idempotency_key(scope="task") == "run.completed:r:t"
    assert event_of().idempotency_key("task").startswith("body=")
    for scope in ("Run", "", "\ud83d"):
        with pytest.raises(InvalidArgument, match="'run' or 'task'"):
            event.idempotency_key(scope)
    for wrong in (5, b"run", []):
        with pytest.raises(TypeError, match="'run' or 'task'"):
            event.idempotency_key(wrong)


@pytest.mark.parametrize(
    ("body", "field", "offset"),
    [
        (b"{}", "event", None),
        (b'{"event":"e"}', "run_id", None),
        (b'{"event":"e","run_id":""}', "run_id", None),
        (b'{"event":"e","run_id":"a","run_id":"b"}', "run_id", 35),
        (b"[]", None, 0),
        (b"", None, 0),
        (b'{"event":"\xff"}', None, 10),
        (b'{"event":"e","run_id":"r"} x', None, None),
    ],
)
def test_an_unreadable_body_is_authentic_and_says_what_is_wrong(
    body: bytes, field: str | None, offset: int | None
) -> None:
    delivery = signed(body)
    with pytest.raises(PayloadError) as caught:
        delivery.event()
    error = caught.value
    assert (error.code, error.status, error.retryable, error.field) == ("malformed_payload", 200, False, field)
    assert offset is None or error.offset == offset
    assert delivery.body == body
    assert delivery.body_key().startswith("body=")


def test_repr_names_the_event_and_leaks_nothing() -> None:
    event = signed(json.dumps(FULL).encode()).event()
    assert repr(event) == "<RunCompleted name='run.completed' run_id='run_01HXYZ' task_id='task_01HXYZ'>"
    assert "not-for-logs" not in f"{event} {event!r}"
    assert "\n" not in repr(event_of(run_id="a\nb"))


def test_events_are_frozen_and_made_by_deliveries_alone() -> None:
    event = event_of()
    for name in ("run_id", "data", "raw", "extra"):
        with pytest.raises(AttributeError):
            setattr(event, name, "x")
    for cls in (RunCompleted, RunFailed, OtherEvent):
        for make in (
            cls,
            lambda cls=cls: cls(run_id="r"),
            lambda cls=cls: object.__new__(cls),
            lambda cls=cls: cls.__new__(cls),
        ):
            with pytest.raises(TypeError):
                make()
        with pytest.raises(TypeError):
            type("Fake", (cls,), {})
    base = RunCompleted.__mro__[1]
    fake = type("Fake", (base,), {"__new__": lambda cls: object.__new__(cls)})
    with pytest.raises(TypeError):
        fake()


def test_events_are_equal_where_their_bodies_are() -> None:
    assert event_of() == event_of()
    assert hash(event_of()) == hash(event_of())
    assert event_of() != event_of(run_id="s")
    assert event_of() != event_of(event="run.failed")
    assert event_of() != 5
    assert len({event_of(), event_of(), event_of(run_id="s")}) == 2


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ["run.completed", "run.failed", "run.paused"])
def test_events_survive_pickle(protocol: int, name: str) -> None:
    event = event_of(event=name, summary="é😀")
    again = pickle.loads(pickle.dumps(event, protocol))
    assert again == event
    assert type(again) is type(event)
    assert again.summary == "é😀"
    assert copy.copy(event) == copy.deepcopy(event) == event


@pytest.mark.parametrize("secrets", [[S1], [S2, S1], {"a": S2, "-": S1}, {"secret-1": S2, "secret-0": S1}, {"x": S1}])
def test_deliveries_survive_pickle(secrets: Any) -> None:
    body = b'{"event":"e","run_id":"r"}'
    delivery = Verifier(secrets).verify(body, sign(body, S1, now=NOW), now=NOW + 5)
    again: Delivery = pickle.loads(pickle.dumps(delivery))
    for name in ("body", "timestamp", "age", "secret_index", "secret_label"):
        assert getattr(again, name) == getattr(delivery, name)
    assert again.event() == delivery.event()
    assert again.body_key() == delivery.body_key()


@pytest.mark.parametrize("now", [-(2**63), 2**63 - 1])
def test_deliveries_of_any_age_and_size_survive_pickle(now: int) -> None:
    body = b" " * (2 * 1024 * 1024)
    verifier = Verifier(S1, tolerance=Tolerance.OFF, max_body_bytes=len(body))
    delivery = verifier.verify(body, sign(body, S1, now=NOW), now=now)
    assert pickle.loads(pickle.dumps(delivery)).age == delivery.age


def test_verified_bytes_can_be_read_later_in_another_process() -> None:
    """K11-13: verifying and parsing are two steps."""
    delivery = signed(b'{"event":"run.completed","run_id":"run_77"}')
    reader = "import pickle, sys; print(pickle.load(sys.stdin.buffer).event().run_id)"
    run = subprocess.run([sys.executable, "-c", reader], input=pickle.dumps(delivery), capture_output=True, check=True)
    assert run.stdout.strip() == b"run_77"


def test_a_forged_pickle_gives_errors_and_no_crash() -> None:
    rebuild_event, _ = event_of().__reduce__()
    rebuild_delivery, _ = signed(b"{}").__reduce__()
    with pytest.raises(PayloadError):
        rebuild_event(b"{}")
    for forged in ((b"", -1, 0, 0, "a"), (b"", 0, 0, 99, "a"), (b"", 0, 0, 0, "a b"), (b"", 10**12, 0, 0, "a")):
        with pytest.raises(WebhookError):
            rebuild_delivery(*forged)
