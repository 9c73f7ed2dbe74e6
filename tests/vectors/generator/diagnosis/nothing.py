"""What nothing explains: forgeries, and changes that cannot be undone."""

import hashlib

from ..case import NOW, S1, S2, SIGNATURE, TIMESTAMP
from .bodies import GZIP, multipart
from .case import BODY, mac, signed, unexplained

LONG = '{"event":"run.completed","run_id":"run_01","summary":"' + 600 * "a" + '"}'
SORTED = '{"credits_used":84,"event":"run.completed","run_id":"run_01","summary":"one"}'
ROUNDED = '{"event":"run.completed","run_id":"run_01","id":9007199254740992}'


def of(body):
    return "sha256=" + mac(signed(body)).hexdigest()


def forged(position):
    """A body and a signature that have nothing to do with any secret here."""
    noise = hashlib.sha256(b"forged %d" % position).hexdigest()
    body = '{"event":"run.failed","run_id":"run_%s"}' % noise[:12]
    return unexplained(
        f"forged/{position}", "a random signature", "unknown_secret", body=body, signature="sha256=" + noise[::-1]
    )


CASES = [
    *(forged(position) for position in range(8)),
    unexplained(
        "nothing/other-secret",
        "a secret that nobody gave",
        "unknown_secret",
        signature="sha256=" + mac(signed(BODY), S2).hexdigest(),
    ),
    unexplained(
        "nothing/other-given-none-right", "nor is the other one", "unknown_secret", others=[("organisation", S2)]
    ),
    unexplained(
        "nothing/multipart-boundary-too-long",
        "71 characters are no boundary",
        "body_not_json",
        "unknown_secret",
        body=multipart("x", BODY).replace("--b0", "--" + 71 * "b"),
        signature=of(BODY),
    ),
    unexplained(
        "nothing/changed-value",
        "another value",
        "unknown_secret",
        body=BODY.replace("84.5", "85.5"),
        signature=of(BODY),
    ),
    unexplained(
        "nothing/bit-flipped",
        "a digit of the MAC changed",
        "unknown_secret",
        signature=of(BODY)[:-1] + ("0" if of(BODY)[-1] != "0" else "1"),
    ),
    unexplained(
        "nothing/cut-too-short", "what is left proves nothing", "signature_unreadable", signature=of(BODY)[: 7 + 30]
    ),
    unexplained(
        "nothing/three-changes",
        "more at once than is tried",
        "unknown_secret",
        body=BODY + "\n",
        signature="sha256=" + mac(f"{BODY}:{NOW}", S1.removeprefix("whsec_")).hexdigest(),
    ),
    unexplained(
        "nothing/cut-in-json",
        "it ends within its JSON",
        "body_cut",
        "body_not_json",
        "unknown_secret",
        body=LONG[:300],
        signature=of(LONG),
    ),
    unexplained(
        "nothing/cut-at-a-buffer",
        "512 bytes",
        "body_cut",
        "body_not_json",
        "unknown_secret",
        body=LONG[:512],
        signature=of(LONG),
    ),
    unexplained(
        "nothing/cut-by-length",
        "and Content-Length knows",
        "body_cut",
        "body_length",
        "body_not_json",
        "unknown_secret",
        body=LONG[:300],
        signature=of(LONG),
        more=[("Content-Length", str(len(LONG)))],
    ),
    unexplained(
        "nothing/emptied",
        "something read it before",
        "body_empty",
        "body_length",
        "unknown_secret",
        body="",
        signature=of(BODY),
        more=[("content-length", str(len(BODY)))],
    ),
    unexplained(
        "nothing/lossy",
        "bytes became U+FFFD",
        "body_lossy",
        "unknown_secret",
        body='{"event":"run.failed","run_id":"r","message":"m\ufffdnec\ufffd"}',
    ),
    unexplained(
        "nothing/object-object",
        "a JavaScript object as text",
        "body_not_json",
        "unknown_secret",
        body="[object Object]",
    ),
    unexplained(
        "nothing/python-dict",
        "a dict as text",
        "body_not_json",
        "unknown_secret",
        body="{'event': 'run.failed', 'run_id': 'r'}",
    ),
    unexplained(
        "nothing/gzip-damaged",
        "that cannot be inflated",
        "body_compressed",
        "body_not_json",
        "unknown_secret",
        body=GZIP[:40],
        signature=of(BODY),
    ),
    unexplained(
        "nothing/gzip-forged",
        "whole, and not authentic",
        "body_compressed",
        "body_not_json",
        "unknown_secret",
        body=GZIP,
    ),
    unexplained(
        "nothing/brotli",
        "that is not inflated here",
        "body_compressed",
        "body_not_json",
        "unknown_secret",
        body=bytes.fromhex("1b6600f8a56f"),
        more=[("Content-Encoding", "br")],
    ),
    unexplained(
        "nothing/zstd",
        "that is not inflated here",
        "body_compressed",
        "body_not_json",
        "unknown_secret",
        body=bytes.fromhex("28b52ffd2066"),
    ),
    unexplained(
        "nothing/inflated",
        "inflated on its way, perhaps",
        "body_inflated",
        "unknown_secret",
        more=[("Content-Encoding", "gzip")],
    ),
    unexplained(
        "nothing/sorted", "members in the order of their names", "members_sorted", "unknown_secret", body=SORTED
    ),
    unexplained(
        "nothing/rounded", "an integer that a double rounds", "numbers_rounded", "unknown_secret", body=ROUNDED
    ),
    unexplained("nothing/stale", "a day old besides", "clock", "unknown_secret", now=NOW + 86400),
    unexplained(
        "nothing/no-signature", "a proxy drops the header", "signature_missing", headers=[(TIMESTAMP, str(NOW))]
    ),
    unexplained("nothing/no-headers", "both of them", "signature_missing", headers=[]),
    unexplained(
        "nothing/blank-signature",
        "nothing in it",
        "signature_missing",
        headers=[(SIGNATURE, " "), (TIMESTAMP, str(NOW))],
    ),
    unexplained("nothing/no-signature-in-it", "a word", "signature_unreadable", signature="sha256=none"),
    unexplained(
        "nothing/garbled-signature",
        "half of it is right, and nothing was cut",
        "signature_unreadable",
        signature=of(BODY)[:39] + 32 * "z",
    ),
    unexplained(
        "nothing/shortened",
        "as a log shows it: how the right one begins",
        signature=of(BODY)[:15] + "…",
        lacks=("signature_shortened",),
        begins_as_signed_with="secret-0",
    ),
    unexplained(
        "nothing/shortened-by-points",
        "the other mark, and the second of two secrets",
        signature=of(BODY)[:15] + "...",
        secrets=[("a", S2), ("b", S1)],
        lacks=("signature_shortened",),
        begins_as_signed_with="b",
    ),
    unexplained(
        "nothing/shortened-of-another",
        "of a secret that the receiver does not have",
        signature=of(BODY)[:15] + "…",
        secrets=[S2],
        others=[("organisation", S1)],
        lacks=("signature_shortened",),
        begins_as_signed_with="organisation",
    ),
    unexplained(
        "nothing/shortened-of-nobody",
        "of no secret at hand",
        signature=of(BODY)[:15] + "…",
        secrets=[S2],
        lacks=("signature_shortened",),
    ),
    unexplained(
        "nothing/shortened-reprinted",
        "a body that was printed again begins otherwise, and what it looks like is shown",
        "members_sorted",
        signature=of(SORTED)[:15] + "…",
        body=SORTED.replace(":", ": "),
        lacks=("signature_shortened",),
    ),
    unexplained(
        "nothing/shortened-too-much",
        "three digits tell nothing",
        signature=of(BODY)[:10] + "…",
        lacks=("signature_shortened",),
    ),
    unexplained(
        "nothing/rounded-and-shorter",
        "an integer that JavaScript rounded: the length is a hint, and nothing is known to be missing",
        "body_length",
        "numbers_rounded",
        "unknown_secret",
        body=ROUNDED.replace("9007199254740992", "1.2345678901234568e+22"),
        signature=of(ROUNDED.replace("9007199254740992", "12345678901234567890123")),
        more=[("Content-Length", str(len(ROUNDED) + 7))],
    ),
    unexplained(
        "nothing/timestamp-day",
        "a date without its time: nothing is left to judge the secret by",
        "timestamp_date",
        timestamp="2025-10-09",
        signature=of(BODY),
    ),
    unexplained(
        "nothing/timestamp-time-of-day",
        "another way",
        "timestamp_date",
        timestamp="09/10/2025 8:53:20 AM",
        signature=of(BODY),
    ),
    unexplained(
        "nothing/timestamp-in-words",
        "it was tried as the seconds that it stands for",
        "timestamp_date",
        "unknown_secret",
        timestamp="Thu, 09 Oct 2025 08:53:20 GMT",
    ),
    unexplained("nothing/timestamp-word", "no time", "timestamp_malformed", timestamp="undefined", signature=of(BODY)),
    unexplained(
        "nothing/timestamp-invisible",
        "characters that were copied with it, and a secret that nobody gave",
        "timestamp_invisible",
        "unknown_secret",
        timestamp=f"{NOW}\u00a0",
    ),
    unexplained(
        "nothing/timestamp-other-digits",
        "of another script",
        "timestamp_invisible",
        timestamp="\u0661\u0667\u0666",
        signature=of(BODY),
    ),
    unexplained("nothing/no-secret", "none given", "no_secret", secrets=[]),
    unexplained(
        "nothing/secret-refused",
        "cut off in the configuration",
        "secret_refused",
        "unknown_secret",
        secrets=[S1[:16]],
        signature=of(BODY),
    ),
    unexplained("nothing/too-large", "and not authentic", "unknown_secret", max_body_bytes=10),
]
