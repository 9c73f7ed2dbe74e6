"""What several tests share: the fixture delivery and the vectors."""

import json
import os
from pathlib import Path
from typing import Any

import overten_webhook

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "tests" / "vectors"

S1 = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
S2 = "whsec_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
NOW = 1_760_000_000
BODY = b'{"event":"run.completed","run_id":"run_01","data":{"ok":true}}'
SIGNATURE = "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"
HEADERS = {
    "X-Overten-Timestamp": "1760000000",
    "X-Overten-Event": "run.completed",
    "X-Overten-Signature": SIGNATURE,
}

# What must never be shown: both secrets without their prefix, and the middle of the right signature.
HIDDEN = [S1[6:], S2[6:], SIGNATURE[15:40]]


def load(name: str) -> dict[str, Any]:
    """Read one of the vector files; `OVERTEN_VECTORS` names another in place of deliveries.json."""
    path = VECTORS / name
    if name == "deliveries.json":
        path = Path(os.environ.get("OVERTEN_VECTORS", path))
    vectors: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return vectors


def body_of(case: dict[str, Any]) -> bytes:
    """Give a case's body, from whichever form it is in."""
    text = bytes.fromhex(case["body_hex"]) if "body_hex" in case else case["body"].encode()
    return text + b" " * case.get("body_spaces", 0)


def signed(body: bytes, secret: str = S1, now: int = NOW) -> overten_webhook.Delivery:
    """Give the verified delivery of a body that we signed."""
    headers = overten_webhook.sign(body, secret, now=now)
    return overten_webhook.Verifier(secret).verify(body, headers, now=now)
