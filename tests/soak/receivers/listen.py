"""`overten-webhook listen --forward-to` a service: its SQLite ledger, what waits to be forwarded, and the service."""

from consumer import Service, keyed
from faults import AnswersLost, ServiceDown, SlowService, SqliteLocked
from place import LEASE_SECONDS, ROOT
from surroundings import SqliteLock, sqlite_count

NAME = "overten-webhook listen"
STORES = ("SQLite",)
PROGRAM = ROOT / "target/release/overten-webhook"
