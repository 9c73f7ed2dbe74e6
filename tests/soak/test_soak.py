"""That the soak finds what it is there to find: each fault of receivers/faulty.py, and none in the same receiver without."""

import json
import subprocess
import sys
import unittest
from pathlib import Path

import under_fire
from place import BUILT
from receivers import faulty

SOAK = Path(__file__).with_name("soak.py")
PROGRAM = BUILT.parent / "debug/overten-webhook"


def problems_of(store, kills=0, deliveries=120):
    """What a run says of the receiver with that fault."""
    command = [sys.executable, SOAK, "--receivers", "faulty", "--store", store, "--deliveries", str(deliveries), "--kills", str(kills)]
    subprocess.run([*command, "--program", PROGRAM], check=True, capture_output=True)
    outcome = json.loads((under_fire.folder_of(faulty, store) / "outcome.json").read_text())
    return {name for name in outcome if outcome[name] and f"{name}: {outcome[name]}" in outcome["problems"]}


class Finding(unittest.TestCase):
    def test_nothing_where_nothing_is_wrong(self):
        self.assertEqual(problems_of("none"), set())

    def test_what_a_receiver_loses(self):
        self.assertEqual(problems_of("loses"), {"lost", "lost_after_2xx"})

    def test_that_it_takes_forged_ones(self):
        self.assertLessEqual({"forged_handed_on", "outside"}, problems_of("believes"))

    def test_that_it_has_two_keys_for_one_delivery(self):
        self.assertLessEqual({"doubled"}, problems_of("doubles"))

    def test_an_answer_that_is_not_in_section_6(self):
        self.assertEqual(problems_of("redirects"), {"outside"})

    def test_that_it_forgets_what_it_answered(self):
        self.assertEqual(problems_of("forgets"), {"forgotten"})

    def test_that_something_is_stuck(self):
        self.assertEqual(problems_of("hangs"), {"stuck"})


if __name__ == "__main__":
    unittest.main()
