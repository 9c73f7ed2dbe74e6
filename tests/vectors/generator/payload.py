"""SPEC sections 4 and 5: reading a verified body, and the keys it gives."""

import hashlib
import json
import math
import re
import struct
from pathlib import Path

from .strict_json import Malformed, Number, Object, holds_lone_surrogate, read

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
IDENTIFYING = ("event", "run_id", "task_id")
_SCHEMA = Path(__file__).resolve().parents[2] / "schema" / "deliveries.schema.json"
_TYPES = {
    name: schema["type"]
    for name, schema in json.loads(_SCHEMA.read_text("utf-8"))["$defs"]["event"]["properties"].items()
    if name not in ("event", "kind", "run_id", "error")
}
TEXT_FIELDS = tuple(name for name, kind in _TYPES.items() if kind == "string" and name != "task_id")
KINDS = {"run.completed": "run_completed", "run.failed": "run_failed"}
LARGEST_WHOLE_NUMBER = 2**53 - 1
_PLAIN_PART = re.compile(r"[A-Za-z0-9._-]{1,128}")


def members(body):
    """The top-level members of a readable body, or `Malformed`."""
    try:
        text = body.removeprefix(BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8") from error
    value = read(text)
    if not isinstance(value, Object):
        raise Malformed("not an object")
    for name in IDENTIFYING:
        if sum(member.name == name for member in value) > 1:
            raise Malformed(f"{name} stands twice")
    for member in value:
        if holds_lone_surrogate(member.name):
            raise Malformed("a name holds a lone surrogate")
        if member.name in IDENTIFYING and isinstance(member.value, str) and holds_lone_surrogate(member.value):
            raise Malformed(f"{member.name} holds a lone surrogate")
    return value


def event(body):
    """Every known field that is present, or `Malformed`."""
    last = {member.name: member.value for member in members(body)}
    for name in ("event", "run_id"):
        if not isinstance(last.get(name), str) or not last[name]:
            raise Malformed(f"{name} is not a non-empty text")
    fields = {
        "event": last["event"],
        "kind": KINDS.get(last["event"], "other"),
        "run_id": last["run_id"],
        **{name: _READERS[kind](last.get(name)) for name, kind in _TYPES.items()},
        "error": _error(last.get("error"), last.get("message")),
    }
    return {name: value for name, value in fields.items() if value is not None}


def member_text(body, name):
    """The JSON text of the last member called `name`, as sent, or None."""
    texts = [member.text for member in members(body) if member.name == name]
    return texts[-1] if texts else None


def body_key(body):
    return "body=" + hashlib.sha256(body).hexdigest()


def keys(fields, body):
    """The keys of an event in run scope and in task scope."""
    run = [fields["event"], fields["run_id"]]
    task_id = fields.get("task_id")
    return canonical(run), canonical([*run, task_id]) if task_id else body_key(body)


def canonical(parts):
    if all(_PLAIN_PART.fullmatch(part) for part in parts):
        return ":".join(parts)
    encoded = [part.encode() for part in parts]
    return "sha256=" + hashlib.sha256(b"".join(struct.pack(">Q", len(part)) + part for part in encoded)).hexdigest()


def _text(value):
    return value if isinstance(value, str) and not holds_lone_surrogate(value) else None


def _number(value):
    if not isinstance(value, Number):
        return None
    nearest = float(value.text)
    if math.isinf(nearest):
        return None
    is_written_whole = value.text.lstrip("-").isdigit() and value.text != "-0"
    return int(nearest) if is_written_whole and abs(nearest) <= LARGEST_WHOLE_NUMBER else nearest


def _whole_number(value):
    number = _number(value)
    if number is None or number != math.floor(number) or not 0 <= number <= LARGEST_WHOLE_NUMBER:
        return None
    return int(number)


_READERS = {"string": _text, "number": _number, "integer": _whole_number}


def _error(error, message):
    if isinstance(error, Object):
        inner = {member.name: member.value for member in error}
        found = {"code": _text(inner.get("code")), "message": _text(inner.get("message"))}
    elif _text(error) is not None:
        found = {"code": error, "message": _text(message)}
    else:
        return None
    return {name: value for name, value in found.items() if value is not None} or None
