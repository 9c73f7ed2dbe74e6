"""The quick start of ffi/go/README.md, with a service behind it; its core as embedded WebAssembly."""

import os
import re
import shutil
import subprocess

from consumer import Folder, Service, keyed
from contextlib import ExitStack
from faults import AnswersLost, ServiceDown, SlowService
from place import BUILT, LEASE_SECONDS, ROOT

NAME = "Go, WebAssembly"
STORES = ("memory",)
MODULE = ROOT / "ffi" / "go"
TAGS = ()


def build():
    """The README's program from an empty folder, by its commands."""
    build_with((), os.environ | {"CGO_ENABLED": "0"}, "go-wasm")


def build_with(tags, environment, name):
    program, rest = re.search(r"```go\n(.*?)```(.*)", (MODULE / "README.md").read_text(), re.DOTALL).groups()
    program, _, _ = program.partition("// takeIn ")
    # Its own takeIn only logs; and a deployed one has had its first delivery.
    mended = program.replace("webhook.WithMismatchRetry(),", f"webhook.WithLease({LEASE_SECONDS} * time.Second), webhook.WithClock(shifted),")
    folder = BUILT / f"{name}-source"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "main.go").write_text(mended)
    shutil.copy(ROOT / "tests/soak/receivers/take_in.go.txt", folder / "take_in.go")
    for line in re.findall(r"^    go (mod .*)$", rest, re.MULTILINE):
        subprocess.run(["go", *line.replace("/path/to/overten-webhook/ffi/go", str(MODULE)).split()], cwd=folder, check=True, capture_output=True)
    subprocess.run(["go", "build", *tags, "-o", BUILT / name, "."], cwd=folder, env=environment, check=True)


def start(place, name="go-wasm"):
    """What is run, and its environment. Go asks no C library what time it is: the clock is an option of the handler."""
    more = {"LISTEN": f"127.0.0.1:{place.port}", "CONSUMER_URL": place.consumer_url}
    return [BUILT / name], place.environment(preload=False, **more)


class Consumer:
    """The service that takes events in, and the folder for what cannot be read."""

    def __init__(self, place):
        self._service = Service(place.counts, place.consumer_port, keyed)
        self._set_aside = Folder(place.counts, place.folder / "set-aside")
        self.faults = [SlowService(self._service, 0.5), ServiceDown(self._service, "consumer"), AnswersLost(self._service, "consumer", 50)]

    def __enter__(self):
        with ExitStack() as stack:
            stack.enter_context(self._service)
            stack.enter_context(self._set_aside)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *given):
        self._stack.__exit__(*given)

    def is_idle(self):
        """What was handed on has been counted."""
        return True


def claims_in_flight(_):
    """They are in its memory."""
    return None
