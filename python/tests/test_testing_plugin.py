"""The pytest plugin, as a user's tests meet it."""

import subprocess
import sys
from pathlib import Path

import pytest

from overten_webhook import RunFailed, SignatureMismatch, TimestampError, Verifier
from overten_webhook.testing import Sender
from support import S1

USERS_TEST = """
from overten_webhook import RunCompleted, Verifier

def test_mine(overten_sender):
    request = overten_sender.request(run_id="run_01", credits_used=84)
    delivery = Verifier(overten_sender.secret).verify(request.body, request.headers)
    match delivery.event():
        case RunCompleted(run_id, credits_used=credits_used):
            assert (run_id, credits_used) == ("run_01", 84)
        case _:
            raise AssertionError

def test_another_secret_each_time(overten_sender, request):
    assert overten_sender.secret not in repr(overten_sender)
"""


def test_a_users_tests_need_nothing_but_the_installed_package(tmp_path: Path) -> None:
    """K11-01: no import, no conftest, no secret."""
    (tmp_path / "test_mine.py").write_text(USERS_TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in run.stdout, run.stdout + run.stderr


def test_the_fixture_signs_what_verifies(overten_sender: Sender) -> None:
    request = overten_sender.request("run.failed", run_id="r", error={"code": "c"}, now=1_760_000_000)
    verifier = Verifier(overten_sender.secret)
    event = verifier.verify(request.body, request.headers, now=1_760_000_000).event()
    assert isinstance(event, RunFailed)
    assert event.error == ("c", None)
    with pytest.raises(TimestampError):
        verifier.verify(request.body, request.headers)
    with pytest.raises(SignatureMismatch):
        Verifier(S1).verify(request.body, request.headers, now=1_760_000_000)


def test_any_body_can_be_signed() -> None:
    request = Sender(S1).sign(b"\xff", now=0)
    assert Verifier(S1).verify(request.body, request.headers, now=0).body == b"\xff"


def test_two_senders_have_two_secrets() -> None:
    assert Sender().secret != Sender().secret
