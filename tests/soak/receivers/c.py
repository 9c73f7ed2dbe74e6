"""ffi/examples/receiver.c, as it stands."""

import os
import subprocess
from functools import cache

from consumer import Spool
from place import BUILT, ROOT

NAME = "C on libmicrohttpd"
STORES = ("memory, spool",)
PREFIX = ROOT / "ffi" / "build" / "prefix"
PROGRAM = BUILT / "receiver"


@cache  # two receivers stand on it
def build():
    """By the commands of ffi/README.md."""
    subprocess.run(["make", "--silent", "-C", ROOT / "ffi", "install", f"PREFIX={PREFIX}"], check=True, stdout=subprocess.DEVNULL)
    environment = os.environ | {"PKG_CONFIG_PATH": str(PREFIX / "lib/pkgconfig")}
    libraries = "$(pkg-config --cflags --libs overten_webhook_static libmicrohttpd)"
    command = f'cc -O2 "$1" -o "$2" {libraries}'
    subprocess.run(["sh", "-ec", command, "sh", ROOT / "ffi/examples/receiver.c", PROGRAM], check=True, env=environment)


def start(place):
    """What is run, and its environment."""
    return [PROGRAM, str(place.port), "spool"], place.environment()


class Consumer(Spool):
    """Whoever reads the spool, at its own pace: nothing of it can reach the receiver."""

    def __init__(self, place):
        super().__init__(place.counts, place.folder / "spool")
        self.faults = []


def claims_in_flight(_):
    """They are in its memory."""
    return None
