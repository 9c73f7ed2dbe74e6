#!/usr/bin/env python3
"""How many instructions the core's work takes, as a Markdown section: counted, so that a busy machine changes nothing.

A round's count is the difference of two runs under callgrind, less hashing itself where that is part of the work: what
SHA-256 takes depends on the processor that valgrind shows. `core/instructions.json` holds the budget.
"""

import json
import re
import subprocess
import tempfile
from pathlib import Path

from setup import ROOT

BUDGET = json.loads((ROOT / "core/instructions.json").read_text())
PROGRAM = ROOT / "target/release/examples/instructions"
ROUNDS = 200


def main():
    rows = [f"| {work} | {spent:,} | {BUDGET[work]:,} |" for work, spent in spent_on_each()]
    titles = ["| work on 1 KiB | instructions | budget |", "| --- | --- | --- |"]
    print("## The core, in instructions\n")
    print("Counted by callgrind; *verify* is without the headers, and less what SHA-256 alone takes of the same bytes.")
    print("`make test` fails where more than the budget is needed.\n")
    print("\n".join(titles + rows))


def spent_on_each():
    """Each piece of work of the budget, with what one round of it takes."""
    build = ["cargo", "build", "--locked", "--release", "--package", "overten-webhook", "--example", "instructions"]
    subprocess.run(build, cwd=ROOT, check=True)
    hashing = instructions_of("sha256")
    return [(work, instructions_of(work) - (hashing if work == "verify" else 0)) for work in BUDGET]


def instructions_of(work):
    """What one round takes."""
    return round((count(work, 2 * ROUNDS) - count(work, ROUNDS)) / ROUNDS)


def count(work, rounds):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "counts"
        counting = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", PROGRAM, work, str(rounds)]
        said = subprocess.run(counting, check=True, capture_output=True, text=True).stderr
    return int(re.search(r"Collected : (\d+)", said)[1])


if __name__ == "__main__":
    main()
