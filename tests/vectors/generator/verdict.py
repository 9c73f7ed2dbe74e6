"""SPEC sections 2 and 7: signing a delivery, and the verdict on one, from headers, body, clock and secrets alone."""

import hashlib
import hmac
import re

from . import payload, secret_rules
from .codes import CODES

SIGNATURE = "x-overten-signature"
TIMESTAMP = "x-overten-timestamp"
DEFAULT_TOLERANCE = 300
DEFAULT_MAX_BODY_BYTES = 1_048_576
LARGEST_TIMESTAMP = 999_999_999_999
SMALLEST_I64 = -(2**63)
LARGEST_I64 = 2**63 - 1

_SIGNATURE_FORM = re.compile(rb"sha256=([0-9a-fA-F]{64})")
_TIMESTAMP_FORM = re.compile(rb"0|[1-9][0-9]{0,11}")


class Rejected(Exception):
    """The delivery does not verify. The first argument is the code, the second the age of a freshness rejection."""


def mac(key, timestamp, body):
    return hmac.new(key, timestamp + b"." + body, hashlib.sha256).digest()


def signature(secret, timestamp, body):
    """The signature header's value, or `Refused`: a time out of range (`invalid_argument`) or a bad secret."""
    if not 0 <= timestamp <= LARGEST_TIMESTAMP:
        raise secret_rules.Refused("invalid_argument", None)
    [key] = secret_rules.accepted_keys([secret])
    return "sha256=" + mac(key, str(timestamp).encode(), body).hex()


def expect(secrets, headers, body, now, max_body_bytes=DEFAULT_MAX_BODY_BYTES, tolerance=DEFAULT_TOLERANCE):
    """The `expect` of a case. `headers` are pairs of text and bytes; `tolerance` is as in the case."""
    try:
        keys = secret_rules.accepted_keys(secrets)
    except secret_rules.Refused as refusal:
        code = refusal.args[0]
        return {"result": "refused", "code": code, "status": CODES[code].status}
    try:
        matched, timestamp, age = _verify(keys, headers, body, now, max_body_bytes, _sides(tolerance))
    except Rejected as rejection:
        code, age = rejection.args
        known = CODES[code]
        answer = {"result": "rejected", "code": code, "status": known.status, "retryable": known.retryable}
        return answer if age is None else {**answer, "age": age}
    verified = {"result": "verified", "status": 200, "secret": matched}
    try:
        fields = payload.event(body)
    except payload.Malformed:
        key = payload.body_key(body)
        return {**verified, "payload": "malformed_payload", "key": key, "task_key": key}
    key, task_key = payload.keys(fields, body)
    return {**verified, "timestamp": timestamp, "age": age, "event": fields, "key": key, "task_key": task_key}


def _verify(keys, headers, body, now, max_body_bytes, tolerance):
    given_signature = _one_value(headers, SIGNATURE, "signature")
    given_timestamp = _one_value(headers, TIMESTAMP, "timestamp")
    form = _SIGNATURE_FORM.fullmatch(given_signature)
    if not form:
        raise Rejected("malformed_signature", None)
    if not _TIMESTAMP_FORM.fullmatch(given_timestamp):
        raise Rejected("malformed_timestamp", None)
    if len(body) > max_body_bytes:
        raise Rejected("body_too_large", None)
    given_mac = bytes.fromhex(form.group(1).decode())
    matches = [position for position, key in enumerate(keys) if mac(key, given_timestamp, body) == given_mac]
    if not matches:
        raise Rejected("signature_mismatch", None)
    timestamp = int(given_timestamp)
    age = max(SMALLEST_I64, min(LARGEST_I64, now - timestamp))
    past, future = tolerance
    if past is not None and age > past:
        raise Rejected("timestamp_too_old", age)
    if future is not None and -age > future:
        raise Rejected("timestamp_in_future", age)
    return matches[0], timestamp, age


def _one_value(headers, name, what):
    values = [value for given, value in headers if _ascii_lower(given) == name]
    if len(values) > 1 or any(b"," in value for value in values):
        raise Rejected(f"malformed_{what}", None)
    value = values[0].strip(b" \t") if values else b""
    if not value:
        raise Rejected(f"missing_{what}", None)
    return value


def _ascii_lower(name):
    return name.encode().lower().decode()


def _sides(tolerance):
    if isinstance(tolerance, dict):
        return tolerance.get("past", DEFAULT_TOLERANCE), tolerance.get("future", DEFAULT_TOLERANCE)
    return tolerance, tolerance
