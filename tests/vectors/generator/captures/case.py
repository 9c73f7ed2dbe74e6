"""A case of captures.json, and the delivery that most of them write down."""

from dataclasses import dataclass, field, replace

FORMS = ["http_request", "curl", "har", "saved", "raw_log", "queue_message", "json_request"]
LACKS = ["signature", "signature_shortened", "body_cut", "body_stored", "body_in_file", "body_absent"]
FAULTS = [
    "empty",
    "utf16",
    "unknown",
    "reply",
    "curl_trace",
    "header_line",
    "too_many_headers",
    "not_utf8",
    "not_json",
    "too_deep",
    "unknown_json",
    "unknown_version",
    "body_alone",
    "log_line",
    "no_body",
    "body_parsed",
    "member",
    "no_delivery",
    "quoting",
    "expansion",
    "curl_body",
]

SIGNATURE = "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"
BODY = b'{"event":"run.completed","run_id":"run_01","data":{"ok":true}}'
SIGNED = (("X-Overten-Signature", SIGNATURE), ("X-Overten-Timestamp", "1760000000"))
HEADERS = (*SIGNED, ("X-Overten-Event", "run.completed"), ("Content-Type", "application/json"))
TARGET = "/webhooks/overten"
URL = "https://receiver.example/webhooks/overten"
NOT_TEXT = b'{"event":"run.completed","run_id":"run_01","x":"\xff\xfe\x00"}'
QUOTED = b"""{"event":"run.completed","run_id":"it's \\"$HOME\\" `x` \\\\ 100%","m":"a\r\nb\tc !"}"""


def as_bytes(value):
    return value if isinstance(value, bytes) else value.encode()


def bytes_as_json(name, value):
    """The value under its name where it is text, else its hex digits."""
    try:
        return {name: as_bytes(value).decode()}
    except UnicodeDecodeError:
        return {f"{name}_hex": value.hex()}


@dataclass(frozen=True)
class Read:
    """What must be read: one delivery."""

    form: str
    method: str | None = "POST"
    target: str | bytes | None = TARGET
    headers: tuple = HEADERS
    body: bytes = BODY
    received_at: int | None = None
    lacks: tuple = ()
    body_file: str | bytes | None = None
    left_out_bytes: int = 0

    def but(self, **changes):
        return replace(self, **changes)

    def as_json(self):
        read = {"form": self.form, "method": self.method}
        read |= {"target": None} if self.target is None else bytes_as_json("target", self.target)
        read["headers"] = [bytes_as_json("name", name) | bytes_as_json("value", value) for name, value in self.headers]
        read |= bytes_as_json("body", self.body)
        read["received_at"] = self.received_at
        read["lacks"] = list(self.lacks)
        read |= {"body_file": None} if self.body_file is None else bytes_as_json("body_file", self.body_file)
        read["left_out_bytes"] = self.left_out_bytes
        return read


@dataclass(frozen=True)
class Case:
    """`expect` is what must be read, or the word of the fault with its `line`, `offset` or neither."""

    id: str
    note: str
    input: bytes
    expect: tuple | str
    place: dict = field(default_factory=dict)

    def as_json(self):
        case = {"id": self.id, "note": self.note} | bytes_as_json("input", self.input)
        if isinstance(self.expect, str):
            case["expect"] = {"fault": self.expect} | self.place
        else:
            case["expect"] = {"captures": [read.as_json() for read in self.expect]}
        return case


def reads(id, note, text, *expected):
    return Case(id, note, as_bytes(text), expected)


def fails(id, note, text, fault, **place):
    return Case(id, note, as_bytes(text), fault, place)
