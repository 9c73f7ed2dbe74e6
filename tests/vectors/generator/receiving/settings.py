"""SPEC sections 3 and 6: a receiver's settings, or why none can be made; and which requests are for it."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from .. import secret_rules, verdict
from . import sentences

DEFAULT_LEASE_SECONDS = 60
DEFAULT_RETENTION_SECONDS = 604_800
_WHOLE_URL = re.compile(rb"https?://[^/?#]*", re.IGNORECASE)


class Misconfigured(Exception):
    """No receiver can be made. The arguments say why, by code and in the words of the log."""


@dataclass(frozen=True)
class Settings:
    """A receiver's settings in force. `problem` is why nothing can be checked, else None."""

    path: "bytes | None"
    keys: list
    labels: list
    scope: str
    mismatch: int
    tolerance: tuple
    max_body_bytes: int
    lease_seconds: int
    retention_seconds: int
    problem: "str | None"


def read(given):
    """The settings of a scenario."""
    past, future = tolerance = sides(given.get("tolerance", verdict.DEFAULT_TOLERANCE))
    retention = given.get("retention_seconds", DEFAULT_RETENTION_SECONDS)
    path, keys, labels, problem = given.get("path"), [], [], None
    try:
        keys, labels = secrets(given["secrets"])
        if None not in tolerance and retention <= past + future:
            raise Misconfigured("invalid_argument", sentences.RETENTION.format(window=past + future))
        if path is not None and not can_be_requested(path):
            raise Misconfigured("invalid_argument", sentences.PATH)
    except Misconfigured as fault:
        problem = ": ".join(fault.args)
    return Settings(
        path=path.encode() if path is not None and can_be_requested(path) else None,
        keys=keys,
        labels=labels,
        scope=given.get("scope", "run"),
        mismatch=given.get("mismatch", 401),
        tolerance=tolerance,
        max_body_bytes=given.get("max_body_bytes", verdict.DEFAULT_MAX_BODY_BYTES),
        lease_seconds=given.get("lease_seconds", DEFAULT_LEASE_SECONDS),
        retention_seconds=retention,
        problem=problem,
    )


def sides(tolerance):
    """Past and future in seconds, each None where it is switched off."""
    if isinstance(tolerance, dict):
        return tuple(tolerance.get(side, verdict.DEFAULT_TOLERANCE) for side in ("past", "future"))
    return tolerance, tolerance


def secrets(given):
    """The keys and the labels, or `Misconfigured`."""
    entries = [entry if isinstance(entry, dict) else {"secret": entry} for entry in given]
    for position, entry in enumerate(entries):
        if "secret_hex" in entry and not is_utf8(bytes.fromhex(entry["secret_hex"])):
            raise Misconfigured("malformed_secret", told("not_utf8", position))
    texts = [entry.get("secret") or bytes.fromhex(entry.get("secret_hex", "")).decode() for entry in entries]
    labels = [entry.get("label") for entry in entries]
    shown = [f"secret-{at}" if label is None else label for at, label in enumerate(labels)]
    try:
        keys = secret_rules.accepted_keys(texts, labels)
    except secret_rules.Refused as refusal:
        code, position = refusal.args
        if position is None:
            raise Misconfigured(code, sentences.SECRET_FAULTS[code]) from refusal
        fault = malformed(secret_rules.trimmed(texts[position])) if code == "malformed_secret" else code
        if code == "malformed_label" and shown[position] in shown[:position]:
            fault = "repeated_label"
        raise Misconfigured(code, told(fault, position)) from refusal
    return keys, shown


def told(fault, position):
    return sentences.SECRET.format(position=position, what=sentences.SECRET_FAULTS[fault])


def malformed(key):
    """What is wrong with a malformed secret; the scenarios have one fault each, so its order says nothing."""
    found = {
        "repeated_prefix": key.count(secret_rules.PREFIX) > 1,
        "text_before_prefix": key.count(secret_rules.PREFIX) == 1 and not key.startswith(secret_rules.PREFIX),
        "signature_prefix": key.lower().startswith(("v1,", "sha256=")),
        "quoted": key[0] in secret_rules.QUOTES or key[-1] in secret_rules.QUOTES,
        "white_space": any(character in secret_rules.WHITE_SPACE for character in key),
        "control_character": any(unicodedata.category(character) == "Cc" for character in key),
        "not_ascii": not key.isascii(),
    }
    [fault] = [name for name, holds in found.items() if holds]
    return fault


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def can_be_requested(path):
    """Whether a request can have this path; one that it cannot have would answer 404 to every delivery."""
    holds_foreign = any(character in b"?#" for character in unquote_to_bytes(path))
    holds_control = any(character == "\\" or unicodedata.category(character) == "Cc" for character in path)
    is_foreign = holds_foreign or holds_control or path != path.strip()
    segments = [unquote_to_bytes(segment) for segment in path.split("/")]
    return path.startswith("/") and not is_foreign and b"." not in segments and b".." not in segments


def is_for(path, target):
    """Whether a request's target is this path, whichever of the two forms a server hands it over in."""
    asked = re.split(rb"[?#]", _WHOLE_URL.sub(b"", target, count=1), maxsplit=1)[0]
    wanted = without_last_slash(unquote_to_bytes(path))
    return wanted in (without_last_slash(unquote_to_bytes(asked)), without_last_slash(asked))


def without_last_slash(path):
    return path.removesuffix(b"/") or b"/"
