#!/usr/bin/env python3
"""Install what building and testing need, and nothing that is already there.

    python3 tools/setup.py PART...

Each Makefile word names the parts it needs (PARTS below). A missing prerequisite is named with how to get it. What takes
long says so while it does. Each part takes a lock, so that two runs at once wait for one another instead of colliding. A
second run only looks.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSIONS = json.loads((ROOT / "tools/versions.json").read_text())
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "overten-webhook"
VENV = ROOT / ".venv"
REQUIREMENTS = ["tests/requirements.txt"]
SAY_EVERY_SECONDS = 5

HOW_TO_GET = {
    "rustup": "install it as rustup.rs says (Rust itself then comes by itself, in the version of rust-toolchain.toml)",
    "cc": "install a C compiler and linker: apt-get install build-essential, dnf install gcc, or xcode-select --install",
    "npm": "install Node.js with npm, from nodejs.org or your system's packages",
}


class MissingPrerequisite(Exception):
    """Something that only the person at the keyboard can install."""


def main(parts):
    unknown = [part for part in parts if part not in PARTS]
    if unknown or not parts:
        sys.exit(f"usage: tools/setup.py PART..., each one of {', '.join(PARTS)}")
    if sys.version_info < version_tuple(VERSIONS["python_minimum"]):
        sys.exit(f"setup: this is Python {sys.version.split()[0]}; install {VERSIONS['python_minimum']} or newer")
    try:
        for part in parts:
            with locked(part):
                PARTS[part]()
    except MissingPrerequisite as missing:
        sys.exit(f"setup: {missing}")
    except subprocess.CalledProcessError as failed:
        sys.exit(f"setup: this command failed, its output is above: {' '.join(map(str, failed.cmd))}")


def set_up_rust():
    """The toolchain and target that rust-toolchain.toml names."""
    require("rustup", "cc")
    # Without an argument rustup reads the file, and says so at length each time: its output is shown where it fails.
    run_saying("installing the toolchain of rust-toolchain.toml", "rustup", "toolchain", "install", "--no-self-update")


def set_up_checks():
    """What lints Rust, and a target without an operating system, on top of the toolchain."""
    set_up_rust()
    run_saying("installing clippy and rustfmt", "rustup", "component", "add", "clippy", "rustfmt")
    run_saying("installing Rust for thumbv7em-none-eabi", "rustup", "target", "add", "thumbv7em-none-eabi")


def set_up_node():
    """The npm packages of package-lock.json, a recent enough Node among them."""
    install_npm_packages(ROOT)
    node = node_binary()
    found = output_of(node, "--version")
    if version_tuple(found.lstrip("v")) < version_tuple(VERSIONS["node_minimum"]):
        raise MissingPrerequisite(
            f"Node {found} is too old for wrangler: install {VERSIONS['node_minimum']} or newer, from nodejs.org"
        )


def set_up_worker_tests():
    """What only the Workers' tests need of npm."""
    install_npm_packages(ROOT / "wasm/worker/tests")


def set_up_js():
    """What the page is built with, and what the package is shown and tested with: frameworks, hosts, bundlers, peers."""
    install_npm_packages(ROOT / "wasm")
    install_npm_packages(ROOT / "wasm/js/tests")


def set_up_python():
    """The virtual environment of the project's own, with what the tests import."""
    files = [name for name in REQUIREMENTS if (ROOT / name).exists()]
    stamp = VENV / ".overten-requirements-sha256"
    wanted = sha256_of(*files)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    run_saying(f"making {VENV.name}", sys.executable, "-m", "venv", "--clear", VENV)
    for name in files:
        run_saying(f"installing the packages of {name}", VENV / "bin/pip", "install", "--requirement", ROOT / name)
    stamp.write_text(wanted)


def set_up_tools():
    """The programs of tools/ in Rust: the one that packages Workers, and the signer."""
    set_up_rust()
    build_saying("the packaging program", "overten-webhook-tools")


PARTS = {
    "rust": set_up_rust,
    "checks": set_up_checks,
    "node": set_up_node,
    "worker-tests": set_up_worker_tests,
    "js": set_up_js,
    "tools": set_up_tools,
    "python": set_up_python,
}


