"""More than one interpreter in a process: the first one that imports works, every other gets a clear ImportError."""

import subprocess
import sys

import pytest

# Runs code in a new interpreter of the kind asked for, on whatever this version calls the module.
RUN_IN_ANOTHER = """
import os, sys

if sys.version_info >= (3, 13):
    import _interpreters
    KINDS = {"shared GIL": "legacy", "own GIL": "isolated"}
else:
    import _xxsubinterpreters as _interpreters
    KINDS = {"shared GIL": False, "own GIL": True}

def try_import(kind):
    reader, writer = os.pipe()
    code = f'''
import os
try:
    import overten_webhook
    verifier = overten_webhook.Verifier("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    try:
        verifier.verify(b"", dict())
    except overten_webhook.HeaderError as error:
        said = "works"
except ImportError as error:
    said = "ImportError: " + str(error)
except BaseException as error:
    said = repr(error)
os.write({writer}, said.encode())
'''
    if sys.version_info >= (3, 13):
        interpreter = _interpreters.create(KINDS[kind])
        _interpreters.exec(interpreter, code)
    else:
        interpreter = _interpreters.create(isolated=KINDS[kind])
        _interpreters.run_string(interpreter, code)
    os.close(writer)
    print(os.read(reader, 10_000).decode())
"""
KINDS = ["shared GIL", "own GIL"]
if sys.version_info < (3, 12):
    KINDS = ["shared GIL"]  # no interpreter had a GIL of its own before


def said_by(script: str) -> list[str]:
    command = [sys.executable, "-c", RUN_IN_ANOTHER + script]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def is_clear_refusal(said: str) -> bool:
    ours = "overten_webhook works in one interpreter of a process"
    pythons = "module overten_webhook._core does not support loading in subinterpreters"
    return said.startswith("ImportError: ") and (ours in said or pythons in said)


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_interpreter_is_refused_and_the_first_goes_on(kind: str) -> None:
    """K10-12."""
    script = f"""
import overten_webhook
try_import({kind!r})
try_import({kind!r})
print(overten_webhook.Verifier("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").max_body_bytes)
"""
    second, third, first = said_by(script)
    assert is_clear_refusal(second), second
    assert is_clear_refusal(third), third
    assert first == "1048576"


def test_of_two_subinterpreters_the_first_works() -> None:
    """K10-12, as mod_wsgi does it: the main interpreter never imports."""
    first, second = said_by("try_import('shared GIL'); try_import('shared GIL')")
    assert first == "works"
    assert is_clear_refusal(second), second


def test_importing_again_in_the_same_interpreter_works() -> None:
    script = """
import importlib, overten_webhook
importlib.reload(overten_webhook)
for name in [name for name in sys.modules if name.startswith("overten_webhook")]:
    del sys.modules[name]
import overten_webhook
print("works")
"""
    assert said_by(script) == ["works"]
