"""A fault of ours arrives as an exception that `except Exception` catches, in a build that can be made to fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import overten_webhook
from support import ROOT

PROVOKE = """
import overten_webhook
verifier = overten_webhook.Verifier("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
try:
    verifier.verify(b"forced failure", {})
except Exception as error:
    print(type(error).__name__, isinstance(error, overten_webhook.WebhookError), error.code, error.status)
try:
    verifier.verify(b"", {})
except overten_webhook.HeaderError as error:
    print(error.code)
"""


@pytest.fixture(scope="module")
def failing_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the extension with the failure in it, and put it beside a copy of the installed package."""
    folder = tmp_path_factory.mktemp("failing")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    environment = os.environ | {"PYO3_PYTHON": sys.executable}
    build = ["cargo", "build", "--quiet", "--locked", "-p", "overten-webhook-python", "--features", "forced-failure"]
    subprocess.run(build, cwd=ROOT, env=environment, check=True)
    package = folder / "overten_webhook"
    package.mkdir()
    for source in Path(overten_webhook.__file__).parent.glob("*.py"):
        (package / source.name).write_bytes(source.read_bytes())
    for source in (Path(overten_webhook.__file__).parent / "stores").glob("*.py"):
        (package / "stores").mkdir(exist_ok=True)
        (package / "stores" / source.name).write_bytes(source.read_bytes())
    built = target / "debug" / "liboverten_webhook_python.so"
    (package / "_core.abi3.so").write_bytes(built.read_bytes())
    return folder


def test_a_forced_failure_is_an_exception_of_ours(failing_package: Path) -> None:
    """K10-07: and the next call works."""
    environment = os.environ | {"PYTHONPATH": str(failing_package)}
    run = subprocess.run([sys.executable, "-c", PROVOKE], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines() == ["InternalError True internal 503", "missing_signature"]


def test_the_installed_package_has_no_such_switch() -> None:
    with pytest.raises(overten_webhook.HeaderError):
        overten_webhook.Verifier("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").verify(b"forced failure", {})
