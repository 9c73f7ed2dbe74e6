"""The body's bytes and their limit (SPEC section 2, steps 4 and 5): what is hashed is what arrived."""

import base64
import struct
import zlib

from ..case import EVENT, S1, S2, TIMESTAMP, V0, V1, ZEROS, delivery, sign

T = "1760000000"
SPACED = '{"event": "run.failed", "run_id": "run_02"}'
COMPACT = '{"event":"run.failed","run_id":"run_02"}'
ACCENTED = '{"event":"run.failed","run_id":"run_05","summary":"m\xe2nec\u0103"}'


def gzipped(text):
    """A gzip file with one stored block, so that its bytes do not depend on a compressor's version."""
    data = text.encode()
    stored = b"\x01" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF) + data
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + stored + struct.pack("<II", zlib.crc32(data), len(data))


CASES = [
    delivery(
        "body/one-byte-flipped",
        "tampered",
        '{"event":"run.completed","run_id":"run_01","data":{"ok":trUe}}',
        signature=sign(),
    ),
    delivery("body/re-serialised", "spaced form delivered, compact form signed", SPACED, signature=sign(COMPACT)),
    delivery("body/newline-lost", "signed with a final newline, delivered without", signature=sign(V0 + "\n")),
    delivery("body/bom-lost", "signed with a BOM, delivered without", signature=sign("\ufeff" + V0)),
    delivery("body/empty-authentic", "an empty body can be authentic, and is quarantined", ""),
    delivery("body/at-limit", "exactly the limit", max_body_bytes=62),
    delivery("body/over-limit", "one byte over the limit, though well signed", max_body_bytes=61),
    delivery(
        "body/over-limit-timestamp-malformed", "forms are looked at before the size", timestamp="abc", max_body_bytes=10
    ),
    delivery(
        "body/over-limit-no-signature",
        "presence is looked at before the size",
        headers=[(TIMESTAMP, T), (EVENT, "run.completed")],
        max_body_bytes=10,
    ),
    delivery("body/over-limit-and-forged", "the size is looked at before the MAC", signature=ZEROS, max_body_bytes=10),
    delivery(
        "body/counts-bytes",
        "the limit counts bytes",
        '{"event":"run.completed","run_id":"r","x":"\xe9\xe9"}',
        event=None,
        max_body_bytes=47,
    ),
    delivery(
        "body/default-limit", "the default limit is 1,048,576 bytes; body_spaces spaces follow the body", spaces=1048514
    ),
    delivery(
        "body/default-limit-over",
        "the default limit is 1,048,576 bytes; body_spaces spaces follow the body",
        spaces=1048515,
    ),
    delivery(
        "body/over-limit-and-stale", "the size is looked at before the clock", timestamp=1759900000, max_body_bytes=61
    ),
    delivery(
        "body/over-limit-other-secret",
        "the size is looked at before the secrets are tried",
        secrets=[S2],
        max_body_bytes=61,
    ),
    delivery(
        "body/over-limit-signature-malformed",
        "forms are looked at before the size",
        signature="sha256=zz",
        max_body_bytes=10,
    ),
    delivery(
        "body/over-limit-no-timestamp",
        "presence is looked at before the size",
        headers=[("X-Overten-Signature", sign())],
        max_body_bytes=10,
    ),
    delivery("body/over-limit-not-json", "the size is looked at before anything is parsed", "hello", max_body_bytes=4),
    delivery("body/over-limit-by-spaces", "white space after the object counts", spaces=1, max_body_bytes=62),
    delivery("body/over-limit-by-bom", "a BOM counts", "\ufeff" + V0, max_body_bytes=64),
    delivery("body/at-limit-with-bom", "a BOM counts: exactly the limit", "\ufeff" + V0, max_body_bytes=65),
    delivery(
        "body/at-limit-in-bytes",
        "the limit counts bytes: exactly the limit",
        '{"event":"run.completed","run_id":"r","x":"\xe9\xe9"}',
        max_body_bytes=48,
    ),
    delivery("body/limit-of-one", "the smallest limit", "{", max_body_bytes=1),
    delivery("body/limit-raised", "a larger limit than the default one", spaces=1048515, max_body_bytes=1048577),
    delivery("body/empty-under-limit", "an empty body is never too large", "", max_body_bytes=1),
    delivery("body/drained", "nothing was left to read, though the headers are right", "", signed=V0),
    delivery("body/cut-short", "the last byte did not arrive", V0[:-1], signed=V0),
    delivery("body/first-byte-lost", "the first byte did not arrive", V0[1:], signed=V0),
    delivery("body/doubled", "the body arrived twice over", V0 + V0, signed=V0),
    delivery("body/newline-added", "signed without a final newline, delivered with one", V0 + "\n", signed=V0),
    delivery("body/space-added", "a space after the object is a byte like any other", V0 + " ", signed=V0),
    delivery("body/nul-added", "a NUL after the object is a byte like any other", V0 + "\0", signed=V0),
    delivery("body/bom-added", "signed without a BOM, delivered with one", "\ufeff" + V0, signed=V0),
    delivery("body/crlf-became-lf", "signed with CRLF, delivered with LF", V0 + "\n", signed=V0 + "\r\n"),
    delivery("body/crlf-kept", "CRLF is signed as it is", V0 + "\r\n"),
    delivery("body/compact-delivered", "compact form delivered, spaced form signed", COMPACT, signed=SPACED),
    delivery(
        "body/members-reordered",
        "the same object in another order is another body",
        '{"run_id":"run_02","event":"run.failed"}',
        signed=COMPACT,
    ),
    delivery(
        "body/escaped-on-the-way",
        "signed as UTF-8, delivered with escapes",
        r'{"event":"run.failed","run_id":"run_05","summary":"m\u00e2nec\u0103"}',
        signed=ACCENTED,
    ),
    delivery(
        "body/latin1-on-the-way",
        "signed as UTF-8, delivered as Latin-1 with a substitute",
        ACCENTED.encode("latin-1", "replace"),
        signed=ACCENTED,
    ),
    delivery(
        "body/decoded-twice",
        "signed as UTF-8, encoded a second time on the way",
        ACCENTED.encode().decode("latin-1"),
        signed=ACCENTED,
    ),
    delivery(
        "body/replacement-characters",
        "what could not be decoded was replaced on the way",
        '{"event":"run.failed","run_id":"run_06","summary":"\ufffd"}',
        signed=b'{"event":"run.failed","run_id":"run_06","summary":"\xff"}',
    ),
    delivery(
        "body/nfd-on-the-way",
        "composed and decomposed text are other bytes",
        ACCENTED.replace("\xe2", "a\u0302"),
        signed=ACCENTED,
    ),
    delivery("body/utf16-on-the-way", "signed as UTF-8, delivered as UTF-16", V0.encode("utf-16-le"), signed=V0),
    delivery(
        "body/gzip",
        "compressed on the way: nothing is inflated, the bytes received are hashed",
        gzipped(V0),
        headers=[
            ("X-Overten-Signature", sign()),
            (TIMESTAMP, T),
            (EVENT, "run.completed"),
            ("Content-Encoding", "gzip"),
        ],
    ),
    delivery("body/gzip-signed", "the compressed bytes were signed: authentic, but not a readable event", gzipped(V0)),
    delivery(
        "body/base64",
        "the body in base64, as some gateways hand it over",
        base64.b64encode(V0.encode()).decode(),
        signed=V0,
    ),
    delivery(
        "body/base64-signed",
        "the base64 text was signed: authentic, but not a readable event",
        base64.b64encode(V0.encode()).decode(),
    ),
    delivery("body/form-encoded", "the body as a form field", "payload=" + V0, signed=V0),
    delivery("body/quoted-as-text", "the body as one JSON text", '"' + V0.replace('"', r"\"") + '"', signed=V0),
    delivery("body/another-delivery", "a right signature from another delivery", V1, signature=sign()),
    delivery("body/run-id-changed", "tampered: another run", V0.replace("run_01", "run_02"), signed=V0),
    delivery("body/forged-not-json", "the MAC is judged before anything is parsed", "hello", signature=ZEROS),
    delivery("body/stale-not-json", "the clock is judged before anything is parsed", "hello", timestamp=1759999699),
    delivery("body/nul-bytes", "authentic bytes of any kind", b"\0\0\0"),
    delivery("body/all-bytes", "every byte there is, hashed as it is", bytes(range(256))),
    delivery(
        "body/secret-inside",
        "a body that holds the secret's own text",
        f'{{"event":"run.completed","run_id":"run_01","summary":"{S1}"}}',
    ),
]
