"""What type checkers make of the package: the stub against the runtime, and a user's program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT

CONFIG = ROOT / "python" / "pyproject.toml"
PROGRAMS = ["user_program", "receiver_program"]

# Each is a mistake that a checker must find in a program.
MISTAKES = {
    "a case left out": ("user_program", "        case OtherEvent():\n            return event.name\n", ""),
    "a decoded body": ("user_program", "verifier.verify(body,", "verifier.verify(body.decode(),"),
    "a bare number as tolerance": ("user_program", "tolerance=Tolerance.OFF", "tolerance=300"),
    "a field that may be absent": (
        "user_program",
        "return run_id if error is None else error.code or run_id",
        "return error.code",
    ),
    "an event that somebody makes up": (
        "user_program",
        "return key + told(event)",
        "return told(RunCompleted(run_id=key))",
    ),
    "a scope that is none": ("user_program", 'idempotency_key("task")', 'idempotency_key("tasks")'),
    "the headers left out": ("user_program", "verifier.verify(body, headers, now", "verifier.verify(body, now"),
    "a subclass": ("user_program", "def make()", "class Mine(Verifier): ...\n\n\ndef make()"),
    "a changed event": ("user_program", "key: str", "event.run_id = '5'\n    key: str"),
    "a body before its headers": ("user_program", "diagnose(headers, body, [", "diagnose(body, headers, ["),
    "a changed report": ("user_program", '    return "\\n".join(', '    report.code = "ok"\n    return "\\n".join('),
    "nobody who sets aside": (
        "receiver_program",
        'Receiver("a", handler=handle, set_aside=keep)',
        'Receiver("a", handler=handle)',
    ),
    "no tolerance": ("receiver_program", "tolerance=Tolerance(past=Tolerance.UNLIMITED)", "tolerance=None"),
    "a handler of something else": (
        "receiver_program",
        "(event: Event) -> None:\n    if",
        "(event: Delivery) -> None:\n    if",
    ),
    "a store without a release": (
        "receiver_program",
        "    def release(self, key: str, *, token: str) -> None: ...\n",
        "",
    ),
    "a finished verifier for secrets": (
        "receiver_program",
        'Receiver(\n        EnvSecrets("SECRETS")',
        "Receiver(\n        MyStore()",
    ),
    "no handler": ("receiver_program", 'AsyncReceiver("a", handler=handle_async, ', 'AsyncReceiver("a", '),
    "a status that loses events": ("receiver_program", "mismatch_status=503", "mismatch_status=409"),
    "chunks of the other kind": ("receiver_program", "(chunks: Iterator[bytes])", "(chunks: AsyncIterator[bytes])"),
    "the twin of the other kind": ("receiver_program", "webhook_view(receiver)", "webhook_view(async_receiver)"),
}


def mypy(path: Path) -> subprocess.CompletedProcess[str]:
    # Not from our folder: it must find the installed package, as a user's mypy does.
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={path.parent / 'mypy'}", str(path)]
    return subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)


def pyright(path: Path) -> subprocess.CompletedProcess[str]:
    (path.parent / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable, str(path)]
    environment = os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    return subprocess.run(command, cwd=path.parent, env=environment, capture_output=True, text=True, check=False)


CHECKERS = [mypy, pyright]


def test_the_stub_says_what_the_compiled_part_is() -> None:
    """K10-10."""
    command = [sys.executable, "-m", "mypy.stubtest", "--mypy-config-file", str(CONFIG), "overten_webhook._core"]
    run = subprocess.run(command, cwd=ROOT / "tests", capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_users_program_is_clean(checker: object, name: str, tmp_path: Path) -> None:
    """K10-10, K11-07: `assert_never` in it proves that the match is exhaustive."""
    program = tmp_path / f"{name}.py"
    program.write_text(text_of(name))
    run = checker(program)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("checker", CHECKERS)
def test_mistakes_are_found(checker: object, tmp_path: Path) -> None:
    for number, (name, right, wrong) in enumerate(MISTAKES.values()):
        text = text_of(name)
        assert text.count(right) == 1, right
        (tmp_path / f"mistake_{number}.py").write_text(text.replace(right, wrong))
    run = checker(tmp_path)
    missed = [name for number, name in enumerate(MISTAKES) if f"mistake_{number}.py:" not in run.stdout]
    assert run.returncode != 0
    assert not missed, run.stdout + run.stderr


def text_of(name: str) -> str:
    return Path(__file__).with_name(f"{name}.py").read_text()
