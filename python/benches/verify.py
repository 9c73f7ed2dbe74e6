"""Ours and the peers, from the same run: verify a delivery, read the event, read one field of it.

    python benches/verify.py         # all sizes
    python benches/verify.py 1024    # one size, in bytes

Every contender gets a delivery signed its own way with the same JSON in it, one long text or many small members, and
with its headers as three hosts give them. Rounds are interleaved, so that a busy machine is busy for all of them, and
the best of each contender's rounds counts.
"""

import hashlib
import hmac
import itertools
import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any

import standardwebhooks
import stripe
import svix
from starlette.datastructures import Headers as StarletteHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders

import overten_webhook

SIZES = (256, 1024, 16 * 1024, 1024 * 1024)
ROUNDS = 10
SECONDS_PER_ROUND = 0.02
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

# What a proxy typically adds; with the three that the sender signs or names they are 17.
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


EVENT = {
    "event": "run.completed",
    "run_id": "run_01HXYZ",
    "task_id": "task_01HXYZ",
    "status": "completed",
    "credits_used": 84,
    "duration_ms": 187707,
}
ROW = {"sheet": "Quarterly sales", "rows": 120, "ok": True}


def compact(value: object) -> bytes:
    """Print JSON without spaces."""
    return json.dumps(value, separators=(",", ":")).encode()


def text_body(size: int) -> bytes:
    """Make a run.completed of that many bytes: the documented fields, and a long summary."""
    room = size - len(compact(EVENT | {"summary": ""}))
    return compact(EVENT | {"summary": ("Quarterly sales, three sheets. " * (room // 31 + 1))[:room]})


def rows_body(size: int) -> bytes:
    """Make a run.completed of that many bytes: the documented fields, and many small members."""
    room = size - len(compact(EVENT | {"rows": [], "summary": ""}))
    rows = [ROW] * (room // (len(compact(ROW)) + 1))
    pad = size - len(compact(EVENT | {"rows": rows, "summary": ""}))
    return compact(EVENT | {"rows": rows, "summary": "x" * pad})


SHAPES = {"one long text": text_body, "many small members": rows_body}


def starlette_headers(own: dict[str, str]) -> StarletteHeaders:
    raw = [(name.lower().encode(), value.encode()) for name, value in (OTHER_HEADERS | own).items()]
    return StarletteHeaders(raw=raw)


def werkzeug_headers(own: dict[str, str]) -> WerkzeugHeaders:
    return WerkzeugHeaders(OTHER_HEADERS | own)


HOSTS: dict[str, Callable[[dict[str, str]], Any]] = {
    "plain (3)": dict,
    "Starlette (17)": starlette_headers,
    "Werkzeug (17)": werkzeug_headers,
}


def recipe(body: bytes, headers: Mapping[str, str], key: bytes) -> str:
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
    run_id: str = json.loads(body)["run_id"]
    return run_id


def contenders(body: bytes) -> dict[str, tuple[dict[str, str], Callable[[Any], Any]]]:
    """Give each contender's own headers, and what it does with all headers of a request."""
    now = int(time.time())
    moment, text, key = datetime.fromtimestamp(now, timezone.utc), body.decode(), SECRET.encode()
    verifier = overten_webhook.Verifier(SECRET)
    standard, of_svix = standardwebhooks.Webhook(SECRET), svix.Webhook(SECRET)
    signed = {"X-Overten-Event": "run.completed"} | overten_webhook.sign(body, SECRET, now=now)
    three = {"id": "msg_1", "timestamp": str(now)}
    standard_signature, svix_signature = standard.sign("msg_1", moment, text), of_svix.sign("msg_1", moment, text)
    stripe_mac = hmac.new(key, f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    stripe_headers = {"Stripe-Signature": f"t={now},v1={stripe_mac}", "X-A": "a", "X-B": "b"}
    return {
        "ours": (signed, lambda headers: verifier.verify(body, headers).event().run_id),
        "ours, verify alone": (signed, lambda headers: verifier.verify(body, headers)),
        "recipe": (signed, lambda headers: recipe(body, headers, key)),
        "standardwebhooks": (
            {f"webhook-{name}": value for name, value in (three | {"signature": standard_signature}).items()},
            lambda headers: standard.verify(body, headers)["run_id"],
        ),
        "svix": (
            {f"svix-{name}": value for name, value in (three | {"signature": svix_signature}).items()},
            lambda headers: (of_svix.verify(body, headers), json.loads(body))[1]["run_id"],
        ),
        "stripe": (
            stripe_headers,
            lambda headers: stripe.Webhook.construct_event(body, headers["Stripe-Signature"], SECRET)["run_id"],
        ),
    }


def best_seconds(calls: Mapping[tuple[str, str], Callable[[], object]]) -> dict[tuple[str, str], float]:
    """Time every call in turn, round after round, and give the best of each."""
    best, counts = {}, {}
    for name, call in calls.items():
        begin = time.perf_counter()
        assert call() == "run_01HXYZ" or "alone" in name[0], name
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
    """Print one table for each size and shape of the body: microseconds, and how many times ours that is."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print(f"CPython {sys.version.split()[0]}, overten_webhook {overten_webhook.__version__}")
    for size, (shape, body_of) in itertools.product(sizes, SHAPES.items()):
        body = body_of(size)
        assert len(body) == size
        racing = contenders(body)
        calls = {
            (name, host): partial(call, headers_of(own))
            for name, (own, call) in racing.items()
            for host, headers_of in HOSTS.items()
        }
        best = best_seconds(calls)
        print(f"\n{size} B, {shape}: verify, read the event, read run_id; µs (times ours), by what the headers are")
        print(f"  {'':20}" + "".join(f"{host:>22}" for host in HOSTS))
        for name in racing:
            cells = (f"{best[name, host] * 1e6:.2f} ({best[name, host] / best['ours', host]:5.2f})" for host in HOSTS)
            print(f"  {name:20}" + "".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
