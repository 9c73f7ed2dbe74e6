"""A receiver with the faults that a soak is there to find, by the name of its store: for test_soak.py alone."""

import hashlib
import hmac
import json
import os
import sys
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

NAME = "faulty"
STORES = ("none", "loses", "believes", "doubles", "redirects", "forgets", "hangs")
# The delivery that meets the fault, where it meets one alone.
UNLUCKY = 50


def build():
    """Nothing is to be built."""


def start(place):
    """What is run, and its environment."""
    return [sys.executable, __file__, str(place.port), place.store, place.consumer_url], place.environment(
        preload=False
    )


def claims_in_flight(place):
    """One that nobody will ever commit, where it hangs."""
    return place.store == "hangs"


def Consumer(place):
    """The service behind it, with nothing going wrong there."""
    from consumer import Service, keyed

    service = Service(place.counts, place.consumer_port, keyed)
    service.faults = []
    service.is_idle = lambda: True
    return service


class Handler(BaseHTTPRequestHandler):
    """All that a receiver does, in the shortest way, but for its fault."""

    known, numbers = set(), count()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(*(self.refusal(body) or self.taken(body)))

    def refusal(self, body):
        signature, timestamp = self.headers["X-Overten-Signature"], self.headers["X-Overten-Timestamp"]
        secret = os.environ["OVERTEN_WEBHOOK_SECRETS"].partition(":")[2].encode()
        right = hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if signature is None:
            return 400, "missing_signature"
        if len(timestamp) > 12:
            return 400, "malformed_timestamp"
        if len(body) > 1 << 20:
            return 413, "body_too_large"
        if signature != f"sha256={right}" and self.fault != "believes":
            return 401, "signature_mismatch"
        return (503, "timestamp_too_old") if int(timestamp) < time.time() - 3 * 86400 else None

    def taken(self, body):
        try:
            event = json.loads(body)
            key, word = f"{event['event']}:{event['run_id']}", "accepted"
        except ValueError:
            key, word = f"body={hashlib.sha256(body).hexdigest()}", "quarantined"
        if key in self.known and self.fault not in ("forgets", "doubles"):
            return 200, "duplicate"
        number = next(self.numbers)
        if number == UNLUCKY and self.fault == "redirects":
            return 302, word
        # Every copy of a delivery, or one that came at the same moment would save it.
        if self.fault != "loses" or not key.endswith("5"):
            named = f"{key}/{number}" if self.fault == "doubles" else key
            request = urllib.request.Request(sys.argv[3], data=body, headers={"Idempotency-Key": named})
            urllib.request.urlopen(request, timeout=10).close()
        self.known.add(key)
        return 200, word

    def do_GET(self):
        self.answer(405, "method_not_allowed")

    def answer(self, status, code):
        body = json.dumps({"status" if status == 200 else "error": code}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @property
    def fault(self):
        return sys.argv[2]

    def log_message(self, *_):
        """Says nothing."""


if __name__ == "__main__":
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
