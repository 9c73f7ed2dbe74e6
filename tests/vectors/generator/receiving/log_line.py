"""SPEC section 9: the fields of a log line, in their order, and who must look at it."""

from dataclasses import dataclass, field

from . import sentences

LONGEST_TEXT = 256
LONGEST_DETAIL = 2048
CUT = "\u2026"
ERRORS = ("body_too_large", "quarantined", "misconfigured", "unavailable")
WARNINGS = ("signature_mismatch", "timestamp_too_old", "timestamp_in_future")


@dataclass
class Facts:
    """All that a line tells."""

    event: "dict | None" = None
    secret: "str | None" = None
    age_seconds: "int | None" = None
    body_bytes: "int | None" = None
    answered: "str | None" = None
    reason: "str | None" = None
    faults: list = field(default_factory=list)
    lapsed: bool = False
    outlived: bool = False
    claim_lost: bool = False
    names_other_event: bool = False
    is_late: bool = False
    failed_for_good: bool = False
    lease_seconds: int = 0

    def failed(self, what, why):
        self.faults.append((sentences.FAULTS[what], why))


def line(code, facts, still_at=None):
    """The line as an object, less `elapsed_ms`."""
    event = facts.event or {}
    fields = {
        "code": code,
        "level": level(code, facts, still_at),
        **{name: cut_text(event[name]) for name in ("event", "run_id", "task_id") if name in event},
        "secret": facts.secret,
        "age_seconds": facts.age_seconds,
        "body_bytes": facts.body_bytes,
        "detail": cut_detail("; ".join(told(facts, still_at))) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def level(code, facts, still_at):
    if code == "unavailable" and facts.secret is None:
        return "warn"  # a stranger can cause it
    if code in ERRORS or facts.failed_for_good:
        return "error"
    remarkable = facts.claim_lost or facts.outlived or facts.names_other_event or facts.is_late or still_at
    return "warn" if remarkable or code in WARNINGS else "info"


def told(facts, still_at):
    """The sentences: what was answered before, what is waited for, why, what an operator should know, what failed."""
    numbers = {"lease_seconds": facts.lease_seconds}
    return [
        *([sentences.ANSWERED_BEFORE.format(code=facts.answered)] if facts.answered else []),
        *([sentences.still_at(still_at)] if still_at else []),
        *([facts.reason] if facts.reason else []),
        *([sentences.LAPSED.format(**numbers)] if facts.lapsed else []),
        *([sentences.OUTLIVED.format(**numbers)] if facts.outlived else []),
        *([sentences.CLAIM_LOST] if facts.claim_lost else []),
        *([sentences.OTHER_EVENT] if facts.names_other_event else []),
        *([sentences.LATE] if facts.is_late else []),
        *(f"{what}: {cut(why, LONGEST_DETAIL // len(facts.faults))}" if why else what for what, why in facts.faults),
    ]


def cut_text(text):
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + CUT


def cut_detail(detail):
    return cut(detail, LONGEST_DETAIL)


def cut(text, longest):
    """The text, or as much of it as fits with a mark into so many bytes."""
    data = text.encode()
    if len(data) <= longest:
        return text
    return data[: longest - len(CUT.encode())].decode("utf-8", "ignore") + CUT
