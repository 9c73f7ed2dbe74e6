"""How many instructions the core's work takes, held to a budget: counted, so that a busy machine changes nothing.

A round's count is the difference of two runs under callgrind, less hashing itself where that is part of the work: what
SHA-256 takes depends on the processor that valgrind shows. `core/instructions.json` holds the budget; what needs more
fails, and what needs a tenth less too, so that a gain is kept by lowering it.
"""

import json
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from setup import ROOT

BUDGET = json.loads((ROOT / "core/instructions.json").read_text())
PROGRAM = ROOT / "target/release/examples/instructions"
ROUNDS = 200


class Instructions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        build = ["cargo", "build", "--locked", "--release", "--package", "overten-webhook", "--example", "instructions"]
        subprocess.run(build, cwd=ROOT, check=True)

    def test_each_piece_of_work_keeps_its_budget(self):
        hashing = instructions_of("sha256")
        for work, budget in BUDGET.items():
            with self.subTest(work):
                spent = instructions_of(work) - (hashing if work == "verify" else 0)
                print(f"{work}: {spent} instructions of {budget}")
                self.assertLessEqual(spent, budget, "slower: profile it, or say in the commit why and raise the budget")
                self.assertGreater(spent, budget * 0.9, f"faster: lower the budget to {spent}")


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
    unittest.main()
