"""Mismatches, and deliveries that are not fresh."""

from ...case import ZEROS
from ..scenario import NOW, S1, S2, delivery, event, scenario

TWO = [{"label": "subscription", "secret": S1}, {"label": "previous", "secret": S2}]
OFF = {"past": None, "future": None}


def _age(name, note, age, **given):
    return scenario(f"fresh/{name}", note, delivery(sent=NOW - age), **given)


SCENARIOS = [
    scenario("mismatch/forged", "no secret made it: never send it again", delivery(signature=ZEROS)),
    scenario(
        "mismatch/forged-503", "while secrets are being changed: send it again", delivery(signature=ZEROS), mismatch=503
    ),
    scenario("mismatch/another-secret", "signed with a secret that is not configured", delivery(key=S2)),
    scenario("mismatch/another-secret-503", "the same while secrets are being changed", delivery(key=S2), mismatch=503),
    scenario(
        "mismatch/another-body", "the body is another", delivery(event("run_02"), signature=delivery().headers[0][1])
    ),
    scenario("mismatch/another-time", "the time is another", delivery(signature=delivery(sent=NOW - 1).headers[0][1])),
    scenario("mismatch/empty-body", "a body emptied where nobody announced its length", delivery("", signature=ZEROS)),
    scenario("mismatch/empty-body-503", "the same in another setting", delivery("", signature=ZEROS), mismatch=503),
    scenario("mismatch/unreadable", "nothing is parsed before the signature", delivery("not JSON", signature=ZEROS)),
    scenario("mismatch/stale-too", "and nothing is said of the clock", delivery(signature=ZEROS, sent=NOW - 9999)),
    scenario(
        "mismatch/then-accepted",
        "answered 503, sent again once the secret is right: here the other one signs",
        delivery(key=S2),
        delivery(at=NOW + 60),
        mismatch=503,
    ),
    scenario("mismatch/accepted-with-503", "the setting touches nothing else", delivery(), mismatch=503),
    scenario("mismatch/missing-with-503", "nor a header that is missing", delivery(headers=[]), mismatch=503),
    scenario(
        "rotation/both-match",
        "during a rotation each line names the secret that signed",
        delivery(event("run_01")),
        delivery(event("run_02"), key=S2, at=NOW + 1),
        secrets=TWO,
    ),
    scenario(
        "rotation/same-key-under-both",
        "one event signed by one secret and then the other is one event",
        delivery(key=S2),
        delivery(at=NOW + 60),
        secrets=TWO,
    ),
    scenario("rotation/neither", "a third secret matches neither", delivery(key=f"{S2}x"), secrets=TWO),
    scenario(
        "rotation/stale-names-secret",
        "a stale delivery names its secret",
        delivery(key=S2, sent=NOW - 301),
        secrets=TWO,
    ),
    scenario("rotation/unreadable-names-secret", "so does one that cannot be read", delivery("x", key=S2), secrets=TWO),
    _age("past-edge", "exactly the tolerance passes", 300),
    _age("past", "a second more does not", 301),
    _age("future-edge", "exactly the tolerance ahead passes", -300),
    _age("future", "a second more does not", -301),
    _age("days-old", "held up for days", 4 * 86_400),
    _age("none-allowed", "0 means this very second", 0, tolerance=0),
    _age("none-allowed-past", "a second old", 1, tolerance=0),
    _age("none-allowed-future", "a second ahead", -1, tolerance=0),
    _age("durable", "a ledger that survives a restart allows days", 259_200, tolerance={"past": 259_200}),
    _age("durable-past", "and a second more is too old", 259_201, tolerance={"past": 259_200}),
    _age("past-off", "however old", 9_999_999, tolerance={"past": None}),
    _age("past-off-future", "the other side holds", -301, tolerance={"past": None}),
    _age("future-off", "however far ahead", -9_999_999, tolerance={"future": None}),
    _age("future-off-past", "the other side holds", 301, tolerance={"future": None}),
    _age("off", "both off", NOW, tolerance=OFF),
    _age("off-null", "both off, in one word", 9_999_999, tolerance=None),
    scenario("fresh/before-1970", "a clock that was never set", delivery(at=-5, sent=0), tolerance=300),
    scenario("fresh/clock-of-1970", "a clock that was never set, today", delivery(at=0, sent=NOW)),
    scenario("fresh/unreadable-stale", "nothing is read of a stale one", delivery("not JSON", sent=NOW - 301)),
    scenario(
        "fresh/stale-then-clock-mended",
        "answered 503, so it comes again once the clock is right",
        delivery(at=NOW + 3600, sent=NOW),
        delivery(at=NOW + 60, sent=NOW),
    ),
]
