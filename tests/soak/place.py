"""Where a receiver of one run stands, and what it is given."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from consumer import Counts
from surroundings import Clock, Disk, Redis

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "target" / "soak"
CLOCK_LIBRARY = BUILT / "clock.so"
PATH = "/webhooks/overten"
# Short, so that what a killed process had claimed is not waited for longer than Overten would between two attempts.
LEASE_SECONDS = 5


@dataclass
class Place:
    """One receiver with one of its stores, on a disk and a clock of its own."""

    store: str
    folder: Path
    log: Path
    port: int
    consumer_port: int
    disk: Disk
    clock: Clock
    redis: Redis | None
    program: Path
    counts: Counts = field(default_factory=Counts)
    secret: str = field(default_factory=lambda: f"whsec_{secrets.token_urlsafe(32)}")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}{PATH}"

    @property
    def consumer_url(self):
        return f"http://127.0.0.1:{self.consumer_port}/"

    def environment(self, *, preload=True, **more):
        """What a receiver's process finds; `preload` puts its wall clock into this program's hands."""
        given = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR")}
        given |= {"OVERTEN_WEBHOOK_SECRETS": f"subscription:{self.secret}", "SOAK_CLOCK": str(self.clock.path)}
        if preload:
            given["LD_PRELOAD"] = str(CLOCK_LIBRARY)
        return given | {name: str(value) for name, value in more.items()}
