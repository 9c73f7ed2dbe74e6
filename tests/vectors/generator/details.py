"""details.json: fingerprints, labels, signing, and members as they were sent."""

from . import payload, secret_rules, verdict
from .case import NOW, S1, S2, V0, V1, as_bytes, text_or_hex, with_member

FINGERPRINTS = [
    S1,
    S2,
    f"{S1}\n",
    S1[len("whsec_") :],
    f"\ufeff \t{S1}\r\n\u3000",
    256 * "k",
    "WHSEC_ABCDEFGHIJKLMNOP",
    f"{S1},",
    "whsec_a\"b'c`d\\e{f}g[h]~!",
    "sha1=abcdefghijklmnop",
    16 * "k",
]

# Each list is the labels of as many good secrets that differ; None is a secret without a label.
LABELS = [
    ["a"],
    ["subscription", "organisation"],
    [64 * "a"],
    ["A.b_c-9"],
    [65 * "a"],
    [""],
    ["a b"],
    ["\xe9"],
    ["a", "a"],
    ["a\n"],
    ["A", "a"],
    ["a:b"],
    ["subscription", "organisation", "previous"],
    [None],
    [None, None],
    8 * [None],
    ["a", None],
    [None, "secret-0"],
    ["secret-1", None],
    ["secret-0", None],
    ["secret-1", "secret-0"],
    [None, "secret-2", None],
    [None, "secret-2"],
    ["secret-01", None],
    ["Secret-1", None],
    [" a"],
    ["a "],
    ["\ta"],
    ["a\0"],
    ["a/b"],
    ["a=b"],
    ["a,b"],
    ["a@b"],
    ["a\u200b"],
    ["\u0661"],
    ["\uff41"],
    ["a", "b", "a"],
    ["a", "b c"],
    ["-"],
    ["."],
    ["0"],
    ["_"],
    [64 * "\xe9"],
    [" "],
]

SIGNING = [
    (S1, NOW, V0),
    (S1, 0, ""),
    (S2, 999999999999, b"\x00\xff\x0a"),
    (S1, 1000000000000, V0),
    (S1, -1, V0),
    (f"{S1}\n", NOW, V1),
    ("whsec_short", NOW, V1),
    (S1, 1, V0),
    (S1, 999999999999, V0),
    (S1, 4294967296, V0),
    (S1, 2**63 - 1, V0),
    (S1, -(2**63), V0),
    (S1, 1760000000000, V0),
    (S1, NOW, "\ufeff" + V0),
    (S1, NOW, V0 + "\n"),
    (S1, NOW, "not JSON, and signed all the same"),
    (S1, NOW, bytes(range(256))),
    (S1, NOW, "m\xe2nec\u0103 \U0001f60a"),
    (256 * "k", NOW, V0),
    (65 * "k", NOW, V0),
    ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", NOW, V0),
    ("whsec_cl\xe9-secr\xe8te-0123456789", NOW, V0),
    ("", NOW, V0),
    (" \n", NOW, V0),
    (f'"{S1}"', NOW, V0),
    (f"v1,{S1}", NOW, V0),
    (257 * "k", NOW, V0),
    ("whsec_AAECAwQF BgcICQoLDA0ODxAREhMUFRYX", NOW, V0),
    (f"{S1},{S2}", NOW, V0),
    (f"SECRET={S1}", NOW, V0),
    (f'["{S1}"]', NOW, V0),
    (f"{S1}\u200b", NOW, V0),
    ("whsec_\U0001f600\U0001f600\U0001f600\U0001f600", NOW, V0),
    ("whsec_a\"b'c`d\\e{f}g[h]~!", NOW, V0),
]

_MIXED = with_member(
    r'"cost":12345678901234567890123,"x":1,"x":{"a":[1, 2]},"na\u006de":"\u00e9","big":1e400,"null":null,"s":"\ud83d"'
)
_BOM = '\ufeff{"event":"run.completed","run_id":"r","\xe9":"\xe9","x":[1, 2],"n":{"inner":1}}'
_SPACED = ' {\n\t"event" :  "run.completed" ,\r\n "run_id": "r" , "x" : [ 1 ,\n2 ] \t, "y"\t:\t{ } , "z" : -0.0\n} \n'
_NAMES = with_member(
    r'"":"empty","a\"b":1,"\\":2,"\u0041":3,"A":4,"\ud83d\ude00":5,"tab\t":6,"na\u0000me":7,"x y":8,"error.code":9'
)
_NUMBERS = with_member(
    '"a":1E+2,"b":1.50,"c":-0,"d":9007199254740993,"e":1e-400,"f":0.1000000000000000055511151231257827,"duration_ms":84.0'
)
_TEXTS = with_member(r'"a":"\u00e9\/\"","b":"é/","task_id":"\u0074","error":{ "code" : "c" },"summary":7,"status":null')

MEMBERS = [
    *[(_MIXED, name) for name in ("cost", "x", "name", "big", "null", "s", "missing", "event")],
    *[(_BOM, name) for name in ("x", "\xe9", "inner")],
    *[(_SPACED, name) for name in ("event", "run_id", "x", "y", "z", "x ", " x")],
    *[(_NAMES, name) for name in ("", 'a"b', "\\", "A", "\U0001f600", "tab\t", "na\0me", "x y", "error.code", "error")],
    *[(_NUMBERS, name) for name in ("a", "b", "c", "d", "e", "f", "duration_ms", "B")],
    *[(_TEXTS, name) for name in ("a", "b", "task_id", "error", "summary", "status", "code", "Event")],
]


def document():
    return {
        "format": "overten-webhook-details/1",
        "fingerprints": [{"secret": it, "fingerprint": secret_rules.fingerprint(it)} for it in FINGERPRINTS],
        "labels": [{"labels": labels, "code": _label_code(labels)} for labels in LABELS],
        "signing": [_signing(*inputs) for inputs in SIGNING],
        "members": [
            {"body": body, "name": name, "json": payload.member_text(body.encode(), name)} for body, name in MEMBERS
        ],
    }


def _label_code(labels):
    try:
        secret_rules.accepted_keys([f"whsec_{position:032}" for position in range(len(labels))], labels)
    except secret_rules.Refused as refusal:
        return refusal.args[0]
    return None


def _signing(secret, timestamp, body):
    inputs = {"secret": secret, "timestamp": timestamp, **text_or_hex("body", body)}
    try:
        return {**inputs, "signature": verdict.signature(secret, timestamp, as_bytes(body))}
    except secret_rules.Refused:
        return {**inputs, "refused": True}
