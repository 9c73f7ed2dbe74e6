"""A receiver with the faults that a soak is there to find, one at a time by the name of its store: for test_soak.py alone."""

import hashlib
import hmac
import json
import os
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

NAME = "faulty"
STORES = ("none", "loses", "believes", "doubles", "redirects", "forgets", "hangs")
NUMBERS = count()


def build():
    """Nothing is to be built."""


def start(place):
    """What is run, and its environment."""
    return [sys.executable, __file__, str(place.port), place.store, place.consumer_url], place.environment(preload=False)


def claims_in_flight(place):
    """One that nobody will ever commit, where it hangs."""
    return 1 if place.store == "hangs" else 0


def Consumer(place):  # noqa: N802
    """The service behind it, with nothing going wrong there."""
    from consumer import Service, keyed

    service = Service(place.counts, place.consumer_port, keyed)
    service.faults = []
    service.is_idle = lambda: True
    return service


class Handler(BaseHTTPRequestHandler):
    """All that a receiver does, in the shortest way, but for its fault."""

    def do_POST(self):
        fault, consumer = sys.argv[2:]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) > 1 << 20:
            return self.answer(413, "body_too_large")
        signature, timestamp = self.headers["X-Overten-Signature"], self.headers["X-Overten-Timestamp"]
        if signature is None:
            return self.answer(400, "missing_signature")
        if len(timestamp) > 12:
            return self.answer(400, "malformed_timestamp")
        secret = os.environ["OVERTEN_WEBHOOK_SECRETS"].partition(":")[2].encode()
        right = "sha256=" + hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if signature != right and fault != "believes":
            return self.answer(401, "signature_mismatch")
        if int(timestamp) < 1_000_000_000 + 500_000_000 or self.is_stale(int(timestamp)):
            return self.answer(503, "timestamp_too_old")
        return self.take(body, fault, consumer)

    def is_stale(self, timestamp):
        import time

        return timestamp < time.time() - 3 * 86400

    def take(self, body, fault, consumer):
        try:
            event = json.loads(body)
            key, word = f"{event['event']}:{event['run_id']}", "accepted"
        except ValueError:
            key, word = f"body={hashlib.sha256(body).hexdigest()}", "quarantined"
        number = next(NUMBERS)
        if key in KNOWN and fault != "forgets":
            return self.answer(200, "duplicate")
        if fault == "redirects" and number == 50:
            return self.answer(302, "accepted")
        if not (fault == "loses" and number == 50):
            named = f"{key}/{number}" if fault == "doubles" else key
            request = urllib.request.Request(consumer, data=body, headers={"Idempotency-Key": named})
            urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
        if fault != "doubles":
            KNOWN.add(key)
        return self.answer(200, word)

    def do_GET(self):
        self.answer(405, "method_not_allowed")

    def answer(self, status, code):
        body = json.dumps({"status" if status == 200 else "error": code}, separators=(",", ":")).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Says nothing."""


KNOWN = set()

if __name__ == "__main__":
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
