"""SOAK.md: the tables, made from the outcomes of one run of the program."""

import platform
import re
import subprocess
import textwrap
from datetime import datetime, timezone

from place import LEASE_SECONDS, ROOT
from receivers import quick_start
from sending import MIX

VERDICTS = [
    ("lost", "lost"),
    ("lost after a 2xx", "lost_after_2xx"),
    ("forged handed on", "forged_handed_on"),
    ("effects doubled", "doubled"),
    ("answers outside", "outside"),
    ("stuck", "stuck"),
    ("forgotten", "forgotten_keys"),
    ("ended by itself", "ended_by_itself"),
    ("handed on again", "repeats"),
]
MEASURES = [
    ("p50 ms", "p50"),
    ("p99 ms", "p99"),
    ("a second", "per_second"),
    ("p50 under fire", "fire_p50"),
    ("p99 under fire", "fire_p99"),
    ("deliveries", "deliveries"),
    ("attempts", "attempts"),
    ("retries", "retries"),
    ("no answer", "unanswered"),
    ("MiB at most", "most_mib"),
    ("bytes a delivery", "bytes_a_delivery"),
    ("threads", "threads"),
    ("seconds", "seconds"),
]

TEXT = """\
# Under fire

Made by `{command}` on {date}: do not edit it, run that again. {count} runs, {wrong}.

Each receiver gets {deliveries:,} deliveries, shared by its stores, from `overten-webhook send`, {concurrency} at a
time, while it is killed {kills} times (SIGKILL, its whole process group) and started again, and while what it stands
on fails and comes back. Every delivery is sent again until it gets a 2xx or a 4xx. Of a hundred, {mix}; the others
are authentic and sent once. The faults come in an order that the seed says, each after so many deliveries have
settled; in the second half nothing goes wrong.

## What came of it

{verdicts}

- *lost*: authentic deliveries that are not at the consumer in the end; *after a 2xx*: of these, those that had one.
- *forged handed on*: what must not arrive and did: forged, changed, stale or too large, or never sent.
- *effects doubled*: at a consumer that skips the keys that it knows. A delivery is known there by what was sent, not
  by its key.
- *answers outside*: those that SPEC section 6 has not, or not for such a delivery.
- *stuck*: claims still in flight a lease after the last answer, or a queue that is not worked off.
- *forgotten*: second copies of a delivery that had its 2xx, and were accepted once more. What is kept in memory
  forgets with its process; a store that survives it must forget none.
- *ended by itself*: how often the receiver ended without having been killed, once it had answered.
- *handed on again*: how often a key came to the consumer that had come before, which is no fault: see below.

## What was measured

{measures}

p50, p99 and *a second* (attempts) are of the second half, without faults; *under fire* is all of the run. All
that ran beside it, sender and consumer included, shared the processor's {cpus} cores, and disks were in memory:
compare rows, and expect more of a machine of your own. *Bytes a delivery* is how much the receiver's resident memory
grew for each delivery from its last start on, less the first half of that (the median of all slopes): a store in
memory keeps its keys, some 450 bytes each. Of the Worker it is the WebAssembly memory: workerd's own follows how many
ledger objects it keeps alive, one for each run and for some ten seconds. *Threads*: at the start, and once all had
settled.

## What went wrong, on purpose

{faults}

- **Connections cut in the middle of a body**, bodies that take a second, and two copies at the same moment are among
  the deliveries.
- **Clocks** are put 10 minutes forward, and 10 minutes back, and right again, from one moment to the next. All
  receivers but Go's get a C library's clock that does so (`tests/soak/clock.c`); Go asks none, so that there its
  `WithClock` is what is put off.
- **Disk full**: the receiver's disk, its ledger, inbox, spool and the Redis's append-only file with it, has no byte
  of room.
- **Ledger locked**: another process holds SQLite's write lock. **Consumer slow**: the inbox's consumer works inside a
  transaction, so that nobody else can write; a service takes half a second for each. **Down**: refuses connections.
  **Answers lost**: it did its work, and the connection ended before it said so.
- **Redis killed** twice (SIGKILL), and started again from its append-only file. With `appendfsync always` it promises
  what it has answered, whatever ends it; with `everysec` only the machine's own end can cost it the last second. A
  key that is forgotten costs no event: its replay is handed on again, under the same key.

## What is promised, and what is not

A key is handed on again where the receiver died, or its store failed, between handing on and committing, and where
the consumer's answer was lost. Its consumer can tell, as the key is the same: that is why effects doubled is 0, and
why a consumer must skip what it knows. {not_done}

## Settings

Leases are {lease} s, so that what a killed process had claimed comes back within the run; the Worker's and the C
receiver's claims end with their process. All else is as the documentation has it: the quick starts of
`python/README.md` with the store that the row names, that of `ffi/go/README.md` with a service behind it,
`ffi/examples/receiver.c`, the shipped bundle of the Worker with its queue over HTTP (workerd's own forgets with the
process, as Cloudflare's does not), and `overten-webhook listen --forward-to`.

{versions}
"""


