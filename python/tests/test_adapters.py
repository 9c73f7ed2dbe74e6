"""Each adapter, driven by real requests over HTTP."""

import asyncio
import io
import json
import logging
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import django
import pytest
from django.conf import settings as django_settings
from fastapi import Depends, FastAPI, Response
from flask import Flask
from flask import request as flask_request

from overten_webhook import AsyncReceiver, EnvSecrets, Receiver, SecretError, Tolerance, asgi, wsgi
from overten_webhook.django import webhook_view as django_view
from overten_webhook.fastapi import webhook_dependency
from overten_webhook.flask import webhook_view as flask_view
from serving import BODY, NOW, PATH, SECRET, V0, answer, asgi_server, connection, head, post, wsgi_server

VECTORS = Path(__file__).parents[2] / "tests" / "vectors" / "deliveries.json"

urlpatterns: list[Any] = []


def keep(delivery: object, why: object) -> None:
    pass


def fastapi_app(receiver: AsyncReceiver) -> Any:
    app = FastAPI()
    receive = webhook_dependency(receiver)

    @app.post(PATH)
    @app.post(PATH + "/")
    async def webhook(reply: Annotated[Response, Depends(receive)]) -> Response:
        return reply

    return app


def flask_app(receiver: Receiver) -> Any:
    app = Flask("receiver")
    app.add_url_rule(PATH, view_func=flask_view(receiver), strict_slashes=False)
    return app


def django_app(receiver: Receiver, *, under_asgi: bool = False) -> Any:
    from django.core.handlers.asgi import ASGIHandler
    from django.core.handlers.wsgi import WSGIHandler
    from django.urls import clear_url_caches, re_path

    if not django_settings.configured:
        django_settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], LOGGING_CONFIG=None)
        django.setup()
    urlpatterns[:] = [re_path(r"^webhooks/overten/?$", django_view(receiver))]
    clear_url_caches()
    return ASGIHandler() if under_asgi else WSGIHandler()


Serve = Callable[..., AbstractContextManager[int]]


def server(make: Callable[[Any], Any], kind: type, run: Callable[[Any], AbstractContextManager[int]]) -> Serve:
    @contextmanager
    def serve(secrets: Any = SECRET, **settings: Any) -> Iterator[int]:
        settings = {"handler": lambda event: None, "set_aside": keep, "clock": lambda: NOW} | settings
        with run(make(kind(secrets, **settings))) as port:
            yield port

    return serve


SERVERS = {
    "asgi": server(asgi.webhook_app, AsyncReceiver, asgi_server),
    "fastapi": server(fastapi_app, AsyncReceiver, asgi_server),
    "wsgi": server(wsgi.webhook_app, Receiver, wsgi_server),
    "flask": server(flask_app, Receiver, wsgi_server),
    "django": server(django_app, Receiver, wsgi_server),
    "django under ASGI": server(partial(django_app, under_asgi=True), Receiver, asgi_server),
}


# Under ASGI Django reads the whole body, into a file, before it calls a view, and calls none where the body breaks off.
READ_BY_OUR_ADAPTER = pytest.mark.parametrize("serve", [name for name in SERVERS if "ASGI" not in name], indirect=True)


@pytest.fixture(params=SERVERS)
def serve(request: pytest.FixtureRequest) -> Serve:
    return SERVERS[request.param]


def test_accepts_once_and_refuses_a_flipped_byte(serve: Serve) -> None:
    """K1-04, K8-08."""
    handled: list[Any] = []
    with serve(handler=handled.append) as port:
        forged = post(port, body=BODY.replace(b"true", b"trud"))
        assert (forged.status, forged.body) == (401, b'{"error":"signature_mismatch"}')
        first = post(port)
        assert (first.status, first.body) == (200, b'{"status":"accepted"}')
        assert first.headers["content-type"] == "application/json"
        again = post(port, path=PATH + "/?retry=1")
        assert (again.status, again.body) == (200, b'{"status":"duplicate"}')
    assert [event.run_id for event in handled] == ["run_01"]


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/json; charset=utf-8", "application/x-www-form-urlencoded"]
)
def test_the_content_type_changes_nothing(serve: Serve, content_type: str | None) -> None:
    """K1-06."""
    with serve() as port:
        extra = [] if content_type is None else [("Content-Type", content_type)]
        assert post(port, V0 + extra).body == b'{"status":"accepted"}'


