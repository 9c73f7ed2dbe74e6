"""What measures the first run sees a silence, a failure and the processor time of all that ran."""

import contextlib
import io
import os
import sys
import unittest
from unittest import mock

import bench
from first_run import Took, section, watched
from setup import ROOT

SILENT_FOR = 0.5


class TheFirstRun(unittest.TestCase):
    def watch(self, script):
        with mock.patch("sys.stderr", io.TextIOWrapper(io.BytesIO())) as shown:
            took = watched([sys.executable, "-c", script], ROOT, os.environ)
            return took, shown.buffer.getvalue().decode()

    def test_a_silence_is_seen_wherever_it_is(self):
        silence = f"__import__('time').sleep({SILENT_FOR})"
        for script in (f"{silence}; print(1)", f"print(1, flush=True); {silence}; print(2)", f"print(1, flush=True); {silence}"):
            with self.subTest(script):
                took, shown = self.watch(script)
                self.assertGreaterEqual(took.longest_silence, SILENT_FOR)
                self.assertTrue(shown.startswith("1\n"))

    def test_processor_time_is_that_of_grandchildren_too(self):
        spend = "import time\nwhile time.process_time() < 0.5: pass"
        took, _ = self.watch(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {spend!r}])")
        self.assertGreaterEqual(took.processor_seconds, 0.5)

    def test_a_run_that_fails_is_none(self):
        with self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
            self.watch("raise SystemExit(3)")

    def test_its_section_can_stand_on_the_page(self):
        aims = bench.aims_of("bench-demo", section(Took(300.04, 400, 1), Took(30, 1, 21)))
        self.assertEqual([aim[2] for aim in aims], ["400.0 s missed", "300.0 s missed", "1.0 s met", "30.0 s missed"])


if __name__ == "__main__":
    unittest.main()
