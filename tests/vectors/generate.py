#!/usr/bin/env python3
"""Writes the vectors from their inputs; with --check, fails where a committed file differs."""

import argparse
import json
import sys
from pathlib import Path

from generator import captures, cases, codes, details, diagnosis, raw_lines, receiving, verdict

HERE = Path(__file__).resolve().parent


def documents():
    """The text of each file, by name."""
    deliveries = {
        "format": "overten-webhook-vectors/1",
        "title": "deliveries and the verdict every stack must give",
        "count": len(cases),
        "defaults": {
            "tolerance": verdict.DEFAULT_TOLERANCE,
            "max_body_bytes": verdict.DEFAULT_MAX_BODY_BYTES,
        },
        "cases": [case.as_json() for case in cases],
    }
    catalogue = {
        "format": "overten-webhook-codes/1",
        "title": "the code words of every stack",
        "count": len(codes.CODES),
        "codes": [code.as_json() for code in codes.CODES.values()],
    }
    by_name = {
        "deliveries.json": deliveries,
        "details.json": details.document(),
        "codes.json": catalogue,
        "captures.json": captures.document(),
        "diagnose.json": diagnosis.document(),
        "raw_lines.json": raw_lines.document(),
        "receiving.json": receiving.document(),
    }
    return {name: json.dumps(document, indent=1) + "\n" for name, document in by_name.items()}


def differing():
    """The files that are not what their inputs give."""
    return [
        name
        for name, text in documents().items()
        if not (HERE / name).is_file() or (HERE / name).read_bytes() != text.encode()
    ]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file would change")
    if arguments.parse_args().check:
        names = differing()
        for name in names:
            print(f"{HERE / name} is not what its inputs give: run generate.py and look at the difference")
        return 1 if names else 0
    for name, text in documents().items():
        (HERE / name).write_bytes(text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
