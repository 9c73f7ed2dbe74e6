"""What type checkers make of the package: the stub against the runtime, and a user's program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support import ROOT

PROGRAM = Path(__file__).with_name("user_program.py")
CONFIG = ROOT / "python" / "pyproject.toml"

# Each is a mistake that a checker must find in the program.
MISTAKES = {
    "a case left out": ("        case OtherEvent():\n            return event.name\n", ""),
    "a decoded body": ("verifier.verify(body,", "verifier.verify(body.decode(),"),
    "a bare number as tolerance": ("tolerance=None", "tolerance=300"),
    "a field that may be absent": ("return run_id if error is None else error.code or run_id", "return error.code"),
    "an event that somebody makes up": ("return key + told(event)", "return told(RunCompleted(run_id=key))"),
    "a scope that is none": ('idempotency_key("task")', 'idempotency_key("tasks")'),
    "the headers left out": ("verifier.verify(body, headers, now", "verifier.verify(body, now"),
    "a subclass": ("def make()", "class Mine(Verifier): ...\n\n\ndef make()"),
    "a changed event": ("key: str", "event.run_id = '5'\n    key: str"),
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
def test_a_users_program_is_clean(checker: object, tmp_path: Path) -> None:
    """K10-10, K11-07: `assert_never` in it proves that the match is exhaustive."""
    program = tmp_path / "user_program.py"
    program.write_text(PROGRAM.read_text())
    run = checker(program)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("checker", CHECKERS)
def test_mistakes_are_found(checker: object, tmp_path: Path) -> None:
    text = PROGRAM.read_text()
    for number, (right, wrong) in enumerate(MISTAKES.values()):
        assert text.count(right) == 1, right
        (tmp_path / f"mistake_{number}.py").write_text(text.replace(right, wrong))
    run = checker(tmp_path)
    missed = [name for number, name in enumerate(MISTAKES) if f"mistake_{number}.py:" not in run.stdout]
    assert run.returncode != 0
    assert not missed, run.stdout + run.stderr
