"""Every scenario of receiving.json, through the C functions and, as far as HTTP can carry it, through examples/receiver.c."""

import collections
import concurrent.futures
import os
import re
import resource
import select
import unittest

import export
import receiving
import scenarios
from scenarios import body_of, headers_of

TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
FULL = "the spool: File too large"  # what receiver.c says of a step that the scenario lets fail
SPOOLED = b"accepted earlier 0 secret-0 65536\n" + b" " * 65536 + b"\n"  # longer than any log, since a limit on the size of files holds for both


class Functions(unittest.TestCase):
    """A scripted store and scripted functions; the clocks are arguments."""

    def test_every_scenario_by_handle_and_by_record(self):
        document = scenarios.load()
        differences = [text for text in map(scenarios.difference, document["scenarios"]) if text]
        self.assertEqual(differences, [])
        self.assertEqual(len(document["scenarios"]), document["count"])

    def test_a_flipped_one_fails(self):
        self.assertIsNotNone(scenarios.difference(scenarios.flipped(scenarios.load())))


def why_not_run(scenario):
    """The rule by which receiver.c cannot play a scenario, or None."""
    settings = scenario["settings"]
    if scenario.get("scripted_store"):
        return "a store that says what it is told"
    if "path" not in settings:
        return "no path"
    if any(b"\n" in secret or b"\0" in secret for _, secret in scenarios.secrets_of(settings)):
        return "a secret that a line of an environment variable cannot hold"
    return next(filter(None, map(why_not_sent, scenario["requests"])), None)


def why_not_sent(request):
    headers = headers_of(request)
    lengths = [value.strip() for name, value in headers if name.lower() == b"content-length"]
    if lengths not in ([], [b"%d" % len(body_of(request))]):
        return "a Content-Length that is not the body's, which the server judges"
    if not all(TOKEN.fullmatch(name) for name, _ in headers) or not TOKEN.fullmatch(request["method"].encode()):
        return "a name that is no token"
    if any(re.search(rb"[\0-\x08\x0a-\x1f\x7f]", value) for _, value in headers):
        return "a control character in a header"
    if not re.fullmatch("[!-~]+", request["target"]):
        return "a target that is not ASCII, or has a space"
    if "read" in request:
        return "a sender that goes away and so sees no answer"
    if "waited_ms" in request or request.get("late") in ("claim", "commit", "release"):
        return "a store that is slow: this one is in memory"
    for step in ("hand_on", "set_aside"):
        outcome, why = scenarios.said(request, step)
        if outcome == "failed_for_good":
            return "a handler that gives up: this one writes to a file"
        if outcome == "failed" and not (why and why.decode() in detail_of(request)):
            return "words of an error that the file system does not use"
    return None


def expected(request):
    return request.get("expect_in_thread", request["expect"])


def detail_of(request):
    return expected(request)["lines"][0].get("detail", "")


def settings_of(scenario):
    settings = scenario["settings"]
    tolerance = settings.get("tolerance", export.DEFAULT_SECONDS)
    given = {"WEBHOOK_PATH": settings["path"], "KEY_SCOPE": settings.get("scope"), "MISMATCH_STATUS": settings.get("mismatch"),
             "MAX_BODY_BYTES": settings.get("max_body_bytes"), "LEASE_SECONDS": settings.get("lease_seconds"),
             "RETENTION_SECONDS": settings.get("retention_seconds"), "TOLERANCE_PAST_SECONDS": export.side(tolerance, "past"),
             "TOLERANCE_FUTURE_SECONDS": export.side(tolerance, "future")}
    return {name: value for name, value in given.items() if value is not None}


def lines_of(scenario):
    """The secrets as the lines of the variable, each with its label, so that one may hold a colon."""
    secrets = enumerate(scenarios.secrets_of(scenario["settings"]))
    return b"\n".join((b"secret-%d" % at if label is None else label) + b":" + secret for at, (label, secret) in secrets)


