"""What the tests of the receiving side share: a real Redis, and stores that another process can open."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import redis

from overten_webhook.stores import SqliteStore, Store
from overten_webhook.stores.redis import RedisStore


@contextmanager
def redis_server() -> Iterator[str]:
    """Starts Debian's redis-server on a socket file of its own, and gives its URL."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("redis-server is missing; as root on Debian: apt-get install redis-server")
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder, "redis.sock")
        arguments = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder, "--daemonize", "no"]
        server = subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            for line in server.stdout:
                if "ready to accept connections" in line.lower():
                    break
            else:
                raise RuntimeError(f"redis-server ended with {server.wait()} before it was ready")
            yield f"unix://{socket}"
        finally:
            server.kill()
            server.communicate()


@contextmanager
def opened_store(kind: str, place: str) -> Iterator[Store]:
    """A second way into the same store, as another process has it. ``place`` is a path or a URL."""
    if kind == "sqlite":
        with closing(SqliteStore(place)) as store:
            yield store
    else:
        with redis.Redis.from_url(place) as client:
            yield RedisStore(client)
