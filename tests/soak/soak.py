#!/usr/bin/env python3
"""Every receiver under fire.

    python3 tests/soak/soak.py [--receivers NAME,…] [--deliveries N] [--kills N] [--report FILE]
"""

import argparse
import importlib
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import report  # noqa: E402
import run_one  # noqa: E402
from place import BUILT, CLOCK_LIBRARY, ROOT  # noqa: E402

RECEIVERS = ["worker", "fastapi_on_uvicorn", "flask_on_gunicorn", "go", "go_native", "c"]


def main():
    arguments = parsed()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("soak: ended"))  # so that what was started is ended
    receivers = [importlib.import_module(f"receivers.{name}") for name in arguments.receivers]
    build(receivers)
    outcomes = []
    for receiver in receivers:
        stores = [store for store in receiver.STORES if not arguments.stores or store.split(",")[0] in arguments.stores]
        for store in stores:
            outcomes.append(one(receiver, store, arguments))
            if arguments.report:
                report.write(arguments.report, outcomes, arguments)
    failed = [outcome for outcome in outcomes if outcome.problems]
    print(f"soak: {len(outcomes)} runs, {len(failed)} of them with problems", flush=True)
    sys.exit(1 if failed else 0)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = lambda text: text.split(",")  # noqa: E731
    parser.add_argument("--receivers", type=names, default=RECEIVERS, help=",".join(RECEIVERS))
    parser.add_argument("--stores", type=names, default=[], help="memory, SQLite, Redis, … [default: each]")
    parser.add_argument("--deliveries", type=int, default=20_000, help="for each receiver and store")
    parser.add_argument("--kills", type=int, default=50, help="for each receiver and store")
    parser.add_argument("--concurrency", type=int, default=48)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--send", type=Path, default=BUILT / "overten-webhook")
    parser.add_argument("--report", type=Path, help="the file that is to hold the table")
    return parser.parse_args()


def build(receivers):
    BUILT.mkdir(parents=True, exist_ok=True)
    library = ["cc", "-O2", "-shared", "-fPIC", ROOT / "tests/soak/clock.c", "-o", CLOCK_LIBRARY, "-ldl"]
    subprocess.run(library, check=True)
    for receiver in receivers:
        say("", f"building {receiver.NAME}")
        receiver.build()


def one(receiver, store, arguments):
    name = f"{receiver.NAME}, {store}"
    say(name, f"{arguments.deliveries} deliveries, {arguments.kills} kills")
    outcome = run_one.run(
        receiver, store, deliveries=arguments.deliveries, kills=arguments.kills, concurrency=arguments.concurrency,
        seed=arguments.seed, send=arguments.send, say=lambda text: say(name, text),
    )
    say(name, report.line(outcome))
    return outcome


def say(name, text):
    print(f"soak: {name}{': ' if name else ''}{text}", flush=True)


if __name__ == "__main__":
    main()
