"""Every scenario of receiving.json through each way into a receiver."""

from __future__ import annotations

import asyncio
import copy
import io
import json
import os
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from overten_webhook import (
    AsyncReceiver,
    EnvSecrets,
    InvalidArgument,
    MemoryStore,
    Receiver,
    Reply,
    SecretError,
    _event_loop,
)
from overten_webhook.asgi import webhook_app as asgi_app
from overten_webhook.wsgi import webhook_app as wsgi_app
from scenarios import VARIABLE, Script, headers_of, lines_of, logged, scenarios, settings_of
from serving import asgi_server, post, wsgi_server
from support import body_of

Run = Callable[[Any, Script], Reply]


class Current:
    """Stands for the script of the request at hand, since a receiver is made once for several."""

    durable = True

    def __init__(self) -> None:
        self.script: Script

    def __getattr__(self, name: str) -> Any:
        return getattr(self.script, name)


def receiver_of(kind: type, scenario: dict[str, Any], current: Current, *, plain: bool, env: bool = False) -> Any:
    settings = settings_of(scenario) | ({"secrets": EnvSecrets(VARIABLE)} if env else {})
    functions = {
        "handler": lambda event: current.handler(event),
        "set_aside": lambda delivery, why: current.set_aside(delivery, why),
    }
    if not plain:

        async def handler(event: object) -> None:
            await current.async_handler(event)

        async def set_aside(delivery: object, why: Any) -> None:
            await current.async_set_aside(delivery, why)

        functions = {"handler": handler, "set_aside": set_aside}
    receiver = kind(settings.pop("secrets"), store=current, clock=lambda: current.clock(), **functions, **settings)
    receiver._monotonic_ms = lambda: current.monotonic_ms()
    return receiver


def sync_call(receiver: Receiver, script: Script) -> Reply:
    request = script.request
    return receiver.receive(request["method"], headers_of(request), script.chunks(), target=request["target"])


def async_run(take: Callable[[Any, Script], Any], receiver: Any, script: Script) -> Reply:
    """Runs to the very end; where a step is late, that is after the reply."""

    async def run() -> Reply:
        loop, late = asyncio.get_running_loop(), asyncio.Event()
        script.wake = lambda: loop.call_soon_threadsafe(late.set)

        async def until_due(task: asyncio.Task[Any], seconds: float) -> None:
            waiter = asyncio.create_task(late.wait())
            await asyncio.wait({task, waiter}, return_when=asyncio.FIRST_COMPLETED)
            waiter.cancel()

        _event_loop._until_due, usual = until_due, _event_loop._until_due
        try:
            reply: Reply = await take(receiver, script)
        finally:
            _event_loop._until_due = usual
        script.has_answered.set()
        await asyncio.gather(*_event_loop._UNFINISHED, return_exceptions=True)
        return reply

    return asyncio.run(run())


async def _async_call(receiver: AsyncReceiver, script: Script) -> Reply:
    request = script.request
    return await receiver.receive(
        request["method"], headers_of(request), script.async_chunks(), target=request["target"]
    )


def async_call(receiver: AsyncReceiver, script: Script) -> Reply:
    return async_run(_async_call, receiver, script)


def as_reply(status: int, headers: Any, body: bytes, expected: dict[str, Any]) -> Reply:
    word = next(iter(json.loads(body).values())) if body else expected["code"]
    return Reply(str(word), status, tuple(headers), body)


