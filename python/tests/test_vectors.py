"""Every vector through the public API, and every code against the catalogue."""

import json
import math
from datetime import timedelta
from typing import Any

import pytest

from overten_webhook import (
    EnvSecrets,
    MemoryStore,
    OtherEvent,
    PayloadError,
    Receiver,
    RunCompleted,
    RunFailed,
    SecretError,
    TimestampError,
    Tolerance,
    Verifier,
    WebhookError,
    _core,
    exceptions,
    sign,
)
from support import ROOT, body_of, load, signed

DELIVERIES = load("deliveries.json")
DETAILS = load("details.json")
CODES = load("codes.json")
KINDS = {"run_completed": RunCompleted, "run_failed": RunFailed, "other": OtherEvent}
SCHEMA = json.loads((ROOT / "tests" / "schema" / "deliveries.schema.json").read_text(encoding="utf-8"))
FIELDS = SCHEMA["$defs"]["event"]["properties"].keys() - {"event", "kind", "run_id", "error"}


def tolerance_of(given: Any) -> timedelta | Tolerance:
    if not isinstance(given, dict):
        return Tolerance.OFF if given is None else timedelta(seconds=given)
    return Tolerance(
        **{side: Tolerance.UNLIMITED if at is None else timedelta(seconds=at) for side, at in given.items()}
    )


