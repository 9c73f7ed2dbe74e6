"""What python/README.md says of the verifier, as written."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from overten_webhook import _core, exceptions, sign
from overten_webhook.testing import Sender
from support import BODY, HEADERS, NOW, S1

README = (Path(__file__).parents[1] / "README.md").read_text()


def snippet(heading: str) -> str:
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    (found,) = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return str(found)


def test_verify_only_answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("OVERTEN_WEBHOOK_SECRET", S1)
    names: dict[str, Any] = {}
    exec(snippet("Verify only"), names)  # noqa: S102
    monkeypatch.setattr("time.time", lambda: float(NOW))
    assert names["receive"](BODY, HEADERS) == (200, "run.completed:run_01")
    assert names["receive"](BODY + b" ", HEADERS) == (401, "signature_mismatch")
    assert names["receive"](BODY, {}) == (400, "missing_signature")
    for body in (b'{"event":"run.failed","run_id":"r","error":"e"}', b'{"event":"new","run_id":"r"}', b"[]"):
        assert names["receive"](body, sign(body, S1, now=NOW))[0] == 200
    assert capsys.readouterr().out.splitlines() == [
        "run_01 is at None",
        "r failed: ErrorDetail(code='e', message=None)",
        "not known yet: new",
    ]


def test_verify_only_without_a_secret_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """K4-09: no default."""
    monkeypatch.delenv("OVERTEN_WEBHOOK_SECRET", raising=False)
    run = subprocess.run([sys.executable, "-c", snippet("Verify only")], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "SecretError: no secret is configured" in run.stderr
    assert "OVERTEN_WEBHOOK_SECRET" not in os.environ


def test_why_a_delivery_does_not_verify_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OVERTEN_WEBHOOK_SECRETS", S1)
    exec(snippet("Why a delivery does not verify"), {})  # noqa: S102
    assert capsys.readouterr().out.startswith("json_spacing: ")


def test_test_your_handler_passes() -> None:
    names: dict[str, Any] = {}
    exec("from overten_webhook import Verifier\n" + snippet("Test your handler"), names)  # noqa: S102
    names["test_run_failed"](Sender())


def test_table_of_exceptions_is_the_catalogue() -> None:
    rows = re.findall(r"^\| `(\w+)`.*? \| (.*?) \| (\d+) \|$", README, re.MULTILINE)
    told = {code: (name, int(status)) for name, codes, status in rows for code in re.findall(r"`(\w+)`", codes)}
    assert {name for name, _ in told.values()} == set(exceptions.__all__) - {"WebhookError"}
    for code, (_, status) in told.items():
        assert _core.CODES[code][1] == status
    of_exceptions = {code for code, (number, _, _) in _core.CODES.items() if 100 <= number < 400}
    assert set(told) == of_exceptions | {"invalid_argument", "internal"}
