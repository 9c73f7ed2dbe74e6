"""How many values the two headers have, and what is around a value (SPEC section 2, step 1)."""

from ..case import EVENT, SIGNATURE, TIMESTAMP, V0, V1, ZEROS, delivery, sign, sign_content

T = "1760000000"
COMPLETED = "run.completed"
FAILED = "run.failed"
SIGNED = [(SIGNATURE, sign()), (TIMESTAMP, T)]

CASES = [
    delivery("headers/no-signature", "no signature header", headers=[(TIMESTAMP, T), (EVENT, COMPLETED)]),
    delivery("headers/empty-signature", "an empty value is missing", signature=""),
    delivery("headers/blank-signature", "a blank value is missing", signature="   "),
    delivery(
        "headers/no-timestamp",
        "no timestamp header, body-only MAC",
        headers=[(SIGNATURE, sign_content(V0)), (EVENT, COMPLETED)],
    ),
    delivery("headers/empty-timestamp", "an empty value is missing, even if MACed that way", timestamp=""),
    delivery("headers/both-missing", "signature is looked at first", headers=[]),
    delivery(
        "headers/signature-twice-same",
        "repeated, both good",
        headers=[(SIGNATURE, sign()), (SIGNATURE, sign()), (TIMESTAMP, T), (EVENT, COMPLETED)],
    ),
    delivery(
        "headers/signature-twice-good-first",
        "repeated, good first",
        headers=[(SIGNATURE, sign()), (SIGNATURE, ZEROS), (TIMESTAMP, T), (EVENT, COMPLETED)],
    ),
    delivery("headers/signature-joined", "joined with a comma by a proxy", signature=f"{sign()}, {sign()}"),
    delivery(
        "headers/timestamp-twice",
        "repeated",
        headers=[(SIGNATURE, sign()), (TIMESTAMP, T), (TIMESTAMP, T), (EVENT, COMPLETED)],
    ),
    delivery("headers/timestamp-joined", "joined with a comma", signature=sign(), timestamp="1760000000, 1760000000"),
    delivery(
        "headers/signature-spaces-around",
        "spaces and tabs around a value are not part of it",
        signature=f" \t{sign()}\t ",
    ),
    delivery(
        "headers/two-spellings",
        "the same header in two spellings is given twice",
        headers=[("x-overten-signature", ZEROS), (SIGNATURE, sign()), (TIMESTAMP, T)],
    ),
    delivery(
        "headers/form-after-presence",
        "a malformed signature, no timestamp: presence is looked at first",
        headers=[(SIGNATURE, "sha256=zz"), (EVENT, COMPLETED)],
    ),
    delivery(
        "headers/both-malformed", "the signature's form is looked at first", signature="sha256=zz", timestamp="abc"
    ),
    delivery(
        "headers/joined-timestamp-before-form",
        "more than one value is found before any form is looked at",
        signature="sha256=zz",
        timestamp="1760000000, 1760000000",
    ),
    delivery(
        "headers/empty-and-good",
        "an empty value beside a good one is two values",
        headers=[(SIGNATURE, ""), (SIGNATURE, sign()), (TIMESTAMP, T), (EVENT, COMPLETED)],
    ),
    delivery(
        "headers/event-twice",
        "the other headers may be repeated",
        headers=[(SIGNATURE, sign()), (TIMESTAMP, T), (EVENT, COMPLETED), (EVENT, FAILED)],
    ),
    delivery("headers/signature-newline-after", "only spaces and tabs are outside a value", signature=sign() + "\n"),
    delivery(
        "headers/timestamp-newline-after",
        "only spaces and tabs are outside a value",
        signature=sign(),
        timestamp="1760000000\n",
    ),
    delivery(
        "headers/long-s-in-name",
        "names fold ASCII case only",
        headers=[("X-Overten-\u017fignature", sign()), (TIMESTAMP, T)],
    ),
    delivery(
        "headers/name-space",
        "presence and form of the two values",
        V1,
        headers=[("X-Overten-Signature ", sign(V1)), (TIMESTAMP, T)],
    ),
    delivery(
        "headers/name-underscores",
        "presence and form of the two values",
        V1,
        headers=[("X_Overten_Signature", sign(V1)), (TIMESTAMP, T)],
    ),
    delivery(
        "headers/two-empty-signatures",
        "presence and form of the two values",
        V1,
        headers=[(SIGNATURE, ""), (SIGNATURE, ""), (TIMESTAMP, T)],
    ),
    delivery(
        "headers/signature-twice-no-timestamp",
        "presence and form of the two values",
        V1,
        headers=[(SIGNATURE, sign(V1)), (SIGNATURE, sign(V1))],
    ),
    delivery(
        "headers/timestamp-quoted",
        "presence and form of the two values",
        V1,
        signature=sign(V1),
        timestamp='"1760000000"',
        event=None,
    ),
    delivery(
        "headers/timestamp-a0-around",
        "presence and form of the two values",
        V1,
        signature=sign(V1),
        timestamp=b"1760000000\xa0",
        event=None,
    ),
    delivery(
        "headers/timestamp-c2a0-around",
        "presence and form of the two values",
        V1,
        signature=sign(V1),
        timestamp=b"1760000000\xc2\xa0",
        event=None,
    ),
    delivery("headers/signature-vt-only", "presence and form of the two values", V1, signature=b"\x0b", event=None),
    delivery(
        "headers/timestamp-spaces-around",
        "presence and form of the two values",
        V1,
        timestamp=" \t1760000000\t ",
        event=None,
    ),
    delivery("headers/tab-only-signature", "a value of tabs alone is blank", signature="\t\t"),
    delivery("headers/blank-timestamp", "a blank value is missing", timestamp=" \t "),
    delivery(
        "headers/no-timestamp-dot-body",
        "no timestamp header, signed over a dot and the body",
        headers=[(SIGNATURE, sign(V0, "")), (EVENT, COMPLETED)],
    ),
    delivery(
        "headers/signature-joined-no-timestamp",
        "two signatures are found before a timestamp is missed",
        headers=[(SIGNATURE, f"{sign()}, {sign()}")],
    ),
    delivery(
        "headers/signature-joined-tight", "joined without a space, the second good", signature=f"{ZEROS},{sign()}"
    ),
    delivery("headers/signature-comma-only", "a comma joins two empty values, and two are not none", signature=","),
    delivery("headers/signature-comma-after", "an empty value after the comma is a value", signature=sign() + ","),
    delivery("headers/signature-comma-before", "an empty value before the comma is a value", signature="," + sign()),
    delivery(
        "headers/signature-comma-only-no-timestamp",
        "two empty signatures are found before a timestamp is missed",
        headers=[(SIGNATURE, ",")],
    ),
    delivery(
        "headers/timestamp-comma-only",
        "a comma joins two empty values, and two are not none",
        signature=sign(),
        timestamp=",",
    ),
    delivery(
        "headers/timestamp-comma-after",
        "an empty value after the comma is a value",
        signature=sign(),
        timestamp="1760000000,",
    ),
    delivery(
        "headers/timestamp-comma-after-bad-signature",
        "more than one value is found before any form is looked at",
        signature="nonsense",
        timestamp="1760000000,",
    ),
    delivery("headers/timestamp-joined-signed-so", "joined, and signed exactly so", timestamp="1760000000, 1760000000"),
    delivery(
        "headers/timestamp-twice-bad-signature",
        "more than one value is found before any form is looked at",
        headers=[(SIGNATURE, "sha256=zz"), (TIMESTAMP, T), (TIMESTAMP, T)],
    ),
    delivery(
        "headers/timestamp-twice-no-signature", "signature is looked at first", headers=[(TIMESTAMP, T), (TIMESTAMP, T)]
    ),
    delivery(
        "headers/timestamp-two-empty",
        "two empty values are two values",
        headers=[(SIGNATURE, sign()), (TIMESTAMP, ""), (TIMESTAMP, "")],
    ),
    delivery(
        "headers/timestamp-empty-and-good",
        "an empty value beside a good one is two values",
        headers=[*SIGNED, (TIMESTAMP, "")],
    ),
    delivery(
        "headers/timestamp-two-spellings",
        "the same header in two spellings is given twice",
        headers=[*SIGNED, ("x-overten-timestamp", T)],
    ),
    delivery(
        "headers/two-spellings-good-first",
        "the same header in two spellings is given twice",
        headers=[*SIGNED, ("x-overten-signature", ZEROS)],
    ),
    delivery("headers/both-twice", "signature is looked at first", headers=[*SIGNED, *SIGNED]),
    delivery(
        "headers/signature-blank-timestamp-malformed",
        "a missing signature is found before a malformed timestamp",
        signature=" ",
        timestamp="abc",
    ),
    delivery(
        "headers/signature-bad-timestamp-blank",
        "presence of both is looked at before any form",
        signature="sha256=zz",
        timestamp=" ",
    ),
    delivery("headers/signature-crlf-after", "only spaces and tabs are outside a value", signature=sign() + "\r\n"),
    delivery(
        "headers/signature-a0-after",
        "a no-break space is neither a space nor a tab",
        signature=sign().encode() + b"\xa0",
    ),
    delivery(
        "headers/timestamp-cr-after",
        "only spaces and tabs are outside a value",
        signature=sign(),
        timestamp="1760000000\r",
    ),
    delivery(
        "headers/timestamp-nul-after",
        "only spaces and tabs are outside a value",
        signature=sign(),
        timestamp="1760000000\0",
    ),
    delivery(
        "headers/timestamp-bom-before",
        "only spaces and tabs are outside a value",
        signature=sign(),
        timestamp="\ufeff1760000000",
    ),
    delivery(
        "headers/signature-name-longer",
        "a name that only starts alike is another header",
        headers=[("X-Overten-Signature-256", sign()), (TIMESTAMP, T)],
    ),
    delivery(
        "headers/signature-name-shorter",
        "a name that only ends alike is another header",
        headers=[("Overten-Signature", sign()), (TIMESTAMP, T)],
    ),
    delivery(
        "headers/underscored-beside",
        "a name with underscores is another header, and does no harm",
        headers=[*SIGNED, ("X_Overten_Signature", ZEROS)],
    ),
    delivery(
        "headers/long-s-in-timestamp-name",
        "names fold ASCII case only",
        headers=[(SIGNATURE, sign()), ("X-Overten-Time\u017ftamp", T)],
    ),
    delivery(
        "headers/dotless-i-in-name",
        "names fold ASCII case only",
        headers=[("X-OVERTEN-S\u0131GNATURE", sign()), (TIMESTAMP, T)],
    ),
    delivery(
        "headers/mixed-case-names",
        "header names compare without case",
        headers=[("x-OVERTEN-signature", sign()), ("X-overten-TIMESTAMP", T)],
    ),
    delivery(
        "headers/among-others",
        "order and other headers do not matter",
        headers=[
            ("Host", "a.example"),
            (EVENT, FAILED),
            (TIMESTAMP, T),
            ("X-Request-Id", "1"),
            ("X-Request-Id", "2"),
            (SIGNATURE, sign()),
            ("Accept", "*/*"),
        ],
    ),
    delivery("headers/event-contradicts", "the event header is a hint: the body says what happened", event=FAILED),
    delivery("headers/event-empty", "the event header is a hint, and may be empty", headers=[*SIGNED, (EVENT, "")]),
    delivery(
        "headers/event-not-utf8",
        "the event header is a hint, and may be anything",
        headers=[*SIGNED, (EVENT, b"\xff\xfe")],
    ),
]
