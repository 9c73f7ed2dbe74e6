"""Headers that changed on their way, and content that was signed by another rule."""

import base64

from ..case import EVENT, NOW, S1, SIGNATURE, TIMESTAMP
from .case import BODY, explained, mac, signed

RIGHT = mac(signed(BODY))
MILLISECONDS = f"{NOW}123"
ISO = "2025-10-09T08:53:20Z"


def timestamp(id, note, *causes, sent, signed_as, **more):
    return explained(f"timestamp/{id}", note, *causes, timestamp=sent, content=signed(BODY, signed_as), **more)


def join(id, note, *causes, content, **more):
    return explained(f"join/{id}", note, *causes, content=content, **more)


def signature(id, note, *causes, value, **more):
    return explained(f"signature/{id}", note, *causes, signature=value, **more)


def pairs(*headers):
    return {"headers": list(headers)}


GOOD = (SIGNATURE, "sha256=" + RIGHT.hexdigest())
TIME = (TIMESTAMP, str(NOW))

TIMESTAMPS = [
    timestamp("milliseconds", "Date.now()", "timestamp_milliseconds", sent=MILLISECONDS, signed_as=MILLISECONDS),
    timestamp("microseconds", "a finer clock", "timestamp_milliseconds", sent=f"{NOW}123456", signed_as=f"{NOW}123456"),
    timestamp(
        "milliseconds-signed", "seconds sent", "timestamp_signed_in_milliseconds", sent=str(NOW), signed_as=f"{NOW}000"
    ),
    timestamp(
        "became-milliseconds", "a gateway's own form", "timestamp_became_milliseconds", sent=f"{NOW}000", signed_as=NOW
    ),
    timestamp(
        "became-nanoseconds", "Go's UnixNano", "timestamp_became_milliseconds", sent=f"{NOW}000000000", signed_as=NOW
    ),
    timestamp("iso", "a date", "timestamp_iso", sent=ISO, signed_as=ISO),
    timestamp("iso-signed", "seconds sent", "timestamp_signed_as_iso", sent=str(NOW), signed_as=ISO),
    timestamp(
        "iso-signed-milliseconds",
        "toISOString()",
        "timestamp_signed_as_iso",
        sent=str(NOW),
        signed_as="2025-10-09T08:53:20.000Z",
    ),
    timestamp(
        "iso-signed-python",
        "isoformat()",
        "timestamp_signed_as_iso",
        sent=str(NOW),
        signed_as="2025-10-09T08:53:20+00:00",
    ),
    timestamp(
        "iso-signed-spaced",
        "a database's form",
        "timestamp_signed_as_iso",
        sent=str(NOW),
        signed_as="2025-10-09 08:53:20",
    ),
    timestamp(
        "became-iso",
        "a gateway's own form",
        "timestamp_became_iso",
        sent="2025-10-09T10:53:20.000+02:00",
        signed_as=NOW,
    ),
    timestamp(
        "became-date",
        "a date as HTTP has it",
        "timestamp_became_date",
        sent="Thu, 09 Oct 2025 08:53:20 GMT",
        signed_as=NOW,
    ),
    timestamp(
        "became-date-script",
        "as JavaScript prints one",
        "timestamp_became_date",
        sent="Thu Oct 09 2025 10:53:20 GMT+0200 (Central European Summer Time)",
        signed_as=NOW,
    ),
    timestamp(
        "no-break-space",
        "a no-break space behind the value",
        "timestamp_invisible",
        sent=f"{NOW}\u00a0",
        signed_as=NOW,
    ),
    timestamp(
        "zero-width-space",
        "inside the value",
        "timestamp_invisible",
        sent=f"17600\u200b00000",
        signed_as=NOW,
    ),
    timestamp("fraction-added", "a floating number", "timestamp_reprinted", sent=f"{NOW}.0", signed_as=NOW),
    timestamp("fraction-signed", "time.time() as text", "timestamp_reprinted", sent=str(NOW), signed_as=f"{NOW}.0"),
    timestamp("floored", "time.time(), of which int was signed", "timestamp_reprinted", sent=f"{NOW}.9", signed_as=NOW),
    timestamp("rounded", "and of which round was", "timestamp_reprinted", sent=f"{NOW - 1}.7234", signed_as=NOW),
    timestamp("plus", "a sign was added", "timestamp_reprinted", sent=f"+{NOW}", signed_as=NOW),
    timestamp("leading-zero", "padded", "timestamp_reprinted", sent=f"00{NOW}", signed_as=NOW),
    timestamp("exponent", "an exponent", "timestamp_reprinted", sent="1.76e9", signed_as=NOW),
    timestamp("underscores", "grouped", "timestamp_reprinted", sent="1_760_000_000", signed_as=NOW),
    timestamp("plus-signed", "and signed so", "timestamp_malformed", sent=f"+{NOW}", signed_as=f"+{NOW}"),
    timestamp("word-signed", "no number at all, and signed so", "timestamp_malformed", sent="abc", signed_as="abc"),
    timestamp("quoted", "quotes around it", "timestamp_quoted", sent=f'"{NOW}"', signed_as=NOW),
    timestamp("quoted-signed", "and signed so", "timestamp_malformed", sent=f'"{NOW}"', signed_as=f'"{NOW}"'),
    timestamp("space-signed", "the space was signed", "timestamp_space", sent=f" {NOW}", signed_as=f" {NOW}"),
    timestamp("joined", "repeated and joined by a host", "timestamp_repeated", sent=f"{NOW}, {NOW}", signed_as=NOW),
    explained("timestamp/repeated", "sent twice", "timestamp_repeated", **pairs(GOOD, TIME, TIME)),
    explained(
        "timestamp/repeated-second-signed",
        "the age of the one that was signed counts",
        "timestamp_repeated",
        **pairs(GOOD, (TIMESTAMP, str(NOW - 100_000)), TIME),
    ),
    explained(
        "timestamp/repeated-first-fresh",
        "the one that was signed is too old",
        "timestamp_too_old",
        "timestamp_repeated",
        **pairs(GOOD, (TIMESTAMP, str(NOW + 1000)), TIME),
        now=NOW + 1000,
    ),
    explained(
        "timestamp/repeated-blank", "one of them blank", "timestamp_repeated", **pairs(GOOD, TIME, (TIMESTAMP, ""))
    ),
    explained(
        "timestamp/renamed",
        "a CGI variable",
        "timestamp_header_renamed",
        **pairs(GOOD, ("HTTP_X_OVERTEN_TIMESTAMP", str(NOW))),
    ),
    explained(
        "timestamp/dropped", "a proxy lets only known headers pass", "timestamp_dropped", now=NOW + 3, **pairs(GOOD)
    ),
    explained(
        "timestamp/absent",
        "and an empty one signed",
        "timestamp_absent",
        **pairs((SIGNATURE, "sha256=" + mac("." + BODY).hexdigest())),
    ),
    explained(
        "timestamp/absent-body-alone",
        "and the body alone signed",
        "timestamp_absent",
        "body_alone_signed",
        **pairs((SIGNATURE, "sha256=" + mac(BODY).hexdigest())),
    ),
    explained("timestamp/too-old", "held up, or a clock ahead", "timestamp_too_old", now=NOW + 301),
    explained("timestamp/in-future", "a clock behind", "timestamp_in_future", now=NOW - 301),
    explained(
        "timestamp/too-old-by-its-setting",
        "the receiver's own tolerance",
        "timestamp_too_old",
        now=NOW + 11,
        tolerance=10,
    ),
    explained(
        "timestamp/too-large-and-old",
        "over the limit, so its age was not looked at",
        "timestamp_too_old",
        "body_too_large",
        now=NOW + 301,
        max_body_bytes=10,
    ),
    explained(
        "body/reprinted-shorter",
        "what is proven is whole, whatever length was announced",
        "json_spacing",
        signed_body=BODY.replace(":", ": ").replace(",", ", "),
        more=[("Content-Length", str(len(BODY.replace(":", ": ").replace(",", ", "))))],
    ),
    explained("body/too-large", "a limit that is too low", "body_too_large", max_body_bytes=len(BODY) - 1),
]

