#!/usr/bin/env python3
"""`make demo` as on a fresh machine, and once more: what it takes and how long it is silent, as a Markdown section.

The checkout is cloned anew, and what cargo, rustup, npm and set-up keep from one run to the next begins empty.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from setup import ROOT

EMPTY_AT_FIRST = ("CARGO_HOME", "RUSTUP_HOME", "npm_config_cache", "XDG_CACHE_HOME")


@dataclass
class Took:
    seconds: float
    processor_seconds: float
    longest_silence: float


def main():
    with tempfile.TemporaryDirectory(prefix="overten-first-run-") as folder:
        fresh = {name: str(Path(folder) / name) for name in EMPTY_AT_FIRST}
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CARGO_", "MAKE"))}
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        first, second = (watched(["make", "demo"], clone, kept | fresh) for _ in range(2))
    print(section(first, second))


def watched(command, folder, environment):
    """Run it, its output into a pipe and from there to our standard error."""
    used, began = processor_seconds(), time.monotonic()
    last, longest = began, 0
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
    ) as running:
        more = True
        while more:
            more = running.stdout.read(65536)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
            sys.stderr.buffer.write(more)
            sys.stderr.flush()
    if running.returncode != 0:
        sys.exit(f"first run: {' '.join(command)} failed with {running.returncode}; what it said is above")
    return Took(time.monotonic() - began, processor_seconds() - used, longest)


def processor_seconds():
    """Of all that has ended and was waited for, the compilers of a build among them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def section(first, second):
    aims = [
        ("first `make demo`, processor time", "≤ 360 s", first.processor_seconds <= 360, first.processor_seconds),
        ("first `make demo`, time", "≤ 300 s", first.seconds <= 300, first.seconds),
        ("first `make demo`, longest silence", "≤ 20 s", first.longest_silence <= 20, first.longest_silence),
        ("second `make demo`, time", "< 30 s", second.seconds < 30, second.seconds),
    ]
    rows = [f"| {aim} | {asked} | {reached:.1f} s {'met' if met else 'missed'} |" for aim, asked, met, reached in aims]
    return "\n".join(
        [
            "## The first run",
            "",
            "`make demo` in a new clone with nothing of cargo's, rustup's or npm's there, then once more; its output goes",
            "into a pipe. Processor time is that of all processes, downloads and the demo itself included.",
            "",
            "| `make demo` | time | processor time | longest silence |",
            "| --- | --- | --- | --- |",
            *(
                f"| {run} | {took.seconds:.1f} s | {took.processor_seconds:.1f} s | {took.longest_silence:.1f} s |"
                for run, took in (("first", first), ("second", second))
            ),
            "",
            "| aim | asked | reached |",
            "| --- | --- | --- |",
            *rows,
        ]
    )


if __name__ == "__main__":
    main()
