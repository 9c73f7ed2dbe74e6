"""The Worker in workerd: the shipped bundle, its ledger on the disk, and a queue that outlives it."""

import json
from base64 import b64decode

from consumer import Service
from faults import AnswersLost, ServiceDown, SlowService
from place import ROOT

NAME = "Worker in workerd"
STORES = ("Durable Object",)
FOLDER = ROOT / "tests" / "soak" / "receivers"


def build():
    """`make soak` builds the bundle: what it is made with is the Makefile's to say."""
    if not (ROOT / "wasm/worker/build/index.js").exists():
        raise FileNotFoundError("wasm/worker/build is missing: make build-worker")


def start(place):
    """What is run, and its environment."""
    command = [ROOT / "node_modules/.bin/node", FOLDER / "worker.mjs", str(place.port), place.folder / "ledger", place.consumer_url]
    # Miniflare keeps what it needs to run in a folder of its own, which a full disk is not to hit.
    return command, place.environment()


class Consumer(Service):
    """The queue."""

    def __init__(self, place):
        super().__init__(place.counts, place.consumer_port, unpack)
        self.faults = [SlowService(self, 0.5), ServiceDown(self, "queue"), AnswersLost(self, "queue", 50)]

    def is_idle(self):
        """What was sent has been counted."""
        return True


def unpack(_, message):
    message = json.loads(message)
    body = message["body"]
    return message["key"], body["text"].encode() if "text" in body else b64decode(body["base64"])


def claims_in_flight(_):
    """They are in the ledger object's memory, and end with it."""
    return None
