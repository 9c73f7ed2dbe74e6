#!/usr/bin/env python3
"""Our numbers beside a peer's: every bench word of the Makefile in turn, on one page.

    python3 tools/bench.py [--report FILE] [WORD...]

A word's program prints one Markdown section: a title (`## …`), how it was measured, tables, and where aims belong to it
a table `| aim | asked | reached |`. Each is printed as it comes; the report gathers the aims above all sections, and says of
each that was missed what missed_aims.json knows. A word that fails, or calls an aim met that its figure does not meet, ends
the run, and the report stays as it was. Without a word the report is written anew from its own sections.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

from setup import ROOT

AIMS_TITLES = "| aim | asked | reached |"
PAGE = """\
# Benchmarks

Made by `make bench` on {date}: do not edit it, run that again. The figures of one table are from one run, ours and what
stands beside it in turns: ratios carry over to another machine, and all else is only this one's.

{facts}

## Aims

{aims}

### Where those that were missed stop

{stops}
"""
# By how the names of missed aims begin: what was tried, and why it stops there.
NOTHING_KNOWN = "nobody has written down why."
MISSED = json.loads((ROOT / "tools/missed_aims.json").read_text())


class Unusable(Exception):
    """A word whose section cannot stand on the page, and why."""


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--report", type=Path)
    parser.add_argument("words", nargs="*", metavar="WORD")
    asked = parser.parse_args(arguments)
    if not asked.words and not asked.report:
        parser.error("name a word to measure, or the report to write anew")
    if not asked.words:
        asked.report.write_text(page(*parts_of(asked.report.read_text())))
        return
    load, sections = os.getloadavg(), {}
    try:
        for word in asked.words:
            sections[word] = section_of(word)
            print(sections[word], end="\n\n", flush=True)
    except Unusable as why:
        sys.exit(f"bench: {why}")
    if asked.report:
        today = datetime.now(timezone.utc).strftime("%Y-%m-%d")
        asked.report.write_text(page(today, facts_of_this_run(load), sections))
        print(f"bench: wrote {asked.report}", file=sys.stderr)


def section_of(word):
    """What `make WORD` measures there; set-up may have printed lines before its section."""
    print(f"bench: make {word}", file=sys.stderr, flush=True)
    # What the make around us was told is not meant for this one.
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    command = ["make", "--silent", "--no-print-directory", "-C", ROOT, word]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Unusable(f"make {word} failed with {done.returncode}; what it said is above")
    begin = re.search(r"^## ", done.stdout, flags=re.MULTILINE)
    if not begin:
        raise Unusable(f"make {word} printed no section, which begins with '## '")
    section = done.stdout[begin.start() :].strip()
    aims_of(word, section)
    return section


def page(date, facts, sections):
    """The whole page; each section stands behind a comment that names its word."""
    rows = [(*aim, f"`{word}`") for word, section in sections.items() for aim in aims_of(word, section)]
    head = PAGE.format(
        date=date,
        facts="\n".join(f"- {name}: {value}" for name, value in facts),
        aims="\n".join([f"{AIMS_TITLES} by |", "| --- | --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in rows)]),
        stops=stops([aim for aim, _, reached, _ in rows if reached.endswith("missed")]) or "None was missed.",
    )
    return head + "".join(f"\n<!-- {word} -->\n{section}\n" for word, section in sections.items())


def stops(missed):
    """Why each aim was missed, once for those that were for the same reason."""
    aims_of_why = {}
    for aim in missed:
        known = (why for begins, why in MISSED.items() if aim.startswith(begins))
        aims_of_why.setdefault(next(known, NOTHING_KNOWN), []).append(aim)
    return "\n".join(f"- *{'*; *'.join(aims)}*: {why}" for why, aims in aims_of_why.items())


def parts_of(text):
    """What a page was made from: its date, its facts and its sections."""
    head, *rest = re.split(r"^<!-- ([\w-]+) -->\n", text, flags=re.MULTILINE)
    date = re.search(r"on (\d{4}-\d\d-\d\d):", head)[1]
    facts = re.findall(r"^- (.+?): (.+)$", head.partition("## Aims")[0], flags=re.MULTILINE)
    return date, facts, {word: section.strip() for word, section in zip(rest[::2], rest[1::2])}


def aims_of(word, section):
    """The rows of its tables of aims, as (aim, asked, reached), each held to its own figures."""
    tables = re.findall(rf"^{re.escape(AIMS_TITLES)}\n\|[ |:-]+\n((?:\|.*\|\n?)*)", section, flags=re.MULTILINE)
    if len(tables) != len(re.findall(r"^\| *aim", section, flags=re.MULTILINE)):
        raise Unusable(f"make {word} has a table of aims that is not titled {AIMS_TITLES}")
    aims = [tuple(cell.strip() for cell in row.strip("|").split("|")) for table in tables for row in table.splitlines()]
    for aim in aims:
        require_honest(word, aim)
    return aims


BETTER = {"≤": -1, "<": -1, "≥": 1}
ASKED = re.compile(r"([≤<≥]) ?([\d,.]+) ?(.*)")
REACHED = re.compile(r"([\d,.]+) ?(.*?),? (met|missed)")


def require_honest(word, aim):
    """An aim is asked as `≤ 1.15×`, `≥ 4×` or `< 100 kB`; reached is a figure in the same unit, then `met` or `missed`."""
    if len(aim) != 3 or not (asked := ASKED.fullmatch(aim[1])) or not (reached := REACHED.fullmatch(aim[2])):
        raise Unusable(f"make {word} has an aim that nobody can judge: {' | '.join(aim)}")
    sign, bound, unit = asked.groups()
    figure, unit_of_figure, verdict = reached.groups()
    if unit != unit_of_figure:
        raise Unusable(f"make {word} asks for {unit or 'a number'} and reaches {unit_of_figure or 'a number'}: {aim[0]}")
    # Where the two are alike, what was measured decided, which has more digits than are printed.
    ahead = (number(figure) - number(bound)) * BETTER[sign]
    if ahead and (ahead > 0) != (verdict == "met"):
        raise Unusable(f"make {word} calls this {verdict}, and it is not: {' | '.join(aim)}")


def number(text):
    return float(text.replace(",", ""))


def facts_of_this_run(load):
    """Where it ran and what took part, once set-up has brought it; a peer's version stands in its section."""
    model = re.search(r"^model name\s*: (.*)$", text_of("/proc/cpuinfo"), flags=re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB$", text_of("/proc/meminfo"), flags=re.MULTILINE)
    changed = " with changes" if said("git", "status", "--porcelain") else ""
    return [
        ("processor", f"{model[1] if model else platform.machine()}, {os.cpu_count()} cores"),
        ("memory", f"{int(memory[1]) / 1024**2:.0f} GiB" if memory else "not told"),
        ("system", f"{platform.system()} {platform.release()}"),
        ("load when it began", "{:.1f}, {:.1f} and {:.1f} (means of 1, 5 and 15 minutes)".format(*load)),
        ("this checkout", said("git", "rev-parse", "--short=12", "HEAD") + changed),
        ("Rust", said("rustc", "--version")),
        ("Go", said("go", "version")),
        ("CPython", platform.python_version()),
        ("Node", said(ROOT / "node_modules/.bin/node", "--version")),
        ("workerd", said(ROOT / "node_modules/.bin/workerd", "--version")),
        ("C compiler", said("cc", "--version").partition("\n")[0]),
    ]


def text_of(path):
    return Path(path).read_text() if Path(path).exists() else ""


def said(*command):
    try:
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not here"


if __name__ == "__main__":
    main(sys.argv[1:])
