"""SPEC sections 2, 6 and 9: one request's way through a receiver, written out as one would do it by hand."""

import re

from .. import payload, verdict
from ..codes import CODES
from . import payload_fault, sentences, settings
from .log_line import Facts, line

ANSWER_WITHIN_MS = 10_000
LATE_STEP_MS = 11_000
_LARGEST_LENGTH = 2**64 - 1


class Done(Exception):
    """The request has come to its end. The argument is its code."""


class Reception:
    """One request. `run` gives what is expected of it.

    In a receiver that cannot answer before its handler ends (`in_thread`) the sender waits for a late step.
    """

    def __init__(self, receiver, ledger, request, in_thread=False):
        self.receiver = receiver
        self.ledger = ledger
        self.request = request
        self.in_thread = in_thread
        self.ms = 0
        self.asked_at_ms = 0
        self.steps = []
        self.lines = []
        self.reply = None
        self.key = None
        self.handed_on = False
        self.set_aside_for = None
        self.facts = Facts(lease_seconds=receiver.lease_seconds)

    def run(self):
        try:
            self.work()
        except Done as done:
            [code] = done.args
        self.facts.is_late = not self.reply and self.ms > ANSWER_WITHIN_MS and self.request.late != "read_body"
        self.lines.append(line(code, self.facts))
        return {
            **(self.reply or self.reply_to(code)),
            "steps": self.steps,
            **({"key": self.key} if self.key else {}),
            "handed_on": self.handed_on,
            "set_aside": self.set_aside_for,
            "lines": self.lines,
        }

    def work(self):
        self.judge_request()
        given_signature, timestamp = self.judge_headers()
        body = self.read_body()
        self.judge_delivery(given_signature, timestamp, body)
        self.take_in(body)

    # Before the body.

    def judge_request(self):
        if self.receiver.path is not None and not settings.is_for(self.receiver.path, self.request.target.encode()):
            self.facts.reason = sentences.ANOTHER_PATH.format(path=self.receiver.path.decode())
            raise Done("not_found")
        if self.request.method != "POST":
            raise Done("method_not_allowed")
        if self.receiver.problem:
            self.facts.failed("misconfigured", self.receiver.problem)
            raise Done("misconfigured")

    def judge_headers(self):
        signature = self.one_value("signature")
        timestamp = self.one_value("timestamp")
        if not signature.startswith(b"sha256="):
            self.refuse("malformed_signature", "signature_scheme")
        if not re.fullmatch(rb"sha256=[0-9A-Fa-f]{64}", signature):
            self.refuse("malformed_signature", "signature_digest")
        if not re.fullmatch(rb"[0-9]+", timestamp):
            self.refuse("malformed_timestamp", "timestamp_not_digits")
        if len(timestamp) > 12:
            self.refuse("malformed_timestamp", "timestamp_too_long")
        if timestamp != b"0" and timestamp.startswith(b"0"):
            self.refuse("malformed_timestamp", "timestamp_leading_zero")
        lengths = self.values("content-length")
        if lengths and (len(lengths) > 1 or not is_length(lengths[0])):
            self.facts.reason = sentences.UNUSABLE_LENGTH
            raise Done("unavailable")
        return bytes.fromhex(signature[len("sha256=") :].decode()), timestamp

    def one_value(self, what):
        values = self.values(f"x-overten-{what}")
        if len(values) > 1 or any(b"," in value for value in values):
            self.refuse(f"malformed_{what}", f"{what}_repeated")
        if not values or not values[0]:
            self.refuse(f"missing_{what}", f"missing_{what}")
        return values[0]

    def values(self, name):
        headers = self.request.received_headers
        return [value.strip(b" \t") for given, value in headers if given.lower() == name]

    def refuse(self, code, sentence, **numbers):
        self.facts.reason = sentences.REJECTIONS[sentence].format(**numbers)
        raise Done(code)

    # The body.

    def read_body(self):
        self.steps.append("read_body")
        if self.request.late == "read_body":
            self.ms += LATE_STEP_MS
            self.facts.reason = sentences.SLOW_BODY
            raise Done("unavailable")
        if self.request.read:
            self.facts.failed("read_body", self.request.read["broken_off"])
            raise Done("unavailable")
        limit = self.receiver.max_body_bytes
        body = self.request.received_body[: limit + 1]
        self.facts.body_bytes = len(body)
        if len(body) > limit:
            self.refuse("body_too_large", "body_too_large", max_body_bytes=limit)
        for length in self.values("content-length"):
            if int(length) != len(body):
                self.facts.reason = sentences.LENGTH_DIFFERS.format(body_bytes=len(body), content_length=int(length))
                raise Done("unavailable")
        return body

    def judge_delivery(self, given_signature, timestamp, body):
        macs = [verdict.mac(key, timestamp, body) for key in self.receiver.keys]
        if given_signature not in macs and not body and not self.values("content-length"):
            self.facts.reason = sentences.EMPTIED
            raise Done("unavailable")
        if given_signature not in macs:
            self.refuse("signature_mismatch", "signature_mismatch")
        self.facts.secret = self.receiver.labels[macs.index(given_signature)]
        age = self.request.at - int(timestamp)
        self.facts.age_seconds = age
        past, future = self.receiver.tolerance
        if past is not None and age > past:
            self.refuse("timestamp_too_old", "timestamp_too_old", seconds=age, allowed=past)
        if future is not None and -age > future:
            self.refuse("timestamp_in_future", "timestamp_in_future", seconds=-age, allowed=future)

    # The event.

    def take_in(self, body):
        try:
            event = payload.event(body)
        except payload.Malformed:
            event = None
            self.key = payload.body_key(body)
            self.facts.reason = payload_fault.sentence(body)
        else:
            run_key, task_key = payload.keys(event, body)
            self.key = task_key if self.receiver.scope == "task" else run_key
            self.facts.event = event
            self.facts.names_other_event = self.hint_differs(event["event"].encode())
        self.claim()
        if event:
            self.hand_on()
        else:
            self.set_aside("unreadable")
        self.commit()
        raise Done("accepted" if event else "quarantined")

    def hint_differs(self, name):
        """Whether the unsigned header names one event, and another one; joined by a comma it names several."""
        hints = self.values("x-overten-event")
        return len(hints) == 1 and hints[0] not in (b"", name) and b"," not in hints[0]

    def claim(self):
        answer = self.request.claim or self.ledger.claim(self.key, self.request.at)
        self.asked_at_ms = self.ms
        self.step("claim")
        if is_failure(answer):
            self.facts.failed("claim", answer["failed"])
            self.release()
        if answer == "duplicate":
            raise Done("duplicate")
        if answer == "in_flight":
            raise Done("in_flight")
        self.ms += self.request.waited_ms
        if self.ms - self.asked_at_ms >= self.receiver.lease_seconds * 1000:
            self.facts.lapsed = True
            self.release()

    def hand_on(self):
        self.handed_on = True
        outcome = self.request.hand_on
        self.step("hand_on", self.request.handler_ms)
        if is_failure(outcome):
            self.facts.failed("hand_on", outcome["failed"])
            self.release()
        if isinstance(outcome, dict):
            self.facts.failed("hand_on_for_good", outcome["failed_for_good"])
            self.facts.failed_for_good = True
            self.set_aside("failed_for_good")
        self.note_outlived_lease()

    def set_aside(self, why):
        self.set_aside_for = why
        self.step("set_aside")
        if is_failure(self.request.set_aside):
            self.facts.failed("set_aside", self.request.set_aside["failed"])
            self.release()
        self.note_outlived_lease()

    def note_outlived_lease(self):
        self.facts.outlived = self.ms - self.asked_at_ms >= self.receiver.lease_seconds * 1000

    def commit(self):
        outcome = self.request.commit
        self.step("commit")
        if is_failure(outcome):
            self.facts.failed("commit", outcome["failed"])
            raise Done("unavailable")
        if outcome == "claim_lost":
            self.facts.claim_lost = True
        else:
            self.ledger.commit(self.key, self.request.at)

    def release(self):
        """The claim is given back, and Overten sends it again."""
        self.step("release")
        if is_failure(self.request.release):
            self.facts.failed("release", self.request.release["failed"])
        else:
            self.ledger.release(self.key)
        raise Done("unavailable")

    # Time, and the answer.

    def step(self, name, takes_ms=0):
        self.steps.append(name)
        if self.request.late == name:
            takes_ms = takes_ms or LATE_STEP_MS
            if not self.in_thread:
                self.answer_meanwhile(name)
        self.ms += takes_ms

    def answer_meanwhile(self, step):
        code = "in_flight" if step in ("hand_on", "set_aside") else "unavailable"
        self.lines.append(line(code, self.facts, still_at=step))
        self.reply = self.reply_to(code)
        self.facts.answered = code

    def reply_to(self, code):
        status = self.receiver.mismatch if code == "signature_mismatch" else CODES[code].status
        headers = {"Content-Type": "application/json"}
        if status == 503:
            headers["Retry-After"] = "10"
        if status == 405:
            headers["Allow"] = "POST"
        body = "" if self.request.method == "HEAD" else CODES[code].reply
        return {"code": code, "status": status, "headers": headers, "body": body}


def is_failure(outcome):
    return isinstance(outcome, dict) and "failed" in outcome


def is_length(value):
    return re.fullmatch(rb"[0-9]+", value) is not None and int(value) <= _LARGEST_LENGTH
