"""Ours and the peers, from the same run: verify a delivery, read the event, read one field of it.

    python benches/verify.py            # all sizes
    python benches/verify.py 1024      # one size, in bytes

Every contender gets a delivery signed its own way with the same JSON in it. Rounds are interleaved, so that a busy
machine is busy for all of them, and the best of each contender's rounds counts.
"""

import hashlib
import hmac
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone

import standardwebhooks
import stripe
import svix
from starlette.datastructures import Headers as StarletteHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders

import overten_webhook

SIZES = (256, 1024, 16 * 1024, 1024 * 1024)
ROUNDS = 15
SECONDS_PER_ROUND = 0.02
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

# What a proxy typically adds; with the two signed headers and the event's name they are 17.
OTHER_HEADERS = {
    "Host": "receiver.example",
    "User-Agent": "Overten-Webhook/1.0",
    "Content-Type": "application/json",
    "Content-Length": "1024",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "keep-alive",
    "X-Forwarded-For": "192.0.2.1",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "receiver.example",
    "X-Real-IP": "192.0.2.1",
    "X-Request-ID": "0b7e6a4e-3f0e-4b50-9a51-6b3f7fd0c5a1",
    "Via": "1.1 proxy.example",
    "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
}


def body_of(size: int) -> bytes:
    """Make a run.completed of that many bytes; what is not the documented fields is a list of small rows."""
    event = {
        "event": "run.completed",
        "run_id": "run_01HXYZ",
        "task_id": "task_01HXYZ",
        "status": "completed",
        "credits_used": 84,
        "duration_ms": 187707,
    }
    row = {"sheet": "Quarterly sales", "rows": 120, "ok": True}
    room = size - len(json.dumps(event | {"data": [], "pad": ""}, separators=(",", ":")))
    data = [row] * max(0, room // (len(json.dumps(row, separators=(",", ":"))) + 1))
    shell = event | {"data": data, "pad": ""}
    pad = size - len(json.dumps(shell, separators=(",", ":")))
    body = json.dumps(shell | {"pad": "x" * pad}, separators=(",", ":")).encode()
    assert len(body) == size
    return body


def recipe(body: bytes, headers: dict[str, str], key: bytes) -> object:
    """Do by hand what a careful guide shows: the hmac and json modules, and the checks that fit a dozen lines."""
    signature = headers["X-Overten-Signature"]
    timestamp = headers["X-Overten-Timestamp"]
    if not signature.startswith("sha256="):
        raise ValueError(signature)
    expected = hmac.new(key, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, signature[7:]):
        raise ValueError(signature)
    if abs(time.time() - int(timestamp)) > 300:
        raise ValueError(timestamp)
    return json.loads(body)["run_id"]


def contenders(size: int) -> dict[str, Callable[[], object]]:
    """Make one call for each contender."""
    body, now = body_of(size), int(time.time())
    moment = datetime.fromtimestamp(now, timezone.utc)

    signed = overten_webhook.sign(body, SECRET, now=now)
    seventeen = OTHER_HEADERS | {"X-Overten-Event": "run.completed"} | signed
    raw = [(name.lower().encode(), value.encode()) for name, value in seventeen.items()]
    starlette_headers, werkzeug_headers = StarletteHeaders(raw=raw), WerkzeugHeaders(seventeen)
    verifier = overten_webhook.Verifier(SECRET)
    key = SECRET.encode()

    standard = standardwebhooks.Webhook(SECRET)
    standard_headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": standard.sign("msg_1", moment, body.decode()),
    }
    svix_webhook = svix.Webhook(SECRET)
    svix_headers = {
        "svix-id": "msg_1",
        "svix-timestamp": str(now),
        "svix-signature": svix_webhook.sign("msg_1", moment, body.decode()),
    }
    stripe_mac = hmac.new(key, f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    stripe_header = f"t={now},v1={stripe_mac}"

    return {
        "ours, plain": lambda: verifier.verify(body, signed).event().run_id,
        "ours, verify only": lambda: verifier.verify(body, signed),
        "ours, plain dict of 17": lambda: verifier.verify(body, seventeen).event().run_id,
        "ours, ASGI pairs (17)": lambda: verifier.verify(body, raw).event().run_id,
        "ours, Starlette (17)": lambda: verifier.verify(body, starlette_headers).event().run_id,
        "ours, Werkzeug (17)": lambda: verifier.verify(body, werkzeug_headers).event().run_id,
        "recipe, plain": lambda: recipe(body, signed, key),
        "recipe, Starlette (17)": lambda: recipe(body, starlette_headers, key),
        "recipe, Werkzeug (17)": lambda: recipe(body, werkzeug_headers, key),
        "standardwebhooks": lambda: standard.verify(body, standard_headers)["run_id"],
        "svix": lambda: (svix_webhook.verify(body, svix_headers), json.loads(body))[1]["run_id"],
        "stripe": lambda: stripe.Webhook.construct_event(body, stripe_header, SECRET)["run_id"],
    }


def best_seconds(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Time every call in turn, round after round, and give the best of each."""
    best, counts = {}, {}
    for name, call in calls.items():
        assert name.endswith("verify only") or call() == "run_01HXYZ", name
        begin = time.perf_counter()
        call()
        counts[name] = max(1, round(SECONDS_PER_ROUND / max(time.perf_counter() - begin, 1e-7)))
        best[name] = float("inf")
    for _ in range(ROUNDS):
        for name, call in calls.items():
            rounds = range(counts[name])
            begin = time.perf_counter()
            for _ in rounds:
                call()
            best[name] = min(best[name], (time.perf_counter() - begin) / counts[name])
    return best


def main() -> None:
    """Print one table for each size."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(f"CPython {sys.version.split()[0]}, overten_webhook {overten_webhook.__version__}")
    for size in sizes:
        best = best_seconds(contenders(size))
        ours = best["ours, plain"]
        print(f"\n{size} B: verify, read the event, read run_id      µs   against ours, plain")
        for name, seconds in best.items():
            print(f"  {name:40} {seconds * 1e6:10.2f}   {seconds / ours:5.2f}")


if __name__ == "__main__":
    main()
