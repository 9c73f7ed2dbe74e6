"""The scenarios of receiving.json, and what plays the store, the user's functions and the clocks in them."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from overten_webhook import PermanentFailure, Reply, Store, Tolerance
from support import VECTORS, body_of

LATE_STEP_MS = 11_000
# What Python says of an exception in front of its text.
# Line ends, what moves a cursor, what turns the direction of text.
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
DECORATION = re.compile(r": (?:RuntimeError|PermanentFailure) \(scenarios\.py:\d+\)(?=: |; |$)")
# And what it says around a secret that it refuses.
VARIABLE = "OVERTEN_WEBHOOK_SCENARIO"
ENVIRONMENT = re.compile(rf" \(environment variable {VARIABLE}\)")


def scenarios() -> list[dict[str, Any]]:
    document = json.loads(Path(os.environ.get("OVERTEN_RECEIVING_VECTORS", VECTORS / "receiving.json")).read_bytes())
    assert len(document["scenarios"]) == document["count"]
    return list(document["scenarios"])


def headers_of(request: dict[str, Any]) -> list[tuple[str, bytes]]:
    return [
        (header["name"], bytes.fromhex(header["value_hex"]) if "value_hex" in header else header["value"].encode())
        for header in request["headers"]
    ]


def settings_of(scenario: dict[str, Any]) -> dict[str, Any]:
    given = scenario["settings"]
    settings: dict[str, Any] = {"secrets": secrets_of(given["secrets"]), "path": given.get("path")}
    settings["tolerance"] = tolerance_of(given.get("tolerance", 300))
    for name in ("max_body_bytes", "scope"):
        if name in given:
            settings[name] = given[name]
    for name in ("lease", "retention"):
        if f"{name}_seconds" in given:
            settings[name] = timedelta(seconds=given[f"{name}_seconds"])
    if "mismatch" in given:
        settings["mismatch_status"] = given["mismatch"]
    return settings


def secrets_of(given: list[Any]) -> Any:
    if not any("label" in secret for secret in given if isinstance(secret, dict)):
        return [bytes.fromhex(secret["secret_hex"]) if isinstance(secret, dict) else secret for secret in given]
    if all("label" in secret for secret in given) and len({secret["label"] for secret in given}) == len(given):
        return {secret["label"]: secret["secret"] for secret in given}
    return None  # a mapping cannot say some labels alone, or one of them twice


def lines_of(given: list[Any]) -> str | None:
    """The secrets as an environment variable has them; None where it cannot."""
    lines = []
    for secret in given:
        label, text = (secret.get("label"), secret.get("secret", "\n")) if isinstance(secret, dict) else (None, secret)
        if "\n" in text or "\0" in text or not text.strip():
            return None
        lines.append(text if label is None else f"{label}:{text}")
    return "\n".join(lines)


def tolerance_of(given: Any) -> Tolerance:
    sides = given if isinstance(given, dict) else {"past": given, "future": given}
    seconds = {"past": 300, "future": 300} | sides
    return Tolerance(
        **{name: Tolerance.UNLIMITED if at is None else timedelta(seconds=at) for name, at in seconds.items()}
    )


class Script:
    """One request: says what comes of each step, moves the clock, and notes what was asked for."""

    durable = True

    def __init__(self, scenario: dict[str, Any], request: dict[str, Any], store: Store, *, in_thread: bool) -> None:
        self.scenario, self.request, self.store, self.in_thread = scenario, request, store, in_thread
        self.expect = request["expect_in_thread"] if in_thread and "late" in request else request["expect"]
        self.ms = 0
        self.steps: list[str] = []
        self.key: str | None = None
        self.set_aside_why: str | None = None
        self.is_late = threading.Event()
        self.has_answered = threading.Event()
        self.wake: Callable[[], object] = lambda: None

    def monotonic_ms(self) -> int:
        return self.ms

    def clock(self) -> float:
        return float(self.request["at"]) if abs(self.request["at"]) < 2**53 else self.request["at"]

    # ---- the steps

    def begin(self, step: str) -> int:
        self.steps.append(step)
        if self.request.get("late") == step and not self.in_thread:
            self.ms, began = 10_000, self.ms
            self.is_late.set()
            self.wake()
            return began
        return self.ms

    def finish(self, step: str, began: int) -> Any:
        """The step's time has passed: gives what the file says of it."""
        takes = LATE_STEP_MS if self.request.get("late") == step else 0
        if step == "hand_on":
            takes = self.request.get("handler_ms", takes)
        self.ms = began + takes
        said = self.request.get(step, "done")
        if isinstance(said, dict) and "failed" in said:
            raise RuntimeError(said["failed"])
        if isinstance(said, dict):
            raise PermanentFailure(said["failed_for_good"])
        return said

    def wait(self) -> None:
        if self.is_late.is_set():
            assert self.has_answered.wait(30)

    async def wait_async(self) -> None:
        while self.is_late.is_set() and not self.has_answered.is_set():
            await asyncio.sleep(0)

    def claim(self, key: str, **rest: Any) -> Any:
        self.key = key
        began = self.begin("claim")
        self.wait()
        said = self.finish("claim", began)
        self.ms += self.request.get("waited_ms", 0)
        if not self.scenario.get("scripted_store"):
            answer = self.store.claim(key, **rest)
            assert answer == said, f"a store says {answer}"
        return said

    def commit(self, key: str, **rest: Any) -> bool:
        began = self.begin("commit")
        self.wait()
        said = self.finish("commit", began)
        if not self.scenario.get("scripted_store"):
            return self.store.commit(key, **rest) and said == "done"
        return bool(said == "done")

    def release(self, key: str, **rest: Any) -> None:
        began = self.begin("release")
        self.wait()
        self.finish("release", began)
        if not self.scenario.get("scripted_store"):
            self.store.release(key, **rest)

    def handler(self, event: object) -> None:
        began = self.begin("hand_on")
        self.wait()
        self.finish("hand_on", began)

    async def async_handler(self, event: object) -> None:
        began = self.begin("hand_on")
        await self.wait_async()
        self.finish("hand_on", began)

    def set_aside(self, delivery: object, why: Exception) -> None:
        self.set_aside_why = "failed_for_good" if isinstance(why, PermanentFailure) else "unreadable"
        began = self.begin("set_aside")
        self.wait()
        self.finish("set_aside", began)

    async def async_set_aside(self, delivery: object, why: Exception) -> None:
        self.set_aside_why = "failed_for_good" if isinstance(why, PermanentFailure) else "unreadable"
        began = self.begin("set_aside")
        await self.wait_async()
        self.finish("set_aside", began)

    # ---- the body

    def body(self) -> bytes:
        return body_of({"body": "", **self.request})

    def fail_reading(self) -> None:
        if "read" in self.request:
            raise RuntimeError(self.request["read"]["broken_off"])

    def chunks(self) -> Iterator[bytes]:
        self.begin("read_body")
        body = self.body()
        yield body[:7]
        self.fail_reading()
        yield body[7:]

    async def async_chunks(self) -> AsyncIterator[bytes]:
        self.begin("read_body")
        if self.is_late.is_set():
            await asyncio.Event().wait()
        body = self.body()
        yield body[:7]
        self.fail_reading()
        yield body[7:]

    # ---- what came of it

    def differences(self, reply: Reply, records: list[logging.LogRecord], *, over_http: bool = False) -> list[str]:
        expect, found = self.expect, []
        got = {
            "code": reply.code,
            "status": reply.status,
            "headers": {n.lower(): v for n, v in reply.headers if n.lower() != "content-length"},
            "body": reply.body.decode(),
            "steps": [step for step in self.steps if not over_http or step != "read_body"],
            "key": self.key,
            "handed_on": "hand_on" in self.steps,
            "set_aside": self.set_aside_why,
        }
        wanted = {"key": None} | {name: expect[name] for name in got if name in expect}
        wanted["headers"] = {name.lower(): value for name, value in expect["headers"].items()}
        wanted["steps"] = [step for step in expect["steps"] if not over_http or step != "read_body"]
        found = [f"{name}: {got[name]!r}, not {wanted[name]!r}" for name in got if got[name] != wanted[name]]
        if len(records) != len(expect["lines"]):
            found.append(f"lines: {[record.getMessage() for record in records]}, not {expect['lines']}")
        for record, line in zip(records, expect["lines"], strict=False):
            found += line_differences(record, line)
        return found