def over_wsgi(receiver: Receiver, script: Script) -> Reply:
    request, got = script.request, list[Any]()

    class Input(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            script.fail_reading()
            return super().read(size)

    path, _, query = request["target"].partition("#")[0].partition("?")
    environ = {
        "REQUEST_METHOD": request["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "wsgi.input": Input(script.body()),
        "wsgi.input_terminated": True,
    }
    for name, value in headers_of(request):
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_LENGTH", "CONTENT_TYPE") else "HTTP_" + key
        joined = [environ[key]] if key in environ else []
        environ[key] = ",".join([*joined, value.decode("latin-1")])
    body = b"".join(wsgi_app(receiver)(environ, lambda status, headers: got.extend([status, headers])))
    return as_reply(int(got[0].split()[0]), got[1], body, script.expect)


async def _over_asgi(receiver: AsyncReceiver, script: Script) -> Reply:
    request, sent = script.request, list[Any]()
    messages = [
        {"type": "http.request", "body": script.body()[:5], "more_body": True},
        {"type": "http.request", "body": script.body()[5:]},
    ]

    async def receive() -> Any:
        if script.request.get("late") == "read_body":
            script.begin("read_body")
            await asyncio.Event().wait()
        script.fail_reading()
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    path, _, query = request["target"].partition("?")
    scope = {
        "type": "http",
        "method": request["method"],
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode("latin-1"), value) for name, value in headers_of(request)],
    }
    await asgi_app(receiver)(scope, receive, send)
    headers = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
    return as_reply(sent[0]["status"], headers, sent[1]["body"], script.expect)


def over_asgi(receiver: AsyncReceiver, script: Script) -> Reply:
    return async_run(_over_asgi, receiver, script)


# How to run a scenario, by what, with plain functions or async ones, and whether over HTTP.
WAYS: dict[str, tuple[type, Run, bool, bool]] = {
    "Receiver": (Receiver, sync_call, True, False),
    "AsyncReceiver": (AsyncReceiver, async_call, False, False),
    "AsyncReceiver with plain functions": (AsyncReceiver, async_call, True, False),
    "WSGI": (Receiver, over_wsgi, True, True),
    "ASGI": (AsyncReceiver, over_asgi, False, True),
}


def unsayable(way: str, scenario: dict[str, Any]) -> str | None:
    """Why this way cannot be asked, by rule."""
    requests = scenario["requests"]
    if settings_of(scenario)["secrets"] is None:
        return "a mapping cannot say some labels alone, or one twice"
    if way in ("Receiver", "WSGI") and any(request.get("late") == "read_body" for request in requests):
        return "nothing stops a thread that reads"
    if way == "WSGI" and any(
        not value for it in requests for name, value in headers_of(it) if name == "Content-Length"
    ):
        return "an environ has an empty Content-Length for none"
    if way == "WSGI" and any(announced(it) < len(body_of({"body": "", **it})) for it in requests):
        return "a server ends the body at its Content-Length"
    if way in ("WSGI", "ASGI") and not all(request["target"].startswith("/") for request in requests):
        return "the server takes the path out of a whole URL"
    return None


def announced(request: dict[str, Any]) -> float:
    lengths = [value for name, value in headers_of(request) if name == "Content-Length"]
    return int(lengths[0]) if len(lengths) == 1 and lengths[0].isdigit() else float("inf")


def differences(way: str, scenario: dict[str, Any], *, env: bool = False) -> list[str]:
    """What came out otherwise than the scenario says."""
    kind, run, plain, over_http = WAYS[way]
    current, store, found = Current(), MemoryStore(), list[str]()
    receiver = receiver_of(kind, scenario, current, plain=plain, env=env)
    for index, request in enumerate(scenario["requests"]):
        current.script = Script(scenario, request, store, in_thread=kind is Receiver)
        with logged() as records:
            reply = run(receiver, current.script)
        different = current.script.differences(reply, records, over_http=over_http)
        found += [f"{scenario['id']}, request {index}: {what}" for what in different]
    return found


def refused(way: str, scenario: dict[str, Any]) -> str | None:
    """The text with which a receiver is refused when it is made, as Python does it, instead of answering so."""
    try:
        receiver_of(WAYS[way][0], scenario, Current(), plain=True)
    except (SecretError, InvalidArgument) as error:
        return str(error)
    return None


