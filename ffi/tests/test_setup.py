"""../setup on a Debian that has nothing yet, played by stand-ins for the programs that it asks."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from building import FFI

NEEDED = ["clang", "libmicrohttpd-dev", "libssl-dev", "valgrind"]  # some of them


class Setup(unittest.TestCase):
    def run_as(self, user):
        """What it said as that user, and how apt-get was called."""
        with tempfile.TemporaryDirectory() as name:
            folder, calls = pathlib.Path(name), pathlib.Path(name, "calls")
            calls.touch()
            for program in ("bash", "dirname", "grep", "uname"):
                (folder / program).symlink_to(shutil.which(program))
            for program, line in {"dpkg-query": "exit 1", "id": f"echo {user}", "cargo": "exit 0", "rustup": "exit 0", "apt-get": f'echo "$@" >>{calls}'}.items():
                (folder / program).write_text(f"#!/bin/sh\n{line}\n")
                (folder / program).chmod(0o755)
            done = subprocess.run([FFI / "setup"], env=os.environ | {"PATH": str(folder)}, capture_output=True, text=True)
            return done, calls.read_text().splitlines()

    def test_root_gets_the_packages_installed(self):
        done, calls = self.run_as(0)
        self.assertEqual((done.returncode, calls[0]), (0, "update -qq"))
        self.assertTrue(calls[1].startswith("install "))
        self.assertEqual([package for package in NEEDED if package not in calls[1].split()], [])

    def test_anybody_else_is_told_the_command(self):
        done, calls = self.run_as(1000)
        self.assertEqual((done.returncode, calls), (1, []))
        command = next(line for line in done.stderr.splitlines() if "sudo apt-get install" in line)
        self.assertEqual([package for package in NEEDED if package not in command.split()], [])


if __name__ == "__main__":
    unittest.main()
