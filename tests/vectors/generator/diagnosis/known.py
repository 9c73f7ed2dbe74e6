"""Known faults of webhook receivers, with signatures that were computed elsewhere.

The ids are those of `generator/bug_cases.py`.
"""

import base64

from ..case import NOW, S1, S2, SIGNATURE, TIMESTAMP, V0
from .bodies import BOM
from .case import explained

RIGHT = "f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"
OF_BOM = "d4301254732f3d659ba6706ce62b837f7c3abb7a0041117ef2152f7c2f4c8519"
OF_NEWLINE = "e4d293041b93cf096acb8255bedf5ccf86adb3f377aee59e8f57681c32147bb8"


def known(id, note, *causes, digits=RIGHT, body=V0, **more):
    return explained(f"known/{id}", note, *causes, body=body, signature="sha256=" + digits, **more)


CASES = [
    known(
        "K1-02",
        "printed with spaces",
        "json_spacing",
        body='{"event": "run.failed", "run_id": "run_02"}',
        digits="0d8f71ae11753c9ed55e09f4011984b73148305ac3371e4a7e01e158eae4c758",
    ),
    known("K2-04", "a byte order mark that was signed is gone", "bom_lost", digits=OF_BOM),
    known("K2-04-added", "one that was not signed is there", "bom_added", body=BOM + V0),
    known("K2-06", "a newline that was signed is gone", "final_newline_lost", digits=OF_NEWLINE),
    known("K2-09", "a gateway's base64", "base64_body", body=base64.b64encode(V0.encode()).decode()),
    known("K3-05", "a list of signatures", "signature_repeated", digits=f"{64 * '0'},sha256={RIGHT}"),
    explained(
        "known/K3-06",
        "SHA-1, by its own name",
        "signature_sha1",
        body=V0,
        signature="sha1=86433f992bcd66738ec4380e3f99ec8248965f39",
    ),
    known("K4-04-v1", "pasted with a version", "secret_signature_prefix", secrets=[f"v1,{S1}"]),
    known("K4-04-quotes", "pasted with quotes", "secret_quoted", secrets=[f'"{S1}"']),
    known("K4-04-hyphen", "typed with a hyphen", "secret_prefix_missing", secrets=[S1.replace("_", "-")]),
    known(
        "K4-05",
        "the other convention of a key",
        "secret_base64_key",
        digits="ca372e7b25c9f000c74a4e2cb37e3a5368dff83c0c040c2e83c777f12754abe0",
    ),
    known(
        "K4-06",
        "the secret before the rotation",
        "other_secret",
        secrets=[S2],
        others=[("previous", S1)],
        secret="previous",
    ),
    known(
        "K5-01",
        "milliseconds",
        "timestamp_milliseconds",
        timestamp=f"{NOW}000",
        digits="8d4355256527f17440bf0b90238a8c914159450ca6cd841cbf3506832536e69b",
    ),
    known(
        "K5-02",
        "no number",
        "timestamp_malformed",
        timestamp="abc",
        digits="231d603d57a951c4869f61679c08e3a39f790f446d48bbd6898e1ca44185686b",
    ),
    known(
        "K5-04",
        "a plus sign",
        "timestamp_malformed",
        timestamp=f"+{NOW}",
        digits="c2df96ea4d3186bdbbd20a01b134466d110a3b4d8a2904997bbd057686fe2623",
    ),
    known(
        "K5-06",
        "a second too far ahead",
        "timestamp_in_future",
        timestamp=str(NOW + 301),
        digits="a359f4e7c4f279deafbc6e25af4b3bcf38eea241d15c5225e03e3f6c9d9608d6",
    ),
    known("K5-08", "a clock that is 412 s behind", "timestamp_in_future", now=NOW - 412),
    explained(
        "known/K5-09",
        "no timestamp, and a point before the body signed",
        "timestamp_absent",
        body=V0,
        headers=[(SIGNATURE, "sha256=dd2cc991f53d42c59003b37b420bea27725ea0d10dad4f395ffd4fff3031f823")],
    ),
    explained(
        "known/K5-09-blank",
        "the same with a blank one",
        "timestamp_absent",
        body=V0,
        headers=[
            (SIGNATURE, "sha256=dd2cc991f53d42c59003b37b420bea27725ea0d10dad4f395ffd4fff3031f823"),
            (TIMESTAMP, ""),
        ],
    ),
]
