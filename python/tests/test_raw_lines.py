"""Every case of raw_lines.json: the line that `log_raw` adds, to the byte."""

from __future__ import annotations

import asyncio
import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest

from overten_webhook import AsyncReceiver, Receiver, Reply
from scenarios import headers_of, logged
from support import VECTORS, body_of

TWINS = pytest.mark.parametrize("kind", [Receiver, AsyncReceiver])


def document() -> dict[str, Any]:
    path = os.environ.get("OVERTEN_RAW_LINE_VECTORS", VECTORS / "raw_lines.json")
    loaded: dict[str, Any] = json.loads(Path(path).read_bytes())
    return loaded


def nothing(*_: object) -> None:
    pass


def seen(kind: type, case: dict[str, Any]) -> list[tuple[str, str | None]]:
    """The code and the raw line, if any, of each request."""
    now = 0
    limit = {name: case[name] for name in ("max_body_bytes",) if name in case}
    receiver = kind(
        case["secrets"], handler=nothing, set_aside=nothing, log_raw=case["raw_log"], clock=lambda: now, **limit
    )
    receiver._monotonic_ms = lambda: now * 1000
    found = []
    for request in case["requests"]:
        now = request["at"]
        for _ in range(request["times"]):
            with logged() as records:
                reply = receiver.receive("POST", iter(headers_of(request)), body_of(request))
                code = (reply if isinstance(reply, Reply) else asyncio.run(reply)).code
            raw = [record.getMessage() for record in records if record.name == "overten_webhook.raw"]
            assert len(raw) <= 1
            found.append((code, raw[0] if raw else None))
    return found


def expected(case: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [
        (request["code"], request["line"] if time < request["lines"] else None)
        for request in case["requests"]
        for time in range(request["times"])
    ]


@TWINS
def test_every_request_leaves_its_line(kind: type) -> None:
    vectors = document()
    assert len(vectors["cases"]) == vectors["count"]
    for case in vectors["cases"]:
        assert seen(kind, case) == expected(case), case["id"]


def test_a_flipped_case_fails() -> None:
    case = copy.deepcopy(next(case for case in document()["cases"] if case["id"] == "failures/failed"))
    case["requests"][1]["line"] += " "
    assert seen(Receiver, case) != expected(case)