def line_differences(record: logging.LogRecord, expected: dict[str, Any]) -> list[str]:
    text = record.getMessage()
    line = json.loads(text)
    elapsed = line.pop("elapsed_ms")
    found = [] if isinstance(elapsed, int) else [f"elapsed_ms is {elapsed!r}"]
    if HIDDEN.search(text):
        found.append(f"more than one line: {text!r}")
    if {"WARNING": "warn"}.get(record.levelname, record.levelname.lower()) != line["level"]:
        found.append(f"level {record.levelname} for {line['level']}")
    expected = dict(expected)
    if "detail" in line and "detail" in expected:
        line["detail"] = ENVIRONMENT.sub("", line["detail"])
        given, wanted = line["detail"], expected["detail"]
        undecorated = DECORATION.sub("", given)
        if given != undecorated and "…" in given:  # the decoration took some of the room
            shorter = ".{0,80}".join(re.escape(part) for part in undecorated.split("…"))
            wanted = undecorated if re.fullmatch(shorter, wanted, re.DOTALL) else wanted
        line["detail"], expected["detail"] = undecorated, wanted
    if list(line.items()) != list(expected.items()):
        found.append(f"line: {line}, not {expected}")
    return found


@contextmanager
def logged() -> Iterator[list[logging.LogRecord]]:
    """What the receiver logs, at any level."""
    records: list[logging.LogRecord] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    logger, keep = logging.getLogger("overten_webhook"), Keep()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(keep)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield records
    finally:
        logger.removeHandler(keep)
        logger.setLevel(level)
        logger.propagate = propagate