def headers_of(case: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    return [
        (
            header["name"].encode(),
            bytes.fromhex(header["value_hex"]) if "value_hex" in header else header["value"].encode(),
        )
        for header in case["headers"]
    ]


def fields_of(event: RunCompleted | RunFailed | OtherEvent) -> dict[str, Any]:
    """Give the fields that are present, in the form of the vectors."""
    found: dict[str, Any] = {"event": event.name, "run_id": event.run_id}
    found["kind"] = next(kind for kind, cls in KINDS.items() if type(event) is cls)
    found |= {name: value for name in FIELDS if (value := getattr(event, name)) is not None}
    if event.error is not None:
        found["error"] = {name: text for name, text in event.error._asdict().items() if text is not None}
    return found


def outcome(case: dict[str, Any]) -> dict[str, Any]:
    """Run one case and give what came out, in the form of its `expect`."""
    settings: dict[str, Any] = {}
    if "tolerance" in case:
        settings["tolerance"] = tolerance_of(case["tolerance"])
    if "max_body_bytes" in case:
        settings["max_body_bytes"] = case["max_body_bytes"]
    try:
        verifier = Verifier(case["secrets"], **settings)
    except SecretError as error:
        return {"result": "refused", "code": error.code, "status": error.status}
    body = body_of(case)
    try:
        delivery = verifier.verify(body, headers_of(case), now=case["now"])
    except WebhookError as error:
        rejected = {"result": "rejected", "code": error.code, "status": error.status, "retryable": error.retryable}
        return rejected | ({"age": error.age} if isinstance(error, TimestampError) else {})
    verified = {"result": "verified", "status": 200, "secret": delivery.secret_index}
    assert delivery.secret_label == f"secret-{delivery.secret_index}"
    assert delivery.body == body
    try:
        event = delivery.event()
    except PayloadError as error:
        assert error.status == 200
        return verified | {"payload": error.code, "key": delivery.body_key(), "task_key": delivery.body_key()}
    keys = {"key": event.idempotency_key(), "task_key": event.idempotency_key("task")}
    return verified | keys | {"timestamp": delivery.timestamp, "age": delivery.age, "event": fields_of(event)}


def without_retryable(expect: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in expect.items() if name != "retryable"}


def agrees(case: dict[str, Any]) -> bool:
    got, expect = outcome(case), case["expect"]
    if "retryable" not in expect:
        got = without_retryable(got)
    return got == expect


def test_runs_every_delivery() -> None:
    ran, wrong = 0, []
    for case in DELIVERIES["cases"]:
        ran += 1
        if not agrees(case):
            wrong.append((case["id"], outcome(case), case["expect"]))
    assert not wrong, wrong[:5]
    assert ran == DELIVERIES["count"] == len(DELIVERIES["cases"]) > 0


def test_flipped_verdict_fails() -> None:
    case = DELIVERIES["cases"][0]
    flipped = {"result": "rejected", "code": "signature_mismatch", "status": 401, "retryable": False}
    assert agrees(case)
    assert not agrees(case | {"expect": flipped})
    wrong_key = case["expect"] | {"key": "run.completed:another"}
    assert not agrees(case | {"expect": wrong_key})


@pytest.mark.parametrize(("scope", "key"), [("run", "key"), ("task", "task_key")])
def test_a_key_that_another_stack_committed_is_a_duplicate(scope: Any, key: str) -> None:
    """K7-13: two versions of a receiver, in two languages, over one store. The vectors hold every stack's keys."""
    verified = [case for case in DELIVERIES["cases"] if case["expect"]["result"] == "verified"]
    for case in verified:
        store = MemoryStore()
        store.commit(case["expect"][key], token="another", now=case["now"], retention_seconds=604_800)
        receiver = Receiver(
            case["secrets"],
            handler=print,
            set_aside=print,
            store=store,
            scope=scope,
            tolerance=Tolerance.OFF,
            max_body_bytes=2**40,
            clock=lambda case=case: case["now"],
        )
        assert receiver.receive("POST", headers_of(case), body_of(case)).code == "duplicate", case["id"]
    assert verified or DELIVERIES["count"] < 100
    assert DELIVERIES["format"] == "overten-webhook-vectors/1"


def test_runs_every_fingerprint() -> None:
    for case in DETAILS["fingerprints"]:
        (info,) = Verifier(case["secret"]).secrets
        assert info.fingerprint == case["fingerprint"], case
    assert len(DETAILS["fingerprints"]) >= 5


def labelled(labels: list[str | None], monkeypatch: pytest.MonkeyPatch) -> list[str] | str:
    """Give the labels, or the code with which they are refused: by mapping, and by lines where one cannot hold them."""
    secrets = [f"whsec_{position:032}" for position in range(len(labels))]
    if None not in labels and len(set(labels)) == len(labels):
        try:
            made = Verifier({str(label): secret for label, secret in zip(labels, secrets, strict=True)})
        except SecretError as error:
            return error.code
        return [info.label for info in made.secrets]
    lines = [secret if label is None else f"{label}:{secret}" for label, secret in zip(labels, secrets, strict=True)]
    monkeypatch.setenv("LABELLED", "\n".join(lines))
    receiver = Receiver(EnvSecrets("LABELLED"), handler=print, set_aside=print)
    return list(receiver.last_matched()) if receiver.problem is None else receiver.problem.partition(":")[0]


def test_runs_every_label(monkeypatch: pytest.MonkeyPatch) -> None:
    for case in DETAILS["labels"]:
        expected = [label or f"secret-{position}" for position, label in enumerate(case["labels"])]
        assert labelled(case["labels"], monkeypatch) == (case["code"] or expected), case
    assert len(DETAILS["labels"]) >= 12


def test_runs_every_signing() -> None:
    for case in DETAILS["signing"]:
        try:
            headers = sign(body_of(case), case["secret"], now=case["timestamp"])
        except WebhookError:
            assert case.get("refused"), case
            continue
        assert headers["X-Overten-Signature"] == case["signature"], case
        assert headers["X-Overten-Timestamp"] == str(case["timestamp"])
    assert len(DETAILS["signing"]) >= 7


def test_runs_every_member() -> None:
    for case in DETAILS["members"]:
        event = signed(body_of(case)).event()
        assert event.member(case["name"]) == case["json"], case
        if case["json"] is None:
            assert case["name"] not in event.data
        elif not math.isinf(json.loads(case["json"]) if case["json"][0] in "-0123456789" else 0):
            assert event.data[case["name"]] == json.loads(case["json"])
    assert len(DETAILS["members"]) >= 11


def test_knows_every_code_of_the_catalogue() -> None:
    catalogue = {entry["code"]: (entry["number"], entry["status"], entry["retryable"]) for entry in CODES["codes"]}
    assert catalogue == _core.CODES
    assert len(catalogue) == CODES["count"]


@pytest.mark.parametrize("entry", CODES["codes"], ids=lambda entry: entry["code"])
def test_every_code_makes_an_exception_with_its_status(entry: dict[str, Any]) -> None:
    error = exceptions.WebhookError(entry["code"], "text")
    assert (error.code, error.status, error.retryable) == (entry["code"], entry["status"], entry["retryable"])


def test_every_rejecting_code_has_a_vector() -> None:
    if DELIVERIES["count"] < 100:
        pytest.skip("another file than deliveries.json was named")
    seen = {case["expect"].get("code") or case["expect"].get("payload") for case in DELIVERIES["cases"]}
    rejecting = {code for code, (number, _, _) in _core.CODES.items() if 100 <= number < 400}
    assert rejecting - {"malformed_label"} <= seen
    assert any(case["code"] == "malformed_label" for case in DETAILS["labels"])
