"""Ours and the peers, from the same run: verify a delivery, read the event, read one field of it.

    python benches/verify.py         # all sizes
    python benches/verify.py 1024    # one size, in bytes

Every contender gets a delivery signed its own way with the same JSON in it, one long text or many small members, and
with its headers as four hosts give them. Rounds are short and interleaved, so that a busy machine is busy for all of
them, processor time is counted, and the best of each contender's rounds counts. A section of Markdown goes to standard
output.
"""

import hashlib
import hmac
import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import partial
from importlib.metadata import version
from itertools import product
from typing import Any

import standardwebhooks
import stripe
import svix
from starlette.datastructures import Headers as StarletteHeaders
from werkzeug.datastructures import EnvironHeaders
from werkzeug.datastructures import Headers as WerkzeugHeaders

import overten_webhook

SIZES = (256, 1024, 16 * 1024, 1024 * 1024)
ROUNDS = (5, 60)  # at least and at most: large bodies take no more than these seconds
SECONDS_PER_BODY = 20
SECONDS_PER_ROUND = 0.003
AIMED_SIZE = 1024
AIMED_TIMES = 5
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

# What a WSGI server adds to them.
ENVIRON: dict[str, Any] = {
    "REQUEST_METHOD": "POST",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/webhooks/overten",
    "QUERY_STRING": "",
    "SERVER_NAME": "receiver.example",
    "SERVER_PORT": "443",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "192.0.2.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "https",
    "wsgi.input": object(),
    "wsgi.errors": object(),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
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


def environ_headers(own: dict[str, str]) -> EnvironHeaders:
    keys = {name: name.upper().replace("-", "_") for name in OTHER_HEADERS | own}
    http = {key if key.startswith("CONTENT_") else f"HTTP_{key}": name for name, key in keys.items()}
    return EnvironHeaders(ENVIRON | {key: (OTHER_HEADERS | own)[name] for key, name in http.items()})


HOSTS: dict[str, Callable[[dict[str, str]], Any]] = {
    "a dict (3)": dict,
    "Starlette's Headers (17)": starlette_headers,
    "Werkzeug's Headers (17)": werkzeug_headers,
    "Werkzeug's EnvironHeaders (17), which Flask gives": environ_headers,
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


Key = tuple[str, str]


def best_seconds(calls: Mapping[Key, Callable[[], object]]) -> dict[Key, float]:
    """Time every call in turn, round after round, and give the best of each, in processor time."""
    best, counts = {}, {}
    for key, call in calls.items():
        assert call() == "run_01HXYZ" or "alone" in key[0], key
        begin = time.thread_time()
        call()
        counts[key] = max(1, round(SECONDS_PER_ROUND / max(time.thread_time() - begin, 1e-6)))
        best[key] = float("inf")
    least, most = ROUNDS
    ends = time.monotonic() + SECONDS_PER_BODY
    for done in range(most):
        if done >= least and time.monotonic() > ends:
            break
        for key, call in calls.items():
            rounds = range(counts[key])
            begin = time.thread_time()
            for _ in rounds:
                call()
            best[key] = min(best[key], (time.thread_time() - begin) / counts[key])
    return best


def measured(size: int, shape: str) -> dict[Key, float]:
    """Race all contenders over a body of that size and shape, with the headers of every host."""
    print(f"{size} B, {shape}", file=sys.stderr)
    body = SHAPES[shape](size)
    assert len(body) == size
    racing = contenders(body)
    return best_seconds(
        {
            (name, host): partial(call, headers_of(own))
            for name, (own, call) in racing.items()
            for host, headers_of in HOSTS.items()
        }
    )


def table(*rows: tuple[str, ...]) -> str:
    """Print rows as Markdown, the first as their heads."""
    heads, *others = rows
    lines = [heads, ("---",) * len(heads), *others]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def microseconds(best: Mapping[Key, float], name: str, host: str) -> str:
    """Give a time, and how many times ours it is."""
    own, ours = best[name, host] * 1e6, best["ours", host] * 1e6
    return f"{own:,.2f}" if name.startswith("ours") else f"{own:,.2f} ({own / ours:.1f}×)"


def shown_size(size: int) -> str:
    """Give a size in the unit that makes it short."""
    for unit, factor in (("MiB", 1024 * 1024), ("KiB", 1024)):
        if size % factor == 0:
            return f"{size // factor} {unit}"
    return f"{size} B"


def aims(results: Mapping[tuple[int, str], Mapping[Key, float]]) -> str:
    """Say for each aim what was reached, at the size that it names."""
    rows = []
    for host, shape in product(HOSTS, SHAPES):
        best = results[AIMED_SIZE, shape]
        times = math.floor(100 * best["recipe", host] / best["ours", host]) / 100
        verdict = "met" if times >= AIMED_TIMES else "missed"
        what = f"Python, verify + event + field, {shown_size(AIMED_SIZE)} of {shape}, headers: {host}, over hmac + json"
        rows.append((what, f"≥ {AIMED_TIMES}×", f"{times:.2f}× {verdict}"))
    return table(("aim", "asked", "reached"), *rows)


def main() -> None:
    """Print one table for each host's headers, and what was reached of the aims."""
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    results = {(size, shape): measured(size, shape) for size, shape in product(sizes, SHAPES)}
    peers = ", ".join(f"{peer} {version(peer)}" for peer in ("standardwebhooks", "svix", "stripe"))
    print("## Python\n")
    print(
        "Verify a delivery, read its event, read `run_id`: microseconds of processor time, and how many times ours "
        f"that is; best of {ROUNDS[0]} to {ROUNDS[1]} rounds, in turns in one run. CPython {sys.version.split()[0]}, "
        f"Starlette {version('starlette')}, Werkzeug {version('werkzeug')}; hmac + json by hand is the recipe; {peers}."
    )
    names = list(contenders(compact(EVENT)))
    for host in HOSTS:
        rows = [
            (shape, shown_size(size), *(microseconds(best, name, host) for name in names))
            for (size, shape), best in results.items()
        ]
        print(f"\nHeaders: {host}.\n\n{table(('body', 'size', *names), *rows)}")
    if AIMED_SIZE in sizes:
        print(f"\n{aims(results)}")


if __name__ == "__main__":
    main()