class Played:
    """One scenario, played to receiver.c."""

    def __init__(self, program, scenario):
        self.scenario = scenario
        self.passed_ms = 0
        arrived, tell = os.pipe()
        wait, let_on = os.pipe()
        self.arrived, self.let_on = arrived, let_on
        first = scenario["requests"][0]["at"]
        self.receiver = receiving.Receiver(program, os.fsdecode(lines_of(scenario)), first, SPOOLED, (tell, wait), **settings_of(scenario))
        with self.receiver, concurrent.futures.ThreadPoolExecutor(1) as self.sender:
            differences = map(self.difference, scenario["requests"])
            self.found = next((text for text in differences if text), None)
        for end in (arrived, tell, wait, let_on):
            os.close(end)

    def difference(self, request):
        spooled, lines = len(self.receiver.spool.read_bytes()), len(self.receiver.lines())
        expect = expected(request)
        answer = self.answer(request)
        names = ("content-type", "retry-after", "allow")
        seen = {
            "status": answer.status,
            "body": answer.body.decode(),
            "headers": {name: answer.headers[name] for name in names if name in answer.headers},
            "lines": [[item for item in line.items() if item[0] != "elapsed_ms"] for line in self.receiver.lines()[lines:]],
            "spooled": self.receiver.spool.read_bytes()[spooled:],
        }
        wanted = {
            "status": expect["status"],
            "body": expect["body"],
            "headers": {name.lower(): value for name, value in expect["headers"].items()},
            "lines": [list(self.in_its_words(request, line).items()) for line in expect["lines"]],
            "spooled": self.record(request, expect),
        }
        pattern = wanted.pop("spooled")
        if re.fullmatch(pattern, seen.pop("spooled"), re.S) and seen == wanted:
            return None
        return f"{self.scenario['id']}:\nexpected {wanted}, {pattern[:200]}\nseen     {seen}"

    def in_its_words(self, request, line):
        for step in ("hand_on", "set_aside"):
            why = scenarios.said(request, step)[1]
            if why is not None and "detail" in line:
                line = line | {"detail": line["detail"].replace(why.decode(), FULL)}
        return line

    def record(self, request, expect):
        """What the spool gets."""
        step = "hand_on" if expect["handed_on"] else "set_aside"
        if not (expect["handed_on"] or expect["set_aside"]) or scenarios.said(request, step)[0] != "done":
            return b""
        outcome = b"accepted" if expect["handed_on"] else b"quarantined"
        head = rb"%s %s \d+ %s %d\n" % (outcome, re.escape(expect["key"].encode()), rb"[\w.-]+", len(body_of(request)))
        return head + re.escape(body_of(request)) + rb"\n"

    def answer(self, request):
        """On clocks that go on by what the scenario says."""
        self.receiver.set_clock(request["at"], self.passed_ms)
        takes_ms = request.get("handler_ms", scenarios.LATE_STEP_MS if "late" in request else 0)
        expect = expected(request)
        fails = "failed" in [scenarios.said(request, step)[0] for step in ("hand_on", "set_aside")]
        limit = self.receiver.spool.stat().st_size if fails else resource.RLIM_INFINITY
        resource.prlimit(self.receiver.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        sent = self.sender.submit(self.send, request)
        if expect["handed_on"] or expect["set_aside"]:
            assert select.select([self.arrived], [], [], receiving.SECONDS)[0] and os.read(self.arrived, 1)
            self.pass_time(request, takes_ms)
            os.write(self.let_on, b".")
        return sent.result(receiving.SECONDS)

    def pass_time(self, request, ms):
        self.passed_ms += ms
        self.receiver.set_clock(request["at"], self.passed_ms)

    def send(self, request):
        body = body_of(request)
        headers = [(name.decode(), value) for name, value in headers_of(request) if name.lower() != b"content-length"]
        if body or len(headers) < len(headers_of(request)):
            headers.append(("Content-Length", str(len(body))))
        if request.get("late") == "read_body":
            headers.append(("Expect", "100-continue"))
        head = receiving.request_head(request["method"], request["target"], headers)
        with self.receiver.connect() as connection:
            if request.get("late") == "read_body":
                connection.sendall(head)
                assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")  # so the receiver waits for the body
                self.pass_time(request, scenarios.LATE_STEP_MS)
                return receiving.exchange(connection, [])[0]
            return receiving.exchange(connection, [head, body])[0]


class OverHttp(unittest.TestCase):
    """With the store, the files and the messages of receiver.c itself."""

    @classmethod
    def setUpClass(cls):
        cls.program = receiving.built("receiver-checked", receiving.SANITIZERS)

    def test_every_scenario_that_http_and_its_store_can_carry(self):
        document = scenarios.load()
        left = collections.Counter(why for why in map(why_not_run, document["scenarios"]) if why)
        played = [scenario for scenario in document["scenarios"] if why_not_run(scenario) is None]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            differences = list(pool.map(lambda scenario: Played(self.program, scenario).found, played))
        self.assertEqual([text for text in differences if text], [])
        self.assertEqual(len(played) + left.total(), document["count"])
        if "OVERTEN_RECEIVING_VECTORS" not in os.environ:
            self.assertGreater(len(played), 300, left)

    def test_a_flipped_one_fails(self):
        self.assertIsNotNone(Played(self.program, scenarios.flipped(scenarios.load())).found)


if __name__ == "__main__":
    unittest.main()
