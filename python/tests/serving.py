"""Real HTTP for the tests of the adapters: servers on free ports of 127.0.0.1, and requests made byte for byte."""

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import uvicorn
from werkzeug.serving import WSGIRequestHandler, make_server

Headers = Iterable[tuple[str, str | bytes]]

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NOW = 1_760_000_000
BODY = b'{"event":"run.completed","run_id":"run_01","data":{"ok":true}}'
V0 = [
    ("X-Overten-Signature", "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"),
    ("X-Overten-Timestamp", "1760000000"),
    ("X-Overten-Event", "run.completed"),
]
PATH = "/webhooks/overten"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@contextmanager
def asgi_server(app: Any) -> Iterator[int]:
    """The socket listens before the server runs, so that the first request waits for it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None:
        pass


@contextmanager
def wsgi_server(app: Any) -> Iterator[int]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    # It looks this often whether it is to stop.
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def post(port: int, headers: Headers = V0, body: bytes = BODY, *, path: str = PATH, method: str = "POST") -> Answer:
    framing = [("Content-Length", str(len(body)))]
    with connection(port) as wire:
        wire.sendall(head(method, path, [*headers, *framing]) + body)
        return answer(wire)


def connection(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def head(method: str, path: str, headers: Headers) -> bytes:
    lines = [f"{method} {path} HTTP/1.1".encode(), b"Host: localhost", b"Connection: close"]
    for name, value in headers:
        lines.append(name.encode("latin-1") + b": " + (value if isinstance(value, bytes) else value.encode()))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def answer(wire: socket.socket) -> Answer:
    """Read the answer. A server that stopped reading may reset what came after it."""
    received = b""
    try:
        while chunk := wire.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    top, _, body = received.partition(b"\r\n\r\n")
    status, *lines = top.decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    return Answer(int(status.split()[1]), {name.lower(): value for name, value in pairs}, body)
