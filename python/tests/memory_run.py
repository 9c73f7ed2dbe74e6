"""Print by how many bytes each kind of call, made very often, grew a fresh process. Run by test_memory.py."""

import gc
import json
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from overten_webhook import OtherEvent, RunCompleted, RunFailed, Verifier, WebhookError, sign
from support import BODY, HEADERS, NOW, S1, SIGNATURE

VERIFIER = Verifier(S1)
FORGED = HEADERS | {"X-Overten-Signature": SIGNATURE[:-1] + "0"}
LARGE = b'{"event":"run.completed","run_id":"r","pad":"' + b"x" * 200_000 + b'"}'
LARGE_HEADERS = sign(LARGE, S1, now=NOW)
LARGE_FORGED = LARGE_HEADERS | {"X-Overten-Signature": SIGNATURE}


def good() -> RunCompleted | RunFailed | OtherEvent:
    return VERIFIER.verify(BODY, HEADERS, now=NOW).event()


def forged() -> object:
    return VERIFIER.verify(BODY, FORGED, now=NOW)


def stale() -> object:
    return VERIFIER.verify(BODY, HEADERS, now=NOW + 301)


def no_header() -> object:
    return VERIFIER.verify(BODY, {"Host": "x"}, now=NOW)


def surrogate() -> object:
    return VERIFIER.verify(BODY, HEADERS | {"X-Overten-Timestamp": "\ud83d"}, now=NOW)


def not_raw() -> object:
    return VERIFIER.verify("text", HEADERS, now=NOW)


def unhashed() -> object:
    return VERIFIER.verify(LARGE, LARGE_FORGED, now=NOW)


def large() -> object:
    return VERIFIER.verify(bytearray(LARGE), LARGE_HEADERS, now=NOW).event().data


def every_field() -> object:
    event = good()
    return [getattr(event, name) for name in dir(event) if not name.startswith("_")], event.idempotency_key()


def pickled() -> object:
    return pickle.loads(pickle.dumps(VERIFIER.verify(BODY, HEADERS, now=NOW)))


def refused() -> object:
    return Verifier([S1, "short"])


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def run(call: Callable[[], object], times: int) -> None:
    for _ in range(times):
        with suppress(WebhookError, TypeError):
            call()


def leaking() -> None:
    """Leak: what the measure must see."""
    KEPT.append(VERIFIER.verify(bytearray(BODY), HEADERS, now=NOW))


KEPT: list[object] = []

# A million in all, half of them good.
CALLS = {
    good: 500_000,
    forged: 250_000,
    stale: 90_000,
    no_header: 80_000,
    surrogate: 30_000,
    not_raw: 20_000,
    unhashed: 5_000,
    large: 2_000,
    every_field: 13_000,
    pickled: 5_000,
    refused: 5_000,
}
CANARY = {leaking: 20_000}


def grown_bytes(call: Callable[[], object], times: int) -> int:
    """Give the growth over the last nine tenths of the calls."""
    run(call, times // 10)
    gc.collect()
    before = resident_bytes()
    run(call, times - times // 10)
    gc.collect()
    return resident_bytes() - before


if __name__ == "__main__":
    print(json.dumps({call.__name__: [times, grown_bytes(call, times)] for call, times in (CALLS | CANARY).items()}))