def page(outcomes, arguments):
    wrong = sum(1 for outcome in outcomes if outcome["problems"])
    text = TEXT.format(
        command=command(arguments),
        date=datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        count=len(outcomes),
        wrong=f"{wrong} of them with problems" if wrong else "all of them without a problem",
        deliveries=arguments.deliveries,
        kills=arguments.kills,
        concurrency=arguments.concurrency,
        mix=", ".join(f"{share} {preset}" for preset, share in MIX.items()),
        cpus=cores(),
        verdicts=table([*VERDICTS, ("problems", "problems")], outcomes),
        measures=table(MEASURES, outcomes),
        faults=table([("kills", "kills"), ("faults", "faults")], outcomes),
        lease=LEASE_SECONDS,
        not_done=not_done(outcomes),
        versions="\n".join(f"- {name}: {version}" for name, version in versions()),
    )
    return wrapped(text)


def wrapped(text):
    """Its paragraphs and items at 120 columns; tables and headings as they are."""
    blocks = [block if block.startswith(("|", "#")) else filled(block) for block in text.split("\n\n") if block.strip()]
    return "\n\n".join(blocks) + "\n"


def filled(block):
    """A paragraph, or items."""
    items = re.split(r"\n(?=- )", block.strip())
    return "\n".join(
        textwrap.fill(
            " ".join(item.split()), 120, subsequent_indent="  " if item.startswith("- ") else "", break_on_hyphens=False
        )
        for item in items
    )


def command(arguments):
    """As `make` takes it."""
    return f"make soak DELIVERIES={arguments.deliveries} KILLS={arguments.kills} AT_ONCE={arguments.at_once}"


def table(columns, outcomes):
    rows = [["receiver", "store", *(title for title, _ in columns)], ["---"] * (len(columns) + 2)]
    for outcome in outcomes:
        rows.append([outcome["receiver"], outcome["store"], *(shown(outcome.get(name)) for _, name in columns)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def shown(value):
    match value:
        case None:
            return "–"
        case float():
            return f"{value:,.1f}" if value < 100 else f"{value:,.0f}"
        case int():
            return f"{value:,}"
        case [int(), int()]:
            return " → ".join(map(str, value))
        case list():
            return ", ".join(value) or "none"
        case _:
            return str(value)


def not_done(outcomes):
    lines = {f"{outcome['receiver']}: {what}" for outcome in outcomes for what in outcome.get("not_done", [])}
    return "\nNot done here: " + "; ".join(sorted(lines)) + "." if lines else ""


def in_a_line(outcome):
    names = (
        "attempts",
        "retries",
        "kills",
        "repeats",
        "forgotten_keys",
        "bytes_a_delivery",
        "per_second",
        "p50",
        "p99",
        "seconds",
    )
    measures = ", ".join(f"{name} {shown(outcome[name])}" for name in names)
    return f"{measures}; {'; '.join(outcome['problems']) or 'no problem'}"


def cores():
    return len(re.findall(r"^processor", cpu_info(), re.MULTILINE)) or 1


def cpu_info():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        return file.read()


def versions():
    """What took part, as each says of itself; what is not there was not needed."""
    model = re.search(r"^model name\s*: (.*)$", cpu_info(), re.MULTILINE)
    yield "processor", f"{model[1] if model else platform.machine()}, {cores()} cores; Linux {platform.release()}"
    yield "this checkout", said("git", "-C", str(ROOT), "rev-parse", "--short=12", "HEAD")
    python = str(quick_start.VENV / "bin/python")
    yield "Python", said(python, "--version")
    for package in ("fastapi", "uvicorn", "flask", "gunicorn", "redis"):
        yield package, said(python, "-c", f"import importlib.metadata as it; print(it.version({package!r}))")
    yield "Redis", said("redis-server", "--version")
    yield "Go", said("go", "version")
    yield "Node", said(str(ROOT / "node_modules/.bin/node"), "--version")
    yield "workerd", said(str(ROOT / "node_modules/.bin/workerd"), "--version")
    yield "C compiler", said("cc", "--version").partition("\n")[0]
    yield "libmicrohttpd", said("pkg-config", "--modversion", "libmicrohttpd")


def said(*words):
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not here"
