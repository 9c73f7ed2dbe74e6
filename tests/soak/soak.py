#!/usr/bin/env python3
"""Every receiver under fire: what `make soak` runs, and `make test` in small.

Deliveries as Overten makes them, forged and broken ones among them, are sent to each receiver with each of its stores, while
it is killed and started again, and while what it stands on fails and comes back. What must hold afterwards is in judging.py.
"""

import argparse
import importlib
import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import report
import under_fire
from place import BUILT, CLOCK_LIBRARY, ROOT

RECEIVERS = ["worker", "fastapi_on_uvicorn", "flask_on_gunicorn", "go", "go_native", "c", "listen"]


def main():
    arguments = parsed()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("soak: ended"))  # so that what was started is ended
    if arguments.store is not None:
        return one(arguments.receivers[0], arguments.store, arguments)
    build(arguments.receivers)
    outcomes = all_of(runs(arguments), arguments)
    if arguments.report:
        arguments.report.write_text(report.page(outcomes, arguments))
    failed = [outcome for outcome in outcomes if outcome["problems"]]
    for outcome in failed:
        say(f"{outcome['receiver']}, {outcome['store']}", "; ".join(outcome["problems"]))
    print(f"soak: {len(outcomes)} runs, {len(failed)} of them with problems", flush=True)
    sys.exit(1 if failed else 0)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--receivers", type=lambda text: text.split(","), default=RECEIVERS, help=",".join(RECEIVERS))
    parser.add_argument("--store", help="one run alone, with this store; its outcome goes to target/soak/run")
    parser.add_argument("--first-store", action="store_true", help="each receiver with its first store alone")
    parser.add_argument("--deliveries", type=int, default=20_000, help="for each receiver, shared by its stores")
    parser.add_argument("--kills", type=int, default=50, help="for each receiver, shared by its stores")
    parser.add_argument("--concurrency", type=int, default=48, help="deliveries under way at once")
    parser.add_argument("--seed", type=int, default=1, help="the same seed, the same order of faults")
    parser.add_argument("--at-once", type=int, default=1, help="runs at once")
    parser.add_argument("--program", type=lambda text: Path(text).absolute(), default=ROOT / "target/release/overten-webhook", help="the command line")
    parser.add_argument("--report", type=Path, help="the file that is to hold the table")
    return parser.parse_args()


def receiver_of(name):
    return importlib.import_module(f"receivers.{name}")


def runs(arguments):
    """Which receiver with which store, and what each gets of what the receiver is to get."""
    found = []
    for name in arguments.receivers:
        stores = receiver_of(name).STORES[:1 if arguments.first_store else None]
        shares = [-(-whole // len(stores)) for whole in (arguments.deliveries, arguments.kills)]
        found += [(name, store, *shares) for store in stores]
    return found


def build(names):
    BUILT.mkdir(parents=True, exist_ok=True)
    library = ["cc", "-O2", "-shared", "-fPIC", ROOT / "tests/soak/clock.c", "-o", CLOCK_LIBRARY, "-ldl"]
    subprocess.run(library, check=True)
    for name in names:
        say(receiver_of(name).NAME, "building")
        receiver_of(name).build()


def all_of(which, arguments):
    """The outcome of each run, so many at once. Ctrl-C ends those under way, each of which ends what it started."""
    pool, children = ThreadPoolExecutor(arguments.at_once), []
    try:
        return list(pool.map(lambda run: in_a_process(*run, arguments, children), which))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.terminate()
        for child in children:
            child.wait()


def in_a_process(name, store, deliveries, kills, arguments, children):
    """A run in a process of its own, so that two at once cost one another nothing but the machine."""
    command = [sys.executable, __file__, "--receivers", name, "--store", store, "--deliveries", deliveries, "--kills", kills]
    for option in ("concurrency", "seed", "program"):
        command += [f"--{option}", getattr(arguments, option)]
    file = under_fire.folder_of(receiver_of(name), store) / "outcome.json"
    file.unlink(missing_ok=True)
    child = subprocess.Popen(list(map(str, command)))
    children.append(child)
    status = child.wait()
    if not file.exists():
        return {"receiver": receiver_of(name).NAME, "store": store, "problems": [f"the run ended with {status} and no outcome"]}
    return json.loads(file.read_text())


def one(name, store, arguments):
    receiver = receiver_of(name)
    what = f"{receiver.NAME}, {store}"
    say(what, f"{arguments.deliveries} deliveries, {arguments.kills} kills")
    outcome = under_fire.run(receiver, store, arguments, lambda text: say(what, text))
    (under_fire.folder_of(receiver, store) / "outcome.json").write_text(json.dumps(outcome))
    say(what, report.in_a_line(outcome))


def say(name, text):
    print(f"soak: {name}: {text}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
