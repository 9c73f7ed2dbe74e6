"""Every case of raw_lines.json, through the C functions: the line to the byte, and how often it is written."""

import copy
import json
import os
import pathlib
import unittest

import export
import library
from scenarios import body_of, headers_of, options_of

ACCEPTED = {"claim": "new", "hand_on": "done", "commit": "done"}


def load():
    path = os.environ.get("OVERTEN_RAW_LINE_VECTORS") or export.VECTORS / "raw_lines.json"
    return json.loads(pathlib.Path(path).read_text("utf-8"))


def expected(case):
    return [
        (request["code"], request["line"] if time < request["lines"] else None)
        for request in case["requests"]
        for time in range(request["times"])
    ]


def seen(case):
    """The code and the raw line of each request."""
    options = options_of(case)
    options.flags |= library.RAW_LOG[case["raw_log"]]
    secrets = [(None, secret.encode()) for secret in case["secrets"]]
    with library.Receiver(secrets, None, options) as receiver:
        return [sent(receiver, request) for request in case["requests"] for _ in range(request["times"])]


def sent(receiver, request):
    at_ms, headers, body = request["at"] * 1000, headers_of(request), None
    it = library.Request(receiver)
    it.begin(b"POST", b"/", headers)
    if it.asked() == "read_body":
        body = body_of(request)[:it.step.max_body_bytes + 1]
        it.body(body, request["at"])
    while (asked := it.asked()) != "answer":
        it.advance(ACCEPTED[asked], 0, 0)
    line = it.raw_line(headers, body, at_ms)
    ending, _ = it.end(0)
    it.close()
    return library.word(ending.status), line


class RawLines(unittest.TestCase):
    def test_every_request_leaves_its_line(self):
        document = load()
        self.assertEqual(len(document["cases"]), document["count"])
        for case in document["cases"]:
            with self.subTest(case["id"]):
                self.assertEqual(seen(case), expected(case))

    def test_a_flipped_case_fails(self):
        case = copy.deepcopy(next(case for case in load()["cases"] if case["id"] == "failures/failed"))
        case["requests"][1]["line"] += " "
        self.assertNotEqual(seen(case), expected(case))
