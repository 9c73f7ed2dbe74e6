"""Print by how many bytes each kind of call, made very often, grows a fresh process. Run by test_memory.py."""

import gc
import json
import pickle
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from overten_webhook import Delivery, OtherEvent, RunCompleted, RunFailed, Verifier, WebhookError, sign
from support import BODY, HEADERS, NOW, S1, SIGNATURE

VERIFIER = Verifier(S1)
FORGED = HEADERS | {"X-Overten-Signature": SIGNATURE[:-1] + "0"}
LARGE = b'{"event":"run.completed","run_id":"r","pad":"' + b"x" * 200_000 + b'"}'
LARGE_HEADERS = sign(LARGE, S1, now=NOW)
LARGE_FORGED = LARGE_HEADERS | {"X-Overten-Signature": SIGNATURE}


def fresh(headers: dict[str, str]) -> dict[str, str]:
    """Give strings that nobody else holds, so that one too many reference to them is memory that grows."""
    return {name: value[:-1] + value[-1:] for name, value in headers.items()}


def verified() -> Delivery:
    return VERIFIER.verify(bytes(bytearray(BODY)), fresh(HEADERS), now=NOW)


def good() -> RunCompleted | RunFailed | OtherEvent:
    return verified().event()


def forged() -> object:
    return VERIFIER.verify(bytes(bytearray(BODY)), fresh(FORGED), now=NOW)


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
    delivery = verified()
    event = delivery.event()
    read = [getattr(of, name) for of in (delivery, event) for name in dir(of) if not name.startswith("_")]
    return read, event.idempotency_key(), delivery.body_key(), hash(event), repr(event)


def pickled() -> object:
    return pickle.loads(pickle.dumps(verified()))


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

# A million in all, about half of them good.
CALLS = {
    good: 497_000,
    forged: 250_000,
    stale: 90_000,
    no_header: 80_000,
    surrogate: 30_000,
    not_raw: 20_000,
    unhashed: 5_000,
    large: 5_000,
    every_field: 13_000,
    pickled: 5_000,
    refused: 5_000,
}
CANARY = {leaking: 20_000}


def grown_bytes(call: Callable[[], object], times: int) -> int:
    """Give the least growth over a quarter of the calls, the first aside: a heap settles once, a leak never does."""
    sizes = []
    for _ in range(4):
        run(call, times // 4)
        gc.collect()
        sizes.append(resident_bytes())
    return min(after - before for before, after in pairwise(sizes))


if __name__ == "__main__":
    print(json.dumps({call.__name__: [times, grown_bytes(call, times)] for call, times in (CALLS | CANARY).items()}))
