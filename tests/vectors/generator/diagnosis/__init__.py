"""diagnose.json: deliveries that went wrong on purpose, and what a diagnosis must name.

Each case applies a fault forwards, as it happens in the field; what finds it goes the other way. `CASES` are all.
"""

from . import bodies, headers, known, nothing, pairs, secrets
from .case import CAUSES, SUSPICIONS

CASES = [*bodies.CASES, *headers.CASES, *secrets.CASES, *pairs.CASES, *known.CASES, *nothing.CASES]


def document():
    return {
        "format": "overten-webhook-diagnose/1",
        "title": "captured deliveries, and what a diagnosis must say of each",
        "count": len(CASES),
        "causes": CAUSES,
        "suspicions": SUSPICIONS,
        "cases": [case.as_json() for case in CASES],
    }