@pytest.mark.parametrize("name", ["X-Overten-Signature", "X-Overten-Timestamp"])
def test_a_byte_beyond_ascii_in_a_header_is_400(serve: Serve, name: str) -> None:
    """K6-04: whatever text a server makes of it."""
    with serve() as port:
        for value in (b"\xe9", b"sha256=\xe9" + b"0" * 63):
            reply = post(port, [*[pair for pair in V0 if pair[0] != name], (name, value)])
            assert (reply.status, reply.body) == (400, b'{"error":"malformed_%s"}' % name[10:].lower().encode())


def test_a_get_is_405(serve: Serve) -> None:
    with serve() as port:
        reply = post(port, method="GET", body=b"")
        assert reply.status == 405
        assert reply.headers["allow"] == "POST"


def test_an_unset_variable_is_503_and_one_line(
    serve: Serve, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K4-09."""
    monkeypatch.delenv("OVERTEN_WEBHOOK_SECRETS", raising=False)
    with serve(EnvSecrets()) as port:
        reply = post(port)
        assert (reply.status, reply.body) == (503, b'{"error":"misconfigured"}')
        assert reply.headers["retry-after"] == "10"
    lines = [record.getMessage() for record in caplog.records if record.name == "overten_webhook"]
    assert len(lines) == 2  # one when it is made
    assert all("OVERTEN_WEBHOOK_SECRETS" in json.loads(line)["detail"] for line in lines)


@pytest.mark.parametrize("length", ["40, 40", "+40", "40x", "-5", "0x36", "1_0"])
@pytest.mark.parametrize("framework", ["wsgi", "flask", "django"])
def test_an_unusable_content_length_is_503(framework: str, length: str) -> None:
    """Issue 11, 7; N-22: 401 is final, and blames the sender. Werkzeug's server passes it on."""
    with SERVERS[framework]() as port, connection(port) as wire:
        wire.sendall(head("POST", PATH, [*V0, ("Content-Length", length)]) + BODY)
        wire.shutdown(socket.SHUT_WR)
        reply = answer(wire)
        assert (reply.status, reply.body) == (503, b'{"error":"unavailable"}')


@pytest.mark.parametrize("path", ["/webhooks/%6Fverten", "/webhooks/%6Fverten/", "/webhooks/overten?a=%6F"])
def test_an_escaped_path_is_the_same_path(serve: Serve, path: str) -> None:
    """Issue 11, 8; N-17."""
    with serve() as port:
        assert post(port, path=path).status == 200


@pytest.mark.parametrize("prefix", ["/", "/webhooks"])
def test_a_mounted_asgi_application_takes_both_forms_of_its_path(prefix: str) -> None:
    settings = {"handler": lambda event: None, "set_aside": keep, "clock": lambda: NOW, "path": PATH}
    app = FastAPI()
    app.mount(prefix, asgi.webhook_app(AsyncReceiver(SECRET, **settings)))
    with asgi_server(app) as port:
        assert [post(port, path=path).status for path in (PATH, PATH + "/", "/webhooks/other")] == [200, 200, 404]


def test_a_wsgi_body_of_unknown_length_is_no_forgery() -> None:
    """As hypercorn hands it over HTTP/2: no CONTENT_LENGTH, no Transfer-Encoding, and no word that it ends."""
    app = wsgi.webhook_app(Receiver(SECRET, handler=lambda event: None, set_aside=keep, clock=lambda: NOW))
    environ = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in V0}
    statuses = []
    for more in ({}, {"wsgi.input_terminated": True}):
        given = {**environ, "REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": io.BytesIO(BODY), **more}
        app(given, lambda status, headers: statuses.append(status[:3]))
    assert statuses == ["503", "200"]


@pytest.mark.parametrize("setting", ["/webhooks/övertén", "/webhooks/%C3%B6vert%C3%A9n"])
@pytest.mark.parametrize("framework", ["asgi", "wsgi"])
def test_a_path_beyond_ascii_matches_in_either_form(framework: str, setting: str) -> None:
    """Issue 11, 8; N-17."""
    with SERVERS[framework](path=setting) as port:
        assert post(port, path="/webhooks/%C3%B6vert%C3%A9n").status == 200
        assert post(port, path="/webhooks/%C3%B6vert%C3%A9").status == 404
        assert post(port, path="/webhooks/%25C3%25B6vert%25C3%25A9n").status == 404


