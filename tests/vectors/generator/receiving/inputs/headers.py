"""The two signed headers, judged before any of the body is read."""

from ...case import EVENT, SIGNATURE, TIMESTAMP, ZEROS, sign
from ..scenario import NOW, V1, delivery, scenario

GOOD = sign(V1)
AT = str(NOW)


def _headers(name, note, *headers, **rest):
    return scenario(f"headers/{name}", note, delivery(headers=headers, **rest))


def _signature(name, note, signature):
    return _headers(name, note, (SIGNATURE, signature), (TIMESTAMP, AT))


def _timestamp(name, note, timestamp):
    return _headers(name, note, (SIGNATURE, GOOD), (TIMESTAMP, timestamp))


SCENARIOS = [
    _headers("none", "the signature is looked for first"),
    _headers("no-signature", "no signature", (TIMESTAMP, AT)),
    _signature("empty-signature", "an empty one is none", ""),
    _signature("blank-signature", "so is a blank one", " \t "),
    _headers(
        "signature-twice", "two are refused, not chosen from", (SIGNATURE, GOOD), (SIGNATURE, GOOD), (TIMESTAMP, AT)
    ),
    _headers("signature-and-empty", "an empty one counts", (SIGNATURE, ""), (SIGNATURE, GOOD), (TIMESTAMP, AT)),
    _headers(
        "signature-two-spellings",
        "names compare without case",
        (SIGNATURE, GOOD),
        (SIGNATURE.lower(), ZEROS),
        (TIMESTAMP, AT),
    ),
    _signature("signature-joined", "as hosts join repeated ones", f"{GOOD}, {GOOD}"),
    _signature("signature-scheme", "another scheme", GOOD.replace("sha256", "sha512")),
    _signature("signature-scheme-upper-case", "the scheme is lower case", GOOD.replace("sha256", "SHA256")),
    _signature("signature-bare", "the digits alone", GOOD[len("sha256=") :]),
    _signature("signature-63-digits", "a digit short", GOOD[:-1]),
    _signature("signature-65-digits", "a digit long", f"{GOOD}0"),
    _signature("signature-no-hex", "no hex digit", f"{GOOD[:-1]}g"),
    _signature("signature-not-utf-8", "bytes that no text holds", b"sha256=\xff"),
    _headers("no-timestamp", "no timestamp", (SIGNATURE, GOOD)),
    _timestamp("empty-timestamp", "an empty one is none", ""),
    _timestamp("blank-timestamp", "so is a blank one", "\t"),
    _headers("timestamp-twice", "two are refused", (SIGNATURE, GOOD), (TIMESTAMP, AT), (TIMESTAMP, AT)),
    _timestamp("timestamp-joined", "as hosts join them", f"{AT},{AT}"),
    _timestamp("timestamp-milliseconds", "13 digits look like milliseconds", f"{AT}000"),
    _timestamp("timestamp-leading-zero", "a leading zero", f"0{AT}"),
    _timestamp("timestamp-sign", "a sign", f"+{AT}"),
    _timestamp("timestamp-negative", "a negative one", f"-{AT}"),
    _timestamp("timestamp-fraction", "a fraction", f"{AT}.0"),
    _timestamp("timestamp-other-digits", "digits of another script", AT.replace("1", "\u0661")),
    _timestamp("timestamp-inner-space", "a space inside", f"{AT[:5]} {AT[5:]}"),
    _headers("missing-before-malformed", "a missing timestamp is told before the signature's form", (SIGNATURE, "x")),
    _headers("both-malformed", "of the forms the signature's is told first", (SIGNATURE, "x"), (TIMESTAMP, "x")),
    _headers(
        "before-the-length", "they are told before an unusable length", (TIMESTAMP, AT), ("Content-Length", "40, 40")
    ),
    _headers("before-the-body", "and before a body over the limit", (TIMESTAMP, AT), spaces=2_000_000),
    *[
        scenario(f"event-header/{name}", note, delivery(event=None, more=[(EVENT, value) for value in values]))
        for name, note, values in (
            ("absent", "it may be absent", []),
            ("spaces", "spaces around it are no part of it", [" run.completed\t"]),
            ("other", "another event than the body, which counts", ["run.failed"]),
            ("case", "names compare exactly", ["Run.Completed"]),
            ("blank", "a blank one names nothing", [" "]),
            ("twice", "one that was sent twice names no one event", ["run.completed", "run.failed"]),
            ("joined", "nor does one that a host joined", ["run.completed, run.failed"]),
            ("not-utf-8", "bytes that no text holds name another", [b"run.completed\xff"]),
        )
    ],
    scenario(
        "event-header/other-duplicate",
        "a duplicate says so too",
        delivery(),
        delivery(at=NOW + 5, event="run.failed"),
    ),
    scenario(
        "event-header/other-unreadable",
        "a body that cannot be read names no event to differ from",
        delivery("not JSON", event="run.failed"),
    ),
    scenario(
        "event-header/other-forged", "nothing is compared before the signature", delivery(signature=ZEROS, event="x")
    ),
]
