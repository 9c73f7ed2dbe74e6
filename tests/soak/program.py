"""One program under test: kept running as an init system would, killed with all that it started, and measured."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import NamedTuple

PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
RESTART_AFTER_SECONDS = 0.2


class Use(NamedTuple):
    """What a process group holds."""

    kib: int
    threads: int
    files: int


class Program:
    """A command in a process group of its own, started again whenever it ends.

    `kills` counts the ends that were brought about here, `own_ends` its own once it had answered, `refused_starts` those
    before: it may refuse to start for as long as something else goes wrong.
    """

    def __init__(self, command, *, folder, environment, log):
        self._command, self._folder, self._environment, self._log = command, folder, environment, log
        self._lock = threading.Lock()
        self._process = None
        self._is_wanted = True
        self._was_killed = False
        self.has_answered = False
        self.kills = self.own_ends = self.refused_starts = self.starts = 0
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self):
        self._start()
        self._keeper.start()
        return self

    def __exit__(self, *_):
        self._is_wanted = False
        self._signal(signal.SIGKILL)
        self._keeper.join()

    def kill(self):
        """SIGKILL, to the whole group at once."""
        with self._lock:
            self._was_killed = True
            self.kills += 1
        self._signal(signal.SIGKILL)

    @property
    def pid(self):
        return self._process.pid

    def use(self):
        """What the group holds now; None while it is between two lives."""
        group = [process for process in _processes() if process.group == self.pid]
        if not group:
            return None
        files = 0
        for process in group:
            with contextlib.suppress(OSError):
                files += len(os.listdir(f"/proc/{process.pid}/fd"))
        return Use(sum(process.kib for process in group), sum(process.threads for process in group), files)

    def _keep(self):
        while True:
            self._process.wait()
            self._signal(signal.SIGKILL)  # what it started must not outlive it
            with self._lock:
                if not self._is_wanted:
                    return
                if not self._was_killed:
                    self.own_ends += self.has_answered
                    self.refused_starts += not self.has_answered
                self._was_killed = self.has_answered = False
            time.sleep(RESTART_AFTER_SECONDS)
            with self._lock:
                if not self._is_wanted:
                    return
                self._start()

    def _start(self):
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.starts += 1

    def _signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)


class _Process(NamedTuple):
    pid: int
    group: int
    threads: int
    kib: int


def _processes():
    """All processes: see proc(5), `/proc/pid/stat`, whose second field may hold anything in its brackets."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if fields[0] != "Z":
                    yield _Process(int(entry.name), int(fields[2]), int(fields[17]), int(fields[21]) * PAGE_KIB)
