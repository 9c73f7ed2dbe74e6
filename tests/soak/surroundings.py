"""What a receiver stands on, and what can go wrong with it: a disk, a clock, a Redis, a SQLite file."""

import contextlib
import mmap
import os
import random
import socket
import sqlite3
import struct
import subprocess
import time

from program import Program

DISK_BYTES = 4 << 30
PAGE = os.sysconf("SC_PAGE_SIZE")


def free_port():
    """A port that nothing listens on, and that no outgoing connection is given: a receiver comes back to it many times."""
    while True:
        port = random.SystemRandom().randrange(15000, 30000)
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port


class Disk:
    """A folder whose disk can be full for a while: a tmpfs of its own, which only root can mount."""

    def __init__(self, folder):
        self.folder = folder
        self.why_never_full = None

    def __enter__(self):
        self.folder.mkdir(parents=True)
        if os.geteuid() != 0:
            self.why_never_full = "only root can mount one that is small"
            return self
        mounted = self._mount("tmpfs", "-t", "tmpfs", "-o", f"size={DISK_BYTES}")
        if mounted.returncode != 0:
            self.why_never_full = f"mount: {mounted.stderr.strip()}"
        return self

    def __exit__(self, *_):
        if self.why_never_full is None:
            subprocess.run(["umount", "--lazy", self.folder], check=True)

    def fill(self):
        """Leaves no room from one moment to the next: as large as what is on it, and no larger."""
        while self._resize(self._used_bytes()).returncode != 0:  # it has just grown
            pass

    def free(self):
        self._resize(DISK_BYTES).check_returncode()

    def _used_bytes(self):
        about = os.statvfs(self.folder)
        return (about.f_blocks - about.f_bfree) * about.f_frsize or PAGE

    def _resize(self, size):
        return self._mount("tmpfs", "-o", f"remount,size={size}")

    def _mount(self, *arguments):
        return subprocess.run(["mount", *arguments, self.folder], capture_output=True, text=True, check=False)


class Clock:
    """How far off a receiver's clock is, in seconds: eight bytes that clock.c, or the receiver's own hook, looks at each time."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.path.write_bytes(bytes(8))
        self._file = open(self.path, "r+b")
        self._bytes = mmap.mmap(self._file.fileno(), 8)
        return self

    def __exit__(self, *_):
        self._bytes.close()
        self._file.close()

    def put_off(self, seconds):
        self._bytes[:] = struct.pack("q", seconds)


class Redis:
    """A redis-server with an append-only file, killed and started again by itself like any other program."""

    def __init__(self, folder, log, appendfsync):
        self._socket = folder / "redis.sock"
        command = ["redis-server", "--port", "0", "--unixsocket", self._socket, "--dir", folder, "--save", "",
                   "--appendonly", "yes", "--appendfsync", appendfsync]
        self._program = Program(command, folder=folder, environment=dict(os.environ), log=log)

    @property
    def url(self):
        return f"unix://{self._socket}"

    def __enter__(self):
        self._program.__enter__()
        self.wait_until_up()
        return self

    def __exit__(self, *_):
        self._program.__exit__()

    def kill(self):
        self._program.kill()

    def wait_until_up(self):
        wait_until(lambda: self._ask("PING") == "PONG", 60, "Redis does not answer")

    def claims_in_flight(self):
        """How many keys are claimed and not committed."""
        script = ("local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do "
                  "if redis.call('HGET', key, 'committed') == '0' then n = n + 1 end end return n")
        return int(self._ask("EVAL", script, "0"))

    def _ask(self, *words):
        done = subprocess.run(["redis-cli", "-s", self._socket, *words], capture_output=True, text=True, check=False)
        return done.stdout.strip()


class SqliteLock:
    """Another process's write transaction, which a backup or a shell may hold for longer than it should."""

    def __init__(self, path):
        self._path = path
        self._held = None

    def take(self):
        self._held = sqlite3.connect(self._path, timeout=20, isolation_level=None, check_same_thread=False)
        self._held.execute("BEGIN EXCLUSIVE")

    def give_back(self):
        self._held.close()


def sqlite_count(path, question):
    """The one number that a question to a SQLite file has for an answer."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as database:
        return database.execute(question).fetchone()[0]


def wait_until(holds, seconds, complaint):
    """Looks again and again, as the thing itself cannot say when it is so."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"{complaint} after {seconds} s")
        time.sleep(0.05)