def test_a_head_is_answered_without_a_body(serve: Serve) -> None:
    """Issue 11, 11; N-04."""
    with serve() as port:
        reply = post(port, method="HEAD", body=b"")
        assert (reply.status, reply.body) == (405, b"")


def test_a_wsgi_head_gives_the_server_no_body_to_send() -> None:
    """Issue 11, 11; N-04: some servers send what they are given, in front of the next answer of the connection."""
    app = wsgi.webhook_app(Receiver(SECRET, handler=lambda event: None, set_aside=keep))
    got: list[Any] = []
    environ = {"REQUEST_METHOD": "HEAD", "PATH_INFO": PATH, "wsgi.input": None}
    assert b"".join(app(environ, lambda *start: got.extend(start))) == b""
    assert got[0] == "405 Method Not Allowed"
    assert dict(got[1])["Content-Length"] == "0"


def test_a_middleware_that_ate_the_body_is_503(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """Issue 11, 5; N-21: no answer came until the client gave up."""

    async def ten_seconds(task: Any, seconds: float) -> None:
        assert seconds > 9
        await asyncio.sleep(0)

    monkeypatch.setattr("overten_webhook._event_loop._until_due", ten_seconds)
    inner = asgi.webhook_app(AsyncReceiver(SECRET, handler=lambda event: None, set_aside=keep, clock=lambda: NOW))

    async def eats(scope: Any, receive: Any, send: Any) -> None:
        while scope["type"] == "http" and (await receive()).get("more_body"):
            pass
        if scope["type"] == "http":
            await inner(scope, receive, send)

    with asgi_server(eats) as port:
        assert post(port).body == b'{"error":"unavailable"}'
    (line,) = [json.loads(it.getMessage()) for it in caplog.records if "unavailable" in it.getMessage()]
    assert "something read it before" in line["detail"]


def test_a_handler_that_raises_is_503(serve: Serve) -> None:
    def handle(event: object) -> None:
        raise ConnectionError("the queue is away")

    with serve(handler=handle) as port:
        assert post(port).body == post(port).body == b'{"error":"unavailable"}'


def chunked(body: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:20], body[20:])) + b"0\r\n\r\n"


def test_a_chunked_body_is_read(serve: Serve) -> None:
    with serve() as port, connection(port) as wire:
        wire.sendall(head("POST", PATH, [*V0, ("Transfer-Encoding", "chunked")]) + chunked(BODY))
        assert answer(wire).body == b'{"status":"accepted"}'


def resident_kib() -> int:
    text = Path(f"/proc/{os.getpid()}/status").read_text()
    return int(text.split("VmRSS:")[1].split()[0])


@READ_BY_OUR_ADAPTER
def test_reading_a_chunked_body_stops_at_the_limit(serve: Serve) -> None:
    """K8-07: 64 MiB, no Content-Length."""
    with serve() as port, connection(port) as wire:
        before = resident_kib()

        def send() -> None:
            chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
            try:
                wire.sendall(head("POST", PATH, [*V0, ("Transfer-Encoding", "chunked")]))
                for _ in range(1024):
                    wire.sendall(chunk)
                wire.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # the server has stopped reading

        sender = threading.Thread(target=send)
        sender.start()
        reply = answer(wire)
        wire.close()
        sender.join()
        assert (reply.status, reply.body) == (413, b'{"error":"body_too_large"}')
        assert resident_kib() - before < 32 * 1024


