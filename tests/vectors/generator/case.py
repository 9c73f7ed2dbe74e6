"""One case of deliveries.json: its inputs, and the verdict that follows from them."""

import hashlib
import hmac
from dataclasses import dataclass, field

from . import verdict

S1 = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
S2 = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
NOW = 1760000000
V0 = '{"event":"run.completed","run_id":"run_01","data":{"ok":true}}'
V1 = '{"event":"run.completed","run_id":"run_01"}'
SIGNATURE = "X-Overten-Signature"
TIMESTAMP = "X-Overten-Timestamp"
EVENT = "X-Overten-Event"
ZEROS = "sha256=" + 64 * "0"


@dataclass(frozen=True)
class Case:
    """Text given as `str` is written as text, as `bytes` in hex; either way the bytes are what is received."""

    id: str
    note: str
    secrets: list
    headers: list
    now: int
    body: "str | bytes"
    body_spaces: int = 0
    settings: dict = field(default_factory=dict)

    @property
    def received_headers(self):
        """Pairs of a name and the value's bytes."""
        return [(name, as_bytes(value)) for name, value in self.headers]

    @property
    def received_body(self):
        return as_bytes(self.body) + b" " * self.body_spaces

    @property
    def expect(self):
        return verdict.expect(self.secrets, self.received_headers, self.received_body, self.now, **self.settings)

    def as_json(self):
        spaces = {"body_spaces": self.body_spaces} if self.body_spaces else {}
        return {
            "id": self.id,
            "note": self.note,
            "secrets": self.secrets,
            "headers": [{"name": name, **text_or_hex("value", value)} for name, value in self.headers],
            "now": self.now,
            **text_or_hex("body", self.body),
            **spaces,
            **self.settings,
            "expect": self.expect,
        }


def delivery(
    id,
    note,
    body=V0,
    *,
    secrets=(S1,),
    key=S1,
    timestamp=NOW,
    signed=None,
    signature=None,
    event="run.completed",
    headers=None,
    now=NOW,
    spaces=0,
    **settings,
):
    """A case whose headers are signed with `key` over `timestamp` and `signed` (the body, unless given).

    `signature` and `timestamp` may be any header value; `event=None` leaves its header out; `headers` replaces all
    three; `settings` are `tolerance` and `max_body_bytes`.
    """
    if isinstance(timestamp, int):
        timestamp = str(timestamp)
    if headers is None:
        if signature is None:
            signature = sign(as_bytes(body if signed is None else signed) + b" " * spaces, timestamp, key)
        headers = [(SIGNATURE, signature), (TIMESTAMP, timestamp)] + ([(EVENT, event)] if event else [])
    return Case(id, note, list(secrets), headers, now, body, spaces, settings)


def sign(body=V0, timestamp=str(NOW), key=S1):
    """The right signature, whatever the timestamp's form and whatever the key."""
    return "sha256=" + verdict.mac(as_bytes(key), as_bytes(timestamp).strip(b" \t"), as_bytes(body)).hex()


def as_bytes(text):
    return text.encode() if isinstance(text, str) else text


def text_or_hex(name, value):
    return {name: value} if isinstance(value, str) else {f"{name}_hex": value.hex()}


def with_member(member):
    """The body of a completed run `r` with one more member, given as JSON text."""
    return f'{{"event":"run.completed","run_id":"r",{member}}}'


def sign_content(content, key=S1):
    """A well-formed signature over any content: how others join timestamp and body, or do not."""
    return "sha256=" + hmac.new(as_bytes(key), as_bytes(content), hashlib.sha256).hexdigest()


def arrays(depth):
    return depth * "[" + depth * "]"


def objects(depth):
    return (depth - 1) * '{"a":' + "{}" + (depth - 1) * "}"