@pytest.mark.parametrize("way", WAYS)
def test_receives_every_scenario_as_it_says(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counts, wrong = Counter[str](), list[str]()
    for scenario in scenarios():
        if reason := unsayable(way, scenario):
            counts[reason] += 1
        elif (text := refused(way, scenario)) and (lines := lines_of(scenario["settings"]["secrets"])) is not None:
            monkeypatch.setenv(VARIABLE, lines)
            try:
                wrong += differences(way, scenario, env=True)
                counts["ran from the environment"] += 1
            except InvalidArgument as error:
                assert str(error) == text
                counts["refused when it is made"] += 1
        elif text:
            counts["refused when it is made"] += 1
            line = scenario["requests"][0]["expect"]["lines"][0]
            if not (line["code"] == "misconfigured" and line["detail"].endswith(text)):
                wrong.append(f"{scenario['id']}: refused with {text!r}")
        else:
            counts["ran"] += 1
            wrong += differences(way, scenario)
    print(f"{way}: {dict(counts)}")
    assert not wrong, f"{len(wrong)}: " + "\n".join(wrong[:20])
    assert sum(counts.values()) == len(scenarios())
    if "OVERTEN_RECEIVING_VECTORS" not in os.environ:
        assert counts["ran"] >= 400


@pytest.mark.parametrize("way", WAYS)
def test_a_flipped_scenario_fails(way: str) -> None:
    scenario = next(it for it in scenarios() if it["requests"][0]["expect"]["code"] == "accepted")
    assert differences(way, scenario) == []
    flipped = copy.deepcopy(scenario)
    flipped["requests"][0]["hand_on"] = {"failed": "flipped"}
    assert differences(way, flipped) != []
    reordered = copy.deepcopy(scenario)
    line = reordered["requests"][0]["expect"]["lines"][0]
    reordered["requests"][0]["expect"]["lines"][0] = dict(reversed(line.items()))
    assert differences(way, reordered) != []


def fits_a_real_server(scenario: dict[str, Any]) -> bool:
    """Whether a client and a server can carry it as it stands, and nothing waits."""
    return refused("Receiver", scenario) is None and all(
        not request.keys() & {"late", "read", "expect_in_thread"}
        and request["method"].isupper()
        and request["target"].isascii()
        and request["target"].startswith("/")
        and " " not in request["target"]
        and all(
            name.lower() not in ("content-length", "transfer-encoding")
            and value.isascii()
            and value.decode().isprintable()
            and value == value.strip()
            for name, value in headers_of(request)
        )
        for request in scenario["requests"]
    )


@pytest.mark.parametrize("kind", [Receiver, AsyncReceiver], ids=["werkzeug", "uvicorn"])
def test_a_sample_over_real_http(kind: type) -> None:
    current, made, wrong = Current(), list[Any](), list[str]()

    class Forward(kind):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            pass

        def receive(self, *arguments: Any, **named: Any) -> Any:
            return made[-1].receive(*arguments, **named)

    app, run = (wsgi_app, wsgi_server) if kind is Receiver else (asgi_app, asgi_server)
    sample = [it for it in scenarios() if unsayable("WSGI", it) is None and fits_a_real_server(it)][::4]
    with run(app(Forward())) as port:
        for scenario in sample:
            made.append(receiver_of(kind, scenario, current, plain=kind is Receiver))
            store = MemoryStore()
            for index, request in enumerate(scenario["requests"]):
                current.script = script = Script(scenario, request, store, in_thread=kind is Receiver)
                with logged() as records:
                    answer = post(
                        port, headers_of(request), script.body(), path=request["target"], method=request["method"]
                    )
                headers = [(name, value) for name, value in answer.headers.items() if name in ANSWERED]
                reply = as_reply(answer.status, headers, answer.body, script.expect)
                different = script.differences(reply, records, over_http=True)
                wrong += [f"{scenario['id']}, request {index}: {what}" for what in different]
    assert not wrong, f"{len(wrong)}: " + "\n".join(wrong[:20])
    if "OVERTEN_RECEIVING_VECTORS" not in os.environ:
        assert len(sample) > 70


ANSWERED = ("content-type", "retry-after", "allow")
