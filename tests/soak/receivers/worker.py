"""The Worker in workerd: the shipped bundle, its ledger on the disk, and a queue (and forwarder) that outlives it."""

import http.client
import json
import os
import urllib.request
from base64 import b64decode

from consumer import Service, keyed
from faults import AnswersLost, ServiceDown, SlowService
from place import ROOT
from program import Program
from surroundings import free_port, wait_until

NAME = "Worker in workerd"
STORES = ("Durable Object, queue", "Durable Object, queue and forwarder")
NODE = ROOT / "node_modules/.bin/node"
FOLDER = ROOT / "tests" / "soak" / "receivers"


def build():
    """The Makefile has built the bundles: with what is its to say."""
    for name in ("worker", "forwarder"):
        if not (ROOT / "wasm" / name / "build/index.js").exists():
            raise FileNotFoundError(f"wasm/{name}/build is missing: make build-worker")


def start(place):
    """What is run, and its environment."""
    if place.store.endswith("forwarder"):
        place.queue_port = free_port()
        queue_url = f"http://127.0.0.1:{place.queue_port}/"
    else:
        queue_url = place.consumer_url
    return [NODE, FOLDER / "worker.mjs", str(place.port), place.folder / "ledger", queue_url], place.environment()


def Consumer(place):
    """Whatever is behind the receiver."""
    return Forwarded(place) if place.store.endswith("forwarder") else Queue(place)


class Queue(Service):
    """The queue itself."""

    def __init__(self, place):
        super().__init__(place.counts, place.consumer_port, unpack)
        self.faults = [SlowService(self, 0.5), ServiceDown(self, "queue"), AnswersLost(self, "queue", 50)]

    def is_idle(self):
        """What was sent has been counted."""
        return True


class Forwarded(Service):
    """A queue in another workerd, the forwarder, and the origin."""

    def __init__(self, place):
        super().__init__(place.counts, place.consumer_port, keyed)
        self.faults = [SlowService(self, 0.5), ServiceDown(self, "origin"), AnswersLost(self, "origin", 50)]
        self._queue_url = f"http://127.0.0.1:{place.queue_port}/"
        command = [NODE, FOLDER / "forwarder.mjs", str(place.queue_port), place.consumer_url]
        log = place.log.with_name("forwarder.log")
        self._forwarder = Program(command, folder=place.log.parent, environment=dict(os.environ), log=log)

    def __enter__(self):
        super().__enter__()
        self._forwarder.__enter__()
        try:
            wait_until(self.is_idle, 120, "the forwarder does not answer")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._forwarder.__exit__()
        super().__exit__()

    def is_idle(self):
        """Whether the forwarder has acknowledged all that was queued."""
        try:
            with urllib.request.urlopen(self._queue_url, timeout=10) as answer:
                return json.load(answer) == 0
        except OSError:
            return False


def unpack(_, message):
    """Key and body of a message, by wasm/worker/message.schema.json."""
    message = json.loads(message)
    body = message["body"]
    return message["key"], body["text"].encode() if "text" in body else b64decode(body["base64"])


def own_kib(place):
    """Its WebAssembly memory: the rest follows how many ledger objects are alive, which is workerd's to decide."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{place.port}/__soak/memory", timeout=10) as answer:
            return json.load(answer) // 1024
    except (OSError, http.client.HTTPException):
        return None


def claims_in_flight(_):
    """They are in the ledger object's memory, and end with it."""
