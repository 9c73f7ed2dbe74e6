"""The consumers behind the receivers: each skips the keys that it knows, and counts."""

import asyncio
import base64
import hashlib
import json
import sqlite3
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path


class Counts:
    """What has arrived: how often each key was handed on, and how often each delivery had its effect.

    A delivery is known by what was sent, its event and run or the digest of its body, never by the key: so two keys for one
    delivery show as an effect doubled, and one key for two deliveries as one lost.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self.handed_on = Counter()
        self.effects = Counter()

    def take(self, key, body):
        delivery = delivery_of(body)
        with self._lock:
            self.handed_on[key] += 1
            if self.handed_on[key] == 1:
                self.effects[delivery] += 1

    def repeats(self):
        """How many times a key came that had come before."""
        return self.handed_on.total() - len(self.handed_on)


def delivery_of(body):
    """What tells a delivery from all others, by its body: the key that it should have in the scope of runs."""
    try:
        event = json.loads(body)
        return f"{event['event']}:{event['run_id']}"
    except (ValueError, KeyError, TypeError):
        return f"body={hashlib.sha256(body).hexdigest()}"


class Inbox:
    """Works through the inbox of python/README.md while the receiver fills it, as its `worker.py` does."""

    def __init__(self, counts, path):
        self._counts, self._path = counts, path
        self._stopping, self._gate = threading.Event(), threading.Event()
        self._gate.set()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._gate.set()
        self._thread.join()

    def begin_slow(self):
        """Works through nothing, and holds the inbox's lock meanwhile, as a worker does that works inside a transaction."""
        self._gate.clear()

    def end_slow(self):
        self._gate.set()

    def is_idle(self):
        with closing(self._opened()) as inbox:
            return not inbox.execute("SELECT count(*) FROM inbox").fetchone()[0]

    def _work(self):
        while not self._stopping.is_set():
            try:
                with closing(self._opened()) as inbox:
                    done = self._work_once(inbox)
            except sqlite3.OperationalError:  # not made yet, busy, or no room
                done = 0
            self._stopping.wait(0 if done else 0.05)

    def _work_once(self, inbox):
        rows = inbox.execute("SELECT key, body FROM inbox LIMIT 200").fetchall()
        if not rows and self._gate.is_set():
            return 0
        inbox.execute("BEGIN IMMEDIATE")
        self._gate.wait()
        inbox.executemany("DELETE FROM inbox WHERE key = ?", [(key,) for key, _ in rows])
        inbox.execute("COMMIT")
        for key, body in rows:
            self._counts.take(key, body)
        return len(rows)

    def _opened(self):
        return sqlite3.connect(f"file:{self._path}?mode=rw", uri=True, timeout=20, isolation_level=None)


class Service:
    """An HTTP service that receivers post to: the origin behind a forwarder, or the queue behind the Worker."""

    def __init__(self, counts, port, unpack):
        self._counts, self._port, self._unpack = counts, port, unpack
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._connections = set()
        self._server = None
        self.delay_seconds = 0.0
        self.answers_to_lose = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self._port}/"

    def __enter__(self):
        self._thread.start()
        self._ready.wait()
        self.begin()
        return self

    def __exit__(self, *_):
        self.end()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def begin(self):
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()

    def end(self):
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._ready.set()
        self._loop.run_forever()
        self._loop.close()

    async def _listen(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, backlog=512)

    async def _close(self):
        self._server.close()
        for writer in list(self._connections):
            writer.transport.abort()

    async def _serve(self, reader, writer):
        self._connections.add(writer)
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._connections.discard(writer)
            writer.close()

    async def _answer(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        headers = {}
        for line in head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = await _body(reader, headers)
        if self.delay_seconds:
            await asyncio.sleep(self.delay_seconds)
        self._counts.take(*self._unpack(headers, body))
        if self.answers_to_lose > 0:
            self.answers_to_lose -= 1
            return False
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        return headers.get("connection", "").lower() != "close"


async def _body(reader, headers):
    if headers.get("transfer-encoding", "").lower() != "chunked":
        return await reader.readexactly(int(headers.get("content-length", 0)))
    body = b""
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return body


def keyed(headers, body):
    """A delivery as the forwarders send it."""
    return headers["idempotency-key"], body


class Folder:
    """Reads what receivers set aside: a file for each delivery, named after the digest of its body."""

    def __init__(self, counts, path):
        self._counts, self._path = counts, Path(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for file in self._path.glob("*.json"):
            kept = json.loads(file.read_text())
            body = base64.b64decode(kept["body_base64"]) if "body_base64" in kept else kept["body"].encode()
            self._counts.take(f"body={file.stem}", body)

    def is_idle(self):
        return True


class Spool:
    """Reads the records that ffi/examples/receiver.c appends: a line that ends with the body's length, the body, a newline."""

    def __init__(self, counts, path):
        self._counts, self._path, self._read = counts, Path(path), 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def is_idle(self):
        """Reads on; what is there at the end is all there will be."""
        records = self._path.read_bytes()[self._read:]
        at = 0
        while at < len(records):
            line, _, rest = records[at:].partition(b"\n")
            _, key, _, _, length = line.split(b" ")
            body = rest[:int(length)]
            if rest[int(length):int(length) + 1] != b"\n":
                raise ValueError(f"no whole record at byte {self._read + at} of the spool")
            self._counts.take(key.decode(), body)
            at += len(line) + int(length) + 2
        self._read += at
        return True
