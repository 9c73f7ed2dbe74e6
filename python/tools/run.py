#!/usr/bin/env python3
"""Build the wheels, and run what there is to run on them: tests on the oldest and newest CPython, or the benchmark.

    python3 python/tools/run.py test [pytest's arguments]
    python3 python/tools/run.py bench [sizes in bytes]
    python3 python/tools/run.py wheels

Virtual environments and caches lie outside the checkout, in the user's cache folder; wheels in target/python/wheels.
"""

import glob
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PYTHON = Path(__file__).resolve().parents[1]
ROOT = PYTHON.parent
REQUIREMENTS = PYTHON / "requirements-dev.txt"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "overten-webhook" / "python"
# Of its own, since artifacts linked for this machine alone must never end up in a wheel.
TARGET = ROOT / "target" / "python"
WHEELS = TARGET / "wheels"
TRIPLES = ("x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu")
# For Alpine, where pip would find nothing.
MUSL_TRIPLES = ("x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl")
OLDEST = (3, 10)

ABOUT = """
import json, sys, sysconfig, venv, ensurepip
print(json.dumps([sys.implementation.name, sys.version_info[:3], sys.base_prefix,
                  bool(sysconfig.get_config_var("Py_GIL_DISABLED"))]))
"""


@dataclass(frozen=True, order=True)
class Interpreter:
    """A CPython that can make virtual environments."""

    version: tuple[int, ...]
    free_threaded: bool
    prefix: str
    path: str

    @property
    def name(self) -> str:
        """The version, with a t where there is no GIL."""
        return ".".join(map(str, self.version)) + ("t" if self.free_threaded else "")


def say(text: str) -> None:
    """Show progress."""
    print(f"python: {text}", flush=True)