@READ_BY_OUR_ADAPTER
def test_a_body_shorter_than_its_content_length_is_503(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """K8-07: a lying Content-Length; the client closes its side, so that the answer may find nobody."""
    seen = threading.Event()

    class Watch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(json.loads(record.getMessage())["code"])
            seen.set()

    lines: list[str] = []
    watch = Watch()
    logger = logging.getLogger("overten_webhook")
    logger.addHandler(watch)
    try:
        with serve() as port, connection(port) as wire:
            wire.sendall(head("POST", PATH, [*V0, ("Content-Length", "100")]) + BODY)
            wire.close()
            assert seen.wait(30)
    finally:
        logger.removeHandler(watch)
    assert lines == ["unavailable"]


def test_fifty_requests_at_once_are_handled_once(serve: Serve) -> None:
    """K7-01."""
    handled: list[Any] = []
    with serve(handler=handled.append) as port, ThreadPoolExecutor(50) as pool:
        statuses = Counter(pool.map(lambda _: post(port).status, range(50)))
    assert len(handled) == 1
    assert set(statuses) <= {200, 503}


def test_flask_finds_a_body_that_was_read_before() -> None:
    app = flask_app(Receiver(SECRET, handler=lambda event: None, set_aside=keep, clock=lambda: NOW))
    app.before_request(lambda: flask_request.get_data() and None)
    with wsgi_server(app) as port:
        assert post(port).status == 200


def test_flask_says_503_where_a_form_parser_ate_the_body() -> None:
    app = flask_app(Receiver(SECRET, handler=lambda event: None, set_aside=keep, clock=lambda: NOW))
    app.before_request(lambda: flask_request.form and None)
    with wsgi_server(app) as port:
        assert post(port, [*V0, ("Content-Type", "application/x-www-form-urlencoded")]).status == 503


# ---- the shared vectors


def cases() -> list[dict[str, Any]]:
    document = json.loads(Path(os.environ.get("OVERTEN_VECTORS", VECTORS)).read_bytes())
    assert len(document["cases"]) == document["count"]
    return list(document["cases"])


def tolerance(case: dict[str, Any]) -> Tolerance:
    given = case.get("tolerance", 300)
    sides = given if isinstance(given, dict) else {"past": given, "future": given}
    seconds = {"past": 300, "future": 300} | sides
    return Tolerance(
        **{name: Tolerance.UNLIMITED if side is None else timedelta(seconds=side) for name, side in seconds.items()}
    )


def bytes_of(case: dict[str, Any], name: str) -> bytes:
    if f"{name}_hex" in case:
        return bytes.fromhex(case[f"{name}_hex"])
    return str(case.get(name, "")).encode()


def make(kind: type, case: dict[str, Any]) -> Any:
    limit = {"max_body_bytes": case["max_body_bytes"]} if "max_body_bytes" in case else {}
    return kind(
        case["secrets"], handler=lambda event: None, set_aside=keep, tolerance=tolerance(case),
        retention=timedelta(days=99_999_999), clock=lambda: case["now"], **limit,
    )  # fmt: skip


def expected(case: dict[str, Any]) -> str:
    expect = case["expect"]
    if expect["result"] == "verified":
        return "quarantined" if "payload" in expect else "accepted"
    return str(expect["code"])


def fits_http(headers: list[tuple[str, bytes]]) -> bool:
    """Whether HTTP can carry these. Others, and some of these, a server refuses itself: then the receiver is asked."""
    return all(
        name.isascii() and value.isascii() and value.decode().isprintable() and value == value.strip()
        for name, value in headers
    )


@pytest.mark.parametrize("framework", ["fastapi", "flask"])
def test_all_vectors_over_http(framework: str) -> None:
    kind = AsyncReceiver if framework == "fastapi" else Receiver
    current: list[Any] = []

    class Current(kind):  # type: ignore[misc, valid-type]
        """The receiver of the case at hand: each has its own secrets, clock and settings."""

        def __init__(self) -> None:
            pass

        def receive(self, *arguments: Any, **named: Any) -> Any:
            return current[0].receive(*arguments, **named)

    app, run = (fastapi_app, asgi_server) if framework == "fastapi" else (flask_app, wsgi_server)
    wrong, counts = [], Counter[str]()
    with run(app(Current())) as port:
        for case in cases():
            headers = [(header["name"], bytes_of(header, "value")) for header in case["headers"]]
            body = bytes_of(case, "body") + b" " * case.get("body_spaces", 0)
            try:
                current[:] = [make(kind, case)]
            except SecretError as error:
                code, way = error.code, "refused when made"
            else:
                reply = post(port, headers, body) if fits_http(headers) else None
                if reply is not None and reply.headers.get("content-type") == "application/json":
                    code, way = next(iter(json.loads(reply.body).values())), "over HTTP"
                    if reply.status != case["expect"]["status"]:
                        wrong.append((case["id"], reply))
                else:
                    code, way = make(Receiver, case).receive("POST", headers, body).code, "not HTTP"
            counts[way] += 1
            if code != expected(case):
                wrong.append((case["id"], code, expected(case)))
    assert wrong == []
    assert sum(counts.values()) == len(cases())
    if "OVERTEN_VECTORS" not in os.environ:
        assert counts["over HTTP"] > 800
