#!/usr/bin/env python3
"""Build the command line for other machines, and run what can run here.

    python3 cli/build.py            static programs for Linux, x86-64 and aarch64, into target/cli
    python3 cli/build.py --others   for Windows too, built only, and for macOS, checked only: its frameworks are Apple's to give

Zig links them and brings each system's C library. What runs here, aarch64 under qemu-user where that is installed, must
start, verify a delivery and be static; its size and the processor time of a start are printed.
"""

import argparse
import hashlib
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "target/cli"
REQUIREMENTS = ROOT / "cli/requirements-build.txt"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "overten-webhook"

LINUX = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"]
WINDOWS = ["x86_64-pc-windows-gnu"]
MACOS = ["aarch64-apple-darwin", "x86_64-apple-darwin"]

STARTS = 100
MOST_START_MS = 5
PROGRAM_HEADER_INTERPRETER = 3

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
DELIVERY = b"""POST / HTTP/1.1
X-Overten-Signature: sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9
X-Overten-Timestamp: 1760000000

{"event":"run.completed","run_id":"run_01","data":{"ok":true}}"""


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--others", action="store_true", help="for Windows and macOS too, as far as is possible here")
    is_all = arguments.parse_args().others
    tools = zig()
    for triple in LINUX:
        program = build(triple, tools)
        must(is_static(program), f"{program} wants a dynamic linker")
        try_out(triple, program)
    for triple in WINDOWS if is_all else []:
        say(f"{triple}: {size(build(triple, tools))}, built and not run")
    for triple in MACOS if is_all else []:
        cargo_zig(triple, tools, "check")
        say(f"{triple}: compiles, with its C; not linked")


def zig():
    """The folder of the linker's programs, installed once for each change of their versions."""
    stamp = hashlib.sha256(sys.version.encode() + REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"zig-{stamp}"
    if not (folder / "ready").exists():
        say(f"installing the linker into {folder}")
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
        pip = (folder / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check")
        run(*pip, "-r", REQUIREMENTS)
        (folder / "ready").touch()
    return folder / "bin"


def build(triple, tools):
    """The program for these machines, as it is handed out."""
    cargo_zig(triple, tools, "zigbuild", "--profile", "cli")
    ending = ".exe" if "windows" in triple else ""
    built = ROOT / "target" / triple / "cli" / f"overten-webhook{ending}"
    OUT.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy2(built, OUT / f"overten-webhook-{triple}{ending}"))


def cargo_zig(triple, tools, word, *options):
    """Have cargo do that for these machines, with Zig as the compiler and linker of C."""
    say(f"{word} for {triple}")
    run("rustup", "target", "add", triple)
    environment = os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    command = ["cargo-zigbuild", word, *options, "--locked", "--quiet", "--package", "overten-webhook-cli"]
    run(*command, "--target", triple, environment=environment)


def is_static(program):
    """Whether an ELF program of 64 bits asks for no dynamic linker."""
    data = program.read_bytes()
    first, entry_bytes, entries = (int.from_bytes(data[at : at + n], "little") for at, n in ((32, 8), (54, 2), (56, 2)))
    kinds = [
        int.from_bytes(data[at : at + 4], "little") for at in range(first, first + entry_bytes * entries, entry_bytes)
    ]
    return PROGRAM_HEADER_INTERPRETER not in kinds


def try_out(triple, program):
    """Run it: directly, or under qemu-user."""
    machine = triple.split("-")[0]
    is_native = platform.machine() == machine
    emulator = [] if is_native else [shutil.which(f"qemu-{machine}-static") or shutil.which(f"qemu-{machine}")]
    if emulator == [None]:
        say(f"{triple}: {size(program)}, NOT RUN: on Debian, apt-get install qemu-user-static")
        return
    command = [*emulator, program]
    shown = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True).stdout
    must(shown.startswith("overten-webhook "), shown)
    with tempfile.TemporaryDirectory() as folder:
        verify = [*command, "verify", "--now", "1760000000"]
        environment = {"OVERTEN_WEBHOOK_SECRETS": SECRET}
        subprocess.run(verify, input=DELIVERY, check=True, env=environment, cwd=folder, stdout=subprocess.DEVNULL)
    if not is_native:
        say(f"{triple}: {size(program)}, runs under {Path(emulator[0]).name}")
        return
    milliseconds = start_up(command)
    must(milliseconds < MOST_START_MS, f"--version takes {milliseconds:.2f} ms, more than {MOST_START_MS}")
    say(f"{triple}: {size(program)}, --version takes {milliseconds:.2f} ms of processor time (mean of {STARTS})")


def start_up(command):
    """The processor time of a start in milliseconds, its making by this program included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(STARTS):
        subprocess.run([*command, "--version"], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / STARTS


def size(program):
    return f"{program.stat().st_size / 1e6:.2f} MB"


def must(is_so, otherwise):
    if not is_so:
        sys.exit(f"cli: {otherwise}")


def run(*command, environment=None):
    done = subprocess.run([str(part) for part in command], check=False, cwd=ROOT, env=environment)
    if done.returncode:
        sys.exit(f"cli: this failed: {' '.join(map(str, command))}")


def say(text):
    print(f"cli: {text}", flush=True)


if __name__ == "__main__":
    main()
