"""Why a delivery does not verify: every vector, what is shown, and that no receiver comes near it."""

import ast
import copy
import dataclasses
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import overten_webhook
from overten_webhook import EnvSecrets, InvalidArgument, Tolerance, diagnose
from overten_webhook.diagnosis import Report
from support import BODY, HEADERS, HIDDEN, NOW, S1, S2, body_of, load

VECTORS = load("diagnose.json")


def secrets_of(given: list[dict[str, str]]) -> Any:
    """Give them as a mapping where they have labels, else as a list."""
    if any("label" in secret for secret in given):
        return {secret["label"]: secret["secret"] for secret in given}
    return [secret["secret"] for secret in given]


def report_of(case: dict[str, Any]) -> Report:
    settings: dict[str, Any] = {}
    if "tolerance" in case:
        settings["tolerance"] = timedelta(seconds=case["tolerance"])
    if "max_body_bytes" in case:
        settings["max_body_bytes"] = case["max_body_bytes"]
    headers = [(header["name"], header["value"].encode()) for header in case["headers"]]
    others = secrets_of(case["others"])
    return diagnose(
        headers, body_of(case), secrets_of(case["secrets"]), now=case["now"], other_secrets=others, **settings
    )


def outcome(case: dict[str, Any]) -> dict[str, Any]:
    """Run one case and give what came out, in the form of its `expect`."""
    report = report_of(case)
    found = {"outcome": report.outcome, "code": report.code, "secret": report.secret}
    found["causes"] = [cause.code for cause in report.causes]
    found["lacks"] = [lack.code for lack in report.lacks]
    found |= {"begins_as_signed_with": report.begins_as_signed_with, "answer": report.answer}
    found["suspicions"] = [suspicion.code for suspicion in report.suspicions]
    return found


def agrees(case: dict[str, Any]) -> bool:
    return outcome(case) == {"secret": None} | case["expect"]


def test_runs_every_diagnosis() -> None:
    wrong = [(case["id"], outcome(case), case["expect"]) for case in VECTORS["cases"] if not agrees(case)]
    assert not wrong, wrong[:5]
    assert len(VECTORS["cases"]) == VECTORS["count"] >= 288


def test_a_flipped_diagnosis_fails() -> None:
    case = next(case for case in VECTORS["cases"] if case["id"] == "json/spaced")
    assert agrees(case)
    assert not agrees(case | {"expect": case["expect"] | {"causes": ["json_escapes"]}})


def test_the_report_says_what_its_json_says() -> None:
    for case in VECTORS["cases"]:
        report = report_of(case)
        said = json.loads(report.to_json())
        assert (report.outcome, report.is_complete, list(report.tried)) == (said["outcome"], True, said["tried"])
        findings = [list(cause) for cause in report.causes] + [list(it) for it in report.suspicions]
        assert findings == [list(each.values()) for each in said["causes"] + said["suspicions"]]
        assert [list(lack) for lack in report.lacks] == [list(each.values()) for each in said["lacks"]]
        assert report.answer_detail == said["answer_detail"]
        facts = dataclasses.asdict(report.facts)
        assert [list(secret.values()) for secret in facts.pop("secrets")] == [
            list(secret.values()) for secret in said["facts"].pop("secrets")
        ]
        assert facts == said["facts"]
        for text in (change for each in report.causes for change in (each.what, each.change)):
            assert text in str(report)


def test_a_report_is_frozen_and_can_be_copied() -> None:
    report = diagnose(HEADERS, BODY + b"\n", S1, now=NOW)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.outcome = "verifies"  # type: ignore[misc]
    assert copy.deepcopy(report) == report
    assert "_text" not in repr(report)


def test_shows_no_secret_and_no_signature() -> None:
    report = diagnose(HEADERS, BODY + b"\n", {"mine": S1}, now=NOW, other_secrets=S2)
    shown = f"{report}{report!r}{report.to_json()}"
    assert not [hidden for hidden in HIDDEN if hidden in shown]
    assert report.facts.secrets[0].fingerprint == "027cf575"
    assert [secret.is_configured for secret in report.facts.secrets] == [True, False]


def test_judges_by_the_settings_it_is_given() -> None:
    def codes(**settings: Any) -> list[str]:
        return [cause.code for cause in diagnose(HEADERS, BODY, S1, **settings).causes]

    assert codes(now=NOW) == codes(tolerance=Tolerance.OFF) == []
    assert codes() == codes(now=datetime.now(timezone.utc)) == ["timestamp_too_old"]
    assert codes(now=NOW + 2, tolerance=timedelta(seconds=1)) == ["timestamp_too_old"]
    assert codes(now=NOW, max_body_bytes=5) == ["body_too_large"]


def test_takes_the_secrets_of_a_receiver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERTEN_WEBHOOK_SECRETS", f"\n old:{S2}\nnew:{S1}\n")
    assert diagnose(HEADERS, BODY, EnvSecrets(), now=NOW).secret == "new"
    monkeypatch.delenv("OVERTEN_WEBHOOK_SECRETS")
    report = diagnose(HEADERS, BODY, EnvSecrets(), now=NOW)
    assert (report.code, [it.code for it in report.suspicions]) == ("no_secrets", ["no_secret"])


def test_an_environ_is_what_is_wrong_and_no_error() -> None:
    """A verifier refuses it; a capture may have been made of one."""
    environ = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in HEADERS.items()}
    causes = [cause.code for cause in diagnose(environ, BODY, S1, now=NOW).causes]
    assert causes == ["timestamp_header_renamed", "signature_header_renamed"]


@pytest.mark.parametrize(
    ("error", "change"),
    [
        (TypeError, {"body": BODY.decode()}),
        (TypeError, {"headers": "X-Overten-Signature: a"}),
        (TypeError, {"secrets": 5}),
        (TypeError, {"other_secrets": EnvSecrets()}),
        (TypeError, {"tolerance": None}),
        (InvalidArgument, {"max_body_bytes": -1}),
        (InvalidArgument, {"now": float("nan")}),
    ],
)
def test_an_argument_without_a_meaning_is_refused(error: type[Exception], change: dict[str, Any]) -> None:
    arguments = {"headers": HEADERS, "body": BODY, "secrets": S1} | change
    with pytest.raises(error, match=next(iter(change))):
        diagnose(**arguments)


def test_no_receiver_imports_it() -> None:
    """SPEC section 8: it is never reachable from the network path."""
    receivers = ["overten_webhook", "asgi", "async_receiver", "django", "fastapi", "flask", "receiver", "wsgi"]
    modules = ", ".join(name if name == "overten_webhook" else f"overten_webhook.{name}" for name in receivers)
    script = f"import sys, {modules}; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "overten_webhook.receiver" in run.stdout.split()
    assert "overten_webhook.diagnosis" not in run.stdout.split()


def test_no_other_module_calls_it() -> None:
    folder = Path(str(overten_webhook.__file__)).parent
    naming = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.id] if isinstance(node, ast.Name) else [node.attr] if isinstance(node, ast.Attribute) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            if any(name.rpartition(".")[2] in ("diagnose", "diagnosis") for name in names):
                naming.add(path.name)
    assert naming == {"__init__.py", "diagnosis.py"}
