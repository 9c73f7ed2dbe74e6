"""`overten-webhook listen --forward-to` a service: its SQLite ledger, what waits to be forwarded, and the service."""

from consumer import Service, keyed
from faults import AnswersLost, ServiceDown, SlowService, SqliteLocked
from place import LEASE_SECONDS
from surroundings import SqliteLock, sqlite_count

NAME = "overten-webhook listen"
STORES = ("SQLite",)


def build():
    """The command line is built already: it sends."""


def start(place):
    """What is run, and its environment."""
    command = [
        place.program, "listen", "--json", "--port", str(place.port), "--folder", place.folder / "listen",
        "--forward-to", place.consumer_url, "--lease-seconds", str(LEASE_SECONDS),
    ]
    return command, place.environment()


class Consumer(Service):
    """The service behind it, which is at rest once nothing waits to be forwarded."""

    def __init__(self, place):
        super().__init__(place.counts, place.consumer_port, keyed)
        self._database = place.folder / "listen" / "deliveries.sqlite"
        self.faults = [
            SlowService(self, 0.5), ServiceDown(self, "consumer"), AnswersLost(self, "consumer", 50), SqliteLocked(SqliteLock(self._database)),
        ]

    def is_idle(self):
        return not sqlite_count(self._database, "SELECT count(*) FROM forward WHERE state = 'waiting'")


def claims_in_flight(place):
    """Those of its ledger."""
    return sqlite_count(place.folder / "listen" / "deliveries.sqlite", "SELECT count(*) FROM ledger WHERE NOT committed")
