"""captures.json: deliveries in the forms in which people have them at hand, and what must be read from each.

Each case writes a delivery that is known into its form; what reads it goes the other way. `CASES` are all.
"""

from . import commands, objects, pasted, records, requests, wrong
from .case import FAULTS, FORMS, LACKS

CASES = [*requests.CASES, *commands.CASES, *objects.CASES, *records.CASES, *pasted.CASES, *wrong.CASES]


def document():
    return {
        "format": "overten-webhook-captures/1",
        "title": "deliveries in the forms in which they are captured, and what must be read from each",
        "count": len(CASES),
        "forms": FORMS,
        "lacks": LACKS,
        "faults": FAULTS,
        "cases": [case.as_json() for case in CASES],
    }