def install_npm_packages(folder):
    """Install a folder's package-lock.json, unless that is what is there."""
    require("npm")
    lock, package = folder / "package-lock.json", folder / "package.json"
    stamp = folder / "node_modules/.overten-lock-sha256"
    wanted = sha256_of(lock, package)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    wanted_packages = len(json.loads(lock.read_text())["packages"]) - 1
    progress(f"installing the npm packages of {lock.relative_to(ROOT)}, at most {wanted_packages}")
    command = ["npm", "--prefix", folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run_saying(lambda: f"npm packages: {npm_packages(folder)} have begun to arrive", *command)
    stamp.write_text(wanted)


def npm_packages(folder):
    """How many packages are in place; while npm works, each is in its place or beside it under a name with a dot."""
    modules = folder / "node_modules"
    return len([entry for pattern in ("*/", "@*/*/") for entry in modules.glob(pattern) if entry.name[0] != "@"])


def node_binary():
    """The Node that the npm packages brought, else the system's (no package brings one for macOS)."""
    packaged = ROOT / "node_modules/.bin/node"
    found = str(packaged) if packaged.exists() else shutil.which("node")
    if not found:
        raise MissingPrerequisite(f"node is missing: install {VERSIONS['node_minimum']} or newer, from nodejs.org")
    return found


def require(*programs):
    for program in programs:
        if not shutil.which(program):
            raise MissingPrerequisite(f"{program} is missing: {HOW_TO_GET[program]}")


@contextlib.contextmanager
def locked(name):
    """Hold the lock of that name, which every checkout on this account shares; the end of the process frees it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for another run to finish its part '{name}'")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sha256_of(*names):
    return hashlib.sha256(b"\0".join((ROOT / name).read_bytes() for name in names)).hexdigest()


def version_tuple(text):
    return tuple(int(part) for part in text.split("."))


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def run_saying(what, *command):
    """Run a command, with a line about it now and then. Its output is shown only where it fails."""
    with tempfile.TemporaryFile("w+") as output:
        with saying(what if callable(what) else lambda: what):
            code = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT).returncode
        if code != 0:
            output.seek(0)
            sys.stderr.write(output.read())
            raise subprocess.CalledProcessError(code, command)


def build_saying(what, package):
    """Have cargo build a package, with a line now and then about how far it is. Its messages are shown as they come."""
    command = ["cargo", "build", "--locked", "--package", package]
    # Its bar, which it draws into a pipe too if it is told to: each state of it ends with a carriage return.
    bar = {"CARGO_TERM_PROGRESS_WHEN": "always", "CARGO_TERM_PROGRESS_WIDTH": "100", "CARGO_TERM_COLOR": "never"}
    far = "cargo begins"
    with saying(lambda: f"building {what}, once: {far}"):
        with subprocess.Popen(command, cwd=ROOT, env=os.environ | bar, stderr=subprocess.PIPE) as cargo:
            for line in lines_of(cargo.stderr):
                if line.endswith("\r"):
                    far = re.sub(r"^ *Building \[.*?\]", "", line).strip() or far
                else:
                    print(line, end="", file=sys.stderr, flush=True)
    if cargo.returncode != 0:
        raise subprocess.CalledProcessError(cargo.returncode, command)


def lines_of(pipe):
    """Each line once it is there, also one that ends with a carriage return (Python's own reading waits for more then)."""
    begun = b""
    while more := pipe.read1():
        *lines, begun = re.split(rb"(?<=[\r\n])", begun + more)
        yield from (line.decode() for line in lines)
    yield begun.decode()


@contextlib.contextmanager
def saying(what):
    """While the work inside takes, a line now and then that says what it is."""
    began, over = time.monotonic(), threading.Event()

    def say():
        while not over.wait(SAY_EVERY_SECONDS):
            progress(f"{what()} ({time.monotonic() - began:.0f} s)")

    voice = threading.Thread(target=say)
    voice.start()
    try:
        yield
    finally:
        over.set()
        voice.join()


def progress(text):
    print(f"setup: {text}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
