"""Set-up on a machine where something is missing: it is named, with how to get it. Each test runs setup.py as make does,
with a PATH on which only what it says can be found."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from setup import HOW_TO_GET, PARTS, ROOT, build_saying, run_saying


class Missing(unittest.TestCase):
    def only(self, *programs):
        """An environment whose PATH has these programs and no others."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for program in programs:
            (Path(folder.name) / program).symlink_to(shutil.which(program))
        return {"PATH": folder.name, "HOME": folder.name}

    def setup(self, *parts, programs=()):
        command = [sys.executable, ROOT / "tools/setup.py", *parts]
        return subprocess.run(command, env=self.only(*programs), capture_output=True, text=True)

    def test_a_missing_program_is_named_with_how_to_get_it(self):
        for part, programs, missing in (("rust", ["cc"], "rustup"), ("rust", ["rustup"], "cc"), ("node", [], "npm")):
            with self.subTest(missing=missing):
                done = self.setup(part, programs=programs)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stderr, f"setup: {missing} is missing: {HOW_TO_GET[missing]}\n")

    def test_missing_python_is_named_by_make_itself(self):
        done = subprocess.run(["make", "demo"], cwd=ROOT, env=self.only("make", "sh"), capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("python3 is missing: install", done.stderr)

    def said_while(self, work, word):
        """The first line with that word that is said while `work` waits for the file that it is given."""
        with tempfile.TemporaryDirectory() as folder:
            heard, said = Path(folder) / "heard", []

            def hear(text):
                if word in text and not said:
                    said.append(text)
                    heard.touch()

            with mock.patch("setup.SAY_EVERY_SECONDS", 0.001), mock.patch("setup.progress", hear):
                work(heard)
        return said[0]

    def test_what_takes_long_says_so_and_is_quiet_where_it_succeeds(self):
        script = "echo not shown; until [ -e {} ]; do :; done"
        said = self.said_while(lambda heard: run_saying("waiting", "sh", "-c", script.format(heard)), "waiting")
        self.assertRegex(said, r"\Awaiting \(\d+ s\)\Z")

    def test_what_cargo_builds_says_how_far_it_is(self):
        message, bar = "   Compiling one v1.0.0\n", "    Building [==>      ] 1/2: one   \r"
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()) as shown:
            cargo = Path(folder) / "cargo"

            def build(heard):
                script = f"#!/bin/sh\nprintf '%s' '{message}{bar}' >&2; until [ -e {heard} ]; do :; done; printf '%s' '{message}' >&2"
                cargo.write_text(script)
                cargo.chmod(0o755)
                build_saying("a program", "two")

            with mock.patch.dict(os.environ, {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}):
                said = self.said_while(build, "1/2")
        self.assertRegex(said, r"\Abuilding a program, once: 1/2: one \(\d+ s\)\Z")
        self.assertEqual(shown.getvalue(), message * 2)

    def test_what_fails_shows_its_output(self):
        with contextlib.redirect_stderr(io.StringIO()) as shown, self.assertRaises(subprocess.CalledProcessError):
            run_saying("failing", "sh", "-c", "echo why; exit 1")
        self.assertEqual(shown.getvalue(), "why\n")

    def test_an_unknown_part_is_refused_and_the_known_ones_are_named(self):
        done = self.setup("pascal")
        self.assertEqual(done.returncode, 1)
        for part in PARTS:
            self.assertIn(part, done.stderr)


if __name__ == "__main__":
    unittest.main()