def run(*command: object, env: dict[str, str] | None = None, cwd: Path = PYTHON) -> None:
    """Run a command, or end with its exit code."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(env or {})}
    ended = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, check=False)
    if ended.returncode:
        say(f"failed ({ended.returncode}): {' '.join(map(str, command))}")
        sys.exit(ended.returncode)


def interpreters() -> list[Interpreter]:
    """Find every usable CPython on the path and under pyenv."""
    names = [f"python3.{minor}{suffix}" for minor in range(OLDEST[1], 20) for suffix in ("", "t")]
    paths = [sys.executable, *filter(None, map(shutil.which, names))]
    paths += glob.glob(str(Path.home() / ".pyenv/versions/3.*/bin/python3"))
    found: dict[tuple[str, str], Interpreter] = {}
    for path in paths:
        asked = subprocess.run([path, "-c", ABOUT], capture_output=True, text=True, check=False)
        if asked.returncode == 0:
            name, version, prefix, free_threaded = json.loads(asked.stdout)
            interpreter = Interpreter(tuple(version), free_threaded, prefix, path)
            if name == "cpython" and interpreter.version >= OLDEST:
                found.setdefault((prefix, interpreter.name), interpreter)
    return sorted(found.values())


def environment(interpreter: Interpreter, *requirements: str) -> Path:
    """Make a virtual environment with what the tests need, once for each change of that, and give its interpreter."""
    requirements = requirements or ("-r", str(REQUIREMENTS))
    stamp = hashlib.sha256(f"{interpreter.prefix} {requirements}".encode() + REQUIREMENTS.read_bytes()).hexdigest()
    folder = CACHE / f"{interpreter.name}-{stamp[:12]}"
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        say(f"installing the test tools for CPython {interpreter.name} into {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        run(interpreter.path, "-m", "venv", folder)
        pip = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check")
        run(*pip, *requirements)
        ready.touch()
    return python


def pinned(name: str) -> str:
    """Give a requirement in its pinned version."""
    (line,) = [line for line in REQUIREMENTS.read_text().splitlines() if line.startswith(f"{name}==")]
    return line


def newest() -> Interpreter:
    """Give the newest CPython with a GIL."""
    return [interpreter for interpreter in interpreters() if not interpreter.free_threaded][-1]


def install(python: Path, wheel: Path) -> None:
    """Put the wheel that was just built into the environment."""
    pip = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check")
    run(*pip, "--force-reinstall", "--no-deps", "--no-index", wheel)


def on_path(python: Path) -> dict[str, str]:
    """Give the setting by which the environment's tools are found first."""
    return {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"}


def build(python: Path) -> None:
    """Build the abi3 and free-threaded wheels for both processors, the abi3 ones for musl, and the sources' archive."""
    shutil.rmtree(WHEELS, ignore_errors=True)
    maturin = (python, "-m", "maturin")
    for triple in TRIPLES + MUSL_TRIPLES:
        run("rustup", "target", "add", triple, cwd=ROOT)
        for flavour in ((), ("-i", "python3.14t")) if triple in TRIPLES else ((),):
            # Each flavour in a folder of its own: in one they would make each other stale.
            env = {"CARGO_TARGET_DIR": str(TARGET / ("free-threaded" if flavour else "abi3"))} | on_path(python)
            say(f"building a wheel for {triple}{', free-threaded' if flavour else ''}")
            run(
                *maturin,
                "build",
                "--release",
                "--locked",
                "--zig",
                "--target",
                triple,
                "-q",
                "-o",
                WHEELS,
                *flavour,
                env=env,
            )
    run(*maturin, "sdist", "-o", WHEELS, env=on_path(python))


def wheel_for_this_machine(tag: str) -> Path:
    """Give the wheel with that tag."""
    (wheel,) = WHEELS.glob(f"*-{tag}-manylinux*{platform.machine()}.whl")
    return wheel


def test(arguments: list[str]) -> None:
    """Check the sources once, then run the tests on the oldest and the newest CPython, and free-threaded if there."""
    usable = interpreters()
    with_gil = [interpreter for interpreter in usable if not interpreter.free_threaded]
    ends = sorted({with_gil[0], with_gil[-1]})
    run(str(ROOT / "tools/debian"), "redis-server")
    say("CPython " + " and ".join(interpreter.name for interpreter in ends))
    pythons = [environment(interpreter) for interpreter in ends]
    build(pythons[-1])
    caches = {
        "HYPOTHESIS_STORAGE_DIRECTORY": str(CACHE / "hypothesis"),
        "OVERTEN_WHEELS": str(WHEELS),
        "CARGO_TARGET_DIR": str(TARGET),
    }
    check(pythons[-1])
    for interpreter, python in zip(ends, pythons, strict=True):
        install(python, wheel_for_this_machine("abi3"))
        say(f"testing on CPython {interpreter.name}")
        # The type checkers judge the same sources whatever runs them: once is enough.
        once = () if interpreter == ends[-1] else ("--ignore=tests/test_types.py",)
        tests = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", *once, *arguments)
        run(python, *tests, env=caches | on_path(python))
    free_threaded = [
        interpreter for interpreter in usable if interpreter.free_threaded and interpreter.version >= (3, 14)
    ]
    if not free_threaded:
        say("NO FREE-THREADED CPYTHON 3.14 HERE: its wheel is built and inspected, not run")
    for interpreter in free_threaded[-1:]:
        # Not all the test tools have free-threaded wheels, and these tests need no more.
        python = environment(interpreter, pinned("pytest"))
        install(python, wheel_for_this_machine("cp314t"))
        say(f"testing on CPython {interpreter.name}")
        run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_threads.py", "tests/test_vectors.py")


def check(python: Path) -> None:
    """Lint, format and types of the sources."""
    say("checking the sources")
    run(python, "-m", "ruff", "check", "--no-cache", "-q", ".")
    run(python, "-m", "ruff", "format", "--no-cache", "-q", "--check", ".")
    run(python, "-m", "mypy", f"--cache-dir={CACHE / 'mypy'}", "--no-error-summary", "pysrc")


def bench(arguments: list[str]) -> None:
    """Run the benchmark on the newest CPython."""
    python = environment(newest())
    build(python)
    install(python, wheel_for_this_machine("abi3"))
    run(python, PYTHON / "benches" / "verify.py", *arguments)


def main() -> None:
    """Do what the first word says."""
    if sys.version_info < OLDEST:
        sys.exit("CPython 3.10 or later is needed: on Debian, apt-get install python3 python3-venv")
    began = time.monotonic()
    word, arguments = (sys.argv[1:2] or [""])[0], sys.argv[2:]
    if word == "test":
        test(arguments)
    elif word == "bench":
        bench(arguments)
    elif word == "wheels":
        build(environment(newest()))
    else:
        sys.exit(__doc__)
    say(f"{word} done in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
