"""One scenario of receiving.json: settings, requests one after the other, and what follows from them."""

import copy
from dataclasses import dataclass, field

from ..case import EVENT, NOW, S1, S2, SIGNATURE, TIMESTAMP, V1, as_bytes, sign, text_or_hex
from . import settings
from .ledger import Ledger
from .model import ANSWER_WITHIN_MS, Reception

PATH = "/webhooks/overten"
DONE = "done"


@dataclass(frozen=True)
class Request:
    """One request, what the store and the user's functions make of it, and how long they take."""

    at: int
    headers: list
    body: "str | bytes"
    body_spaces: int = 0
    method: str = "POST"
    target: str = PATH
    read: "dict | None" = None
    claim: "str | dict | None" = None
    waited_ms: int = 0
    handler_ms: int = 0
    hand_on: "str | dict" = DONE
    set_aside: "str | dict" = DONE
    commit: "str | dict" = DONE
    release: "str | dict" = DONE
    late: "str | None" = None

    @property
    def received_headers(self):
        """Pairs of a name and the value's bytes."""
        return [(name, as_bytes(value)) for name, value in self.headers]

    @property
    def received_body(self):
        return as_bytes(self.body) + b" " * self.body_spaces

    def as_json(self, claim):
        """Its inputs; `claim` is what the store says, None where it is never asked."""
        outcomes = {name: getattr(self, name) for name in ("hand_on", "set_aside", "commit", "release")}
        times = {name: getattr(self, name) for name in ("waited_ms", "handler_ms")}
        return {
            "at": self.at,
            "method": self.method,
            "target": self.target,
            "headers": [{"name": name, **text_or_hex("value", value)} for name, value in self.headers],
            **text_or_hex("body", self.body),
            **({"body_spaces": self.body_spaces} if self.body_spaces else {}),
            **({"read": self.read} if self.read else {}),
            **({"claim": claim} if claim else {}),
            **{name: ms for name, ms in times.items() if ms},
            **{name: outcome for name, outcome in outcomes.items() if outcome != DONE},
            **({"late": self.late} if self.late else {}),
        }


@dataclass(frozen=True)
class Scenario:
    """`settings` are those of the file."""

    id: str
    note: str
    requests: list
    settings: dict = field(default_factory=dict)

    def as_json(self):
        receiver = settings.read(self.settings)
        ledger = Ledger(receiver.lease_seconds, receiver.retention_seconds)
        shown = [_shown(receiver, ledger, request) for request in self.requests]
        is_scripted = any(scripted for scripted, _ in shown)
        return {
            "id": self.id,
            "note": self.note,
            **({"scripted_store": True} if is_scripted else {}),
            "settings": self.settings,
            "requests": [request for _, request in shown],
        }


def read(document):
    """A scenario out of the file, its expectations left aside; a store's answers count where they are scripted."""
    is_scripted = document.get("scripted_store", False)
    requests = [_read_request(request, is_scripted) for request in document["requests"]]
    return Scenario(document["id"], document["note"], requests, document["settings"])


def _read_request(document, is_scripted):
    given = {name: part for name, part in document.items() if name not in ("expect", "expect_in_thread", "body_hex")}
    if "body_hex" in document:
        given["body"] = bytes.fromhex(document["body_hex"])
    given["headers"] = [
        (header["name"], header["value"] if "value" in header else bytes.fromhex(header["value_hex"]))
        for header in document["headers"]
    ]
    if not is_scripted:
        given.pop("claim", None)
    return Request(**given)


def _shown(receiver, ledger, request):
    """Whether the request needs a store that says what it is told to, and the request as the file has it."""
    before = copy.deepcopy(ledger)
    reception = Reception(receiver, ledger, request)
    expect = reception.run()
    asked = expect["steps"]
    says = request.claim or (copy.deepcopy(before).claim(reception.key, request.at) if "claim" in asked else None)
    if says is not None and "claim" not in asked or request.late and request.late not in asked:
        raise ValueError(f"never asked: {request}")
    if not request.late and reception.ms > ANSWER_WITHIN_MS:
        raise ValueError(f"late without saying so: {request}")
    document = {**request.as_json(says), "expect": expect}
    if request.late and request.late != "read_body":
        in_thread = Reception(receiver, before, request, in_thread=True).run()
        document["expect_in_thread"] = in_thread
    is_scripted = request.claim is not None or request.commit != DONE or request.release != DONE
    return is_scripted, document


def scenario(id, note, *requests, **given):
    """A receiver at one path with one secret, unless `given` sets something else; `path=None` is any path."""
    chosen = {"secrets": [S1], "path": PATH, **given}
    if chosen["path"] is None:
        del chosen["path"]
    return Scenario(id, note, list(requests), chosen)


def delivery(
    body=V1,
    *,
    at=NOW,
    sent=None,
    key=S1,
    event="run.completed",
    more=(),
    headers=None,
    signature=None,
    spaces=0,
    **rest,
):
    """A request signed at `sent` (its arrival `at`, unless given), with `more` headers behind the three.

    `event=None` leaves its header out; `headers` replaces all of them; `rest` are fields of `Request`.
    """
    timestamp = str(at if sent is None else sent)
    if headers is None:
        if signature is None:
            signature = sign(as_bytes(body) + b" " * spaces, timestamp, key)
        headers = [(SIGNATURE, signature), (TIMESTAMP, timestamp), *([(EVENT, event)] if event else []), *more]
    return Request(at=at, headers=list(headers), body=body, body_spaces=spaces, **rest)


def event(run_id="run_01", name="run.completed", task_id=None):
    """The body of an event."""
    task = f',"task_id":"{task_id}"' if task_id is not None else ""
    return f'{{"event":"{name}","run_id":"{run_id}"{task}}}'


def failed(why):
    return {"failed": why}


def failed_for_good(why):
    return {"failed_for_good": why}


__all__ = ["NOW", "PATH", "S1", "S2", "V1", "delivery", "event", "failed", "failed_for_good", "scenario"]