JOINS = [
    join("body-alone", "no replay protection", "body_alone_signed", content=BODY),
    *(
        join(f"separator-{name}", "another separator", "other_separator", content=f"{NOW}{text}{BODY}")
        for name, text in [
            ("none", ""),
            ("newline", "\n"),
            ("colon", ":"),
            ("comma", ","),
            ("bar", "|"),
            ("space", " "),
            ("dash", "-"),
        ]
    ),
    *(
        join(f"after-{name}", "the other way round", "timestamp_after_body", content=f"{BODY}{text}{NOW}")
        for name, text in [("point", "."), ("nothing", ""), ("newline", "\n")]
    ),
    join("version", "with a version in front", "other_parts", content=f"v0:{NOW}:{BODY}"),
    join("event", "with the event's name in front", "other_parts", content=f"run.completed.{NOW}.{BODY}"),
    join("event-between", "with the event's name between", "other_parts", content=f"{NOW}.run.completed.{BODY}"),
]

B64 = base64.b64encode(RIGHT.digest()).decode()
SIGNATURES = [
    signature("base64", "base64 for hex", "signature_base64", value="sha256=" + B64),
    signature(
        "base64-url",
        "its other alphabet, unpadded",
        "signature_base64",
        value="sha256=" + base64.urlsafe_b64encode(RIGHT.digest()).decode().rstrip("="),
    ),
    signature(
        "base64-of-hex",
        "both, one after the other",
        "signature_base64",
        value="sha256=" + base64.b64encode(RIGHT.hexdigest().encode()).decode(),
    ),
    signature("standard-webhooks", "v1, and base64", "signature_base64", "signature_scheme", value="v1," + B64),
    signature("bare", "digits alone", "signature_scheme", value=RIGHT.hexdigest()),
    signature("bare-base64", "base64 alone", "signature_base64", "signature_scheme", value=B64),
    signature("upper-case-scheme", "SHA256=", "signature_scheme", value="SHA256=" + RIGHT.hexdigest()),
    signature("other-scheme", "v1=", "signature_scheme", value="v1=" + RIGHT.hexdigest()),
    signature("colon", "sha256:", "signature_scheme", value="sha256:" + RIGHT.hexdigest()),
    signature("space-inside", "a space behind the scheme", "signature_scheme", value="sha256= " + RIGHT.hexdigest()),
    signature("quoted", "quotes around it", "signature_quoted", value=f'"sha256={RIGHT.hexdigest()}"'),
    signature("percent", "an escaped equals sign", "signature_percent_encoded", value="sha256%3D" + RIGHT.hexdigest()),
    signature("cut-63", "a digit is gone", "signature_cut", value="sha256=" + RIGHT.hexdigest()[:63]),
    signature("cut-half", "half of it", "signature_cut", value="sha256=" + RIGHT.hexdigest()[:32]),
    signature("extra-digit", "a digit too many", "signature_extra", value="sha256=" + RIGHT.hexdigest() + "0"),
    signature("extra-text", "something behind", "signature_extra", value="sha256=" + RIGHT.hexdigest() + ";x"),
    signature(
        "joined", "a list of two", "signature_repeated", value="sha256=" + 64 * "0" + ", sha256=" + RIGHT.hexdigest()
    ),
    signature(
        "timestamp-and-version",
        "t= and v1=",
        "signature_repeated",
        "signature_scheme",
        value=f"t={NOW},v1={RIGHT.hexdigest()}",
    ),
    explained(
        "signature/repeated", "sent twice", "signature_repeated", **pairs((SIGNATURE, "sha256=" + 64 * "0"), GOOD, TIME)
    ),
    explained(
        "signature/renamed",
        "a CGI variable",
        "signature_header_renamed",
        **pairs(("HTTP_X_OVERTEN_SIGNATURE", GOOD[1]), TIME),
    ),
    explained(
        "signature/renamed-prefix",
        "a gateway's prefix",
        "signature_header_renamed",
        **pairs(("x-original-overten-signature", GOOD[1]), TIME),
    ),
    explained(
        "signature/both-renamed",
        "both of them",
        "timestamp_header_renamed",
        "signature_header_renamed",
        **pairs(("HTTP_X_OVERTEN_SIGNATURE", GOOD[1]), ("HTTP_X_OVERTEN_TIMESTAMP", str(NOW))),
    ),
    signature("sha1", "the weaker hash", "signature_sha1", value="sha1=" + mac(signed(BODY), S1, "sha1").hexdigest()),
    signature(
        "sha1-as-sha256",
        "under the wrong name",
        "signature_sha1",
        value="sha256=" + mac(signed(BODY), S1, "sha1").hexdigest(),
    ),
    signature(
        "sha512", "the stronger hash", "signature_sha512", value="sha512=" + mac(signed(BODY), S1, "sha512").hexdigest()
    ),
    signature(
        "sha1-base64",
        "the weaker hash in base64",
        "signature_sha1",
        "signature_base64",
        value="sha1=" + base64.b64encode(mac(signed(BODY), S1, "sha1").digest()).decode(),
    ),
]

VERIFIES = [
    explained("verifies/plain", "nothing is wrong"),
    explained("verifies/upper-case", "hex digits of either case", signature="sha256=" + RIGHT.hexdigest().upper()),
    explained("verifies/no-event", "the hint may be absent", **pairs(GOOD, TIME)),
    explained("verifies/edge", "exactly the tolerance", now=NOW + 300),
    explained("verifies/not-json", "authentic, though no event", body="not JSON"),
    explained(
        "verifies/shorter-than-announced",
        "authentic, and a receiver takes a body of another length for one that broke off",
        more=[("Content-Length", str(len(BODY) + 7))],
    ),
    explained("verifies/as-announced", "its length is right", more=[("Content-Length", str(len(BODY)))]),
    explained("verifies/empty", "authentic, though empty", body=""),
    explained(
        "verifies/content-encoding",
        "what the header says does not matter",
        more=[("Content-Encoding", "gzip"), (EVENT, "x")],
    ),
]

CASES = [*TIMESTAMPS, *JOINS, *SIGNATURES, *VERIFIES]
