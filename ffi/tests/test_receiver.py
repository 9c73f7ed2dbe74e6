"""examples/receiver.c, driven by real requests."""

import concurrent.futures
import os
import pathlib
import re
import resource
import select
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

import export
import receiving
from building import BUILD, FFI, PREFIX, pkg_config, run
from receiving import BODY, NOW, PATH, SECRET, SIGNATURE, Receiver, answered, signed

MIB = 1 << 20
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
SETTINGS = {"past": "TOLERANCE_PAST_SECONDS", "future": "TOLERANCE_FUTURE_SECONDS"}
UNREADABLE = b'{"event":"run.completed"'
WORDS = {"no_secrets": "no secret", "short_secret": "fewer than 16 bytes", "duplicate_secret": "the same as an earlier one",
         "empty_secret": "empty", "malformed_label": "label"}


def setUpModule():
    global PLAIN, CHECKED, THREADS
    PLAIN = receiving.built("receiver")
    THREADS = receiving.built("receiver-threads", ["-fsanitize=thread"])  # whose report ends it with an error
    CHECKED = receiving.built("receiver-checked", receiving.SANITIZERS)


def whole_receiver_of_the_readme():
    return (FFI / "README.md").read_text("utf-8").partition("## A whole receiver")[2].partition("\n## ")[0]


class Building(unittest.TestCase):
    def test_the_readme_has_its_steps_as_they_are(self):
        program, = re.findall(r"```c\n(.*?)```", whole_receiver_of_the_readme(), flags=re.S)
        self.assertIn(program, (FFI / "examples" / "receiver.c").read_text("utf-8"))
        self.assertLess(len(program.splitlines()), 40, "a screen of code")

    def test_it_needs_only_what_pkg_config_says(self):
        source, program = FFI / "examples" / "receiver.c", BUILD / "receiver-shared"
        run("cc", source, "-o", program, *pkg_config("overten_webhook libmicrohttpd"))

    def test_it_is_built_and_run_as_the_readme_says(self):
        section = re.sub(r"```c\n.*?```", "", whole_receiver_of_the_readme(), flags=re.S)
        compile_it, run_it = re.findall(r"^    (.*)$", section, flags=re.M)
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            shutil.copy(FFI / "examples" / "receiver.c", folder)
            run("sh", "-ec", compile_it, cwd=folder, env=os.environ | {"PKG_CONFIG_PATH": str(PREFIX / "lib" / "pkgconfig")})
            (folder / "overten-secrets").write_text(f"subscription:{SECRET}\n")
            self.assertEqual(run_it.count(" 8080 "), 1)
            command = ["sh", "-c", run_it.replace(" 8080 ", " 0 ").replace("./receiver", "exec ./receiver")]
            receiver = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            port = int(receiver.stdout.readline().rsplit(b":", 1)[1])
            forged = receiving.post(port, headers=signed(at=int(time.time()), secret=SECRET + "x"))
            accepted = receiving.post(port, headers=signed(at=int(time.time())))
            receiver.terminate()
            receiver.communicate(timeout=receiving.SECONDS)
            self.assertEqual(receiver.returncode, 0)
            self.assertIn(BODY, (folder / "spool").read_bytes())
        self.assertEqual([forged, accepted], [answered("signature_mismatch", 503), answered("accepted")])

    def test_a_wrong_command_line_is_refused(self):
        for given in ([], ["80a", "/dev/null"], ["65536", "/dev/null"], ["0", "/nowhere/spool"]):
            with self.assertRaises(AssertionError):
                run(PLAIN, *given)


def headers_of(case):
    return [(header["name"], export.given_bytes(header, "value")) for header in case["headers"]]


def lines_of(secrets):
    """Secrets as the lines of the variable, each under its default label, so that one may hold a colon."""
    return "\n".join(f"secret-{position}:{secret.strip(chr(10))}" for position, secret in enumerate(secrets))


def why_not_sent(case):
    """The rule by which a case cannot come over HTTP to this receiver, or None."""
    for name, value in headers_of(case):
        if not TOKEN.fullmatch(name):
            return "a header name that is no token"
        if any(byte < 0x20 and byte != 9 or byte == 0x7F for byte in value):
            return "a control character in a header"
        if len(value) > 16384:
            return "a header longer than libmicrohttpd takes"
    if any("\n" in secret.strip("\n") or "\0" in secret for secret in case["secrets"]):
        return "a secret that a line of an environment variable cannot hold"
    return None


def shown_in_a_line(text):
    return text if len(text) <= 256 else text[:256] + "…"


def receiver_for(case, defaults):
    tolerance = case.get("tolerance", defaults["tolerance"])
    settings = {name: export.side(tolerance, side) for side, name in SETTINGS.items()}
    settings["MAX_BODY_BYTES"] = case.get("max_body_bytes", defaults["max_body_bytes"])
    settings["RETENTION_SECONDS"] = 10**17  # longer than any tolerance of a case
    return Receiver(PLAIN, lines_of(case["secrets"]), case["now"], **settings)


def difference(case, defaults):
    """How the receiver's answer, log line and spool differ from what the case expects, or None."""
    expect = case["expect"]
    body = export.given_bytes(case, "body") + b" " * case.get("body_spaces", 0)
    code = {"refused": "misconfigured", "rejected": expect.get("code"), "verified": "accepted"}[expect["result"]]
    code = "quarantined" if "payload" in expect else code
    with receiver_for(case, defaults) as receiver:
        answer = receiver.post(body, headers_of(case))
        spool, line = receiver.spool.read_bytes(), receiver.lines()[0]
    wanted = {"code": code}
    spooled = rb""
    if expect["result"] == "verified":
        wanted |= {"secret": f"secret-{expect['secret']}"}
        timestamp = str(expect["timestamp"]).encode() if "timestamp" in expect else rb"\d+"
        head = [code.encode(), re.escape(expect["key"].encode()), timestamp, wanted["secret"].encode(), b"%d" % len(body)]
        spooled = b" ".join(head) + b"\n" + re.escape(body) + b"\n"
    if "age" in expect:
        wanted["age_seconds"] = expect["age"]
    wanted |= {name: shown_in_a_line(expect["event"][name]) for name in ("event", "run_id", "task_id") if name in expect.get("event", {})}
    if expect["result"] == "refused":
        wanted["level"] = "error"
    shown = {name: line.get(name) for name in wanted}
    if answer != (expect["status"], receiving.CODES[code]["reply"]) or shown != wanted or not re.fullmatch(spooled, spool, re.S):
        return f"{case['id']}: answered {answer}, logged {line}, spooled {spool[:200]}; expected {wanted}"
    return None


class Vectors(unittest.TestCase):
    def test_all_that_http_can_carry(self):
        document = export.load()
        sendable = [case for case in document["cases"] if why_not_sent(case) is None]
        left = [case for case in document["cases"] if why_not_sent(case) is not None]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            differences = list(pool.map(lambda case: difference(case, document["defaults"]), sendable))
        self.assertEqual([text for text in differences if text], [])
        self.assertEqual(len(differences) + len(left), document["count"])
        if "OVERTEN_VECTORS" not in os.environ:
            self.assertLess(len(left), document["count"] // 40, [case["id"] for case in left])

    def test_a_flipped_one_fails(self):
        document = export.flipped(export.load())
        self.assertIsNotNone(difference(document["cases"][0], document["defaults"]))


class Answers(unittest.TestCase):
    def test_path_then_method_then_configuration_then_headers(self):
        with Receiver(CHECKED) as receiver, Receiver(CHECKED, None) as unusable:
            for path in ("/", "/webhooks", PATH + "x", PATH + "//"):
                self.assertEqual(receiver.post(path=path, method="GET"), answered("not_found"))
            for method in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post"):
                answer = receiver.post(method=method)
                self.assertEqual((answer.status, answer.headers["allow"]), (405, "POST"))
                self.assertEqual(len(answer.body) == 0, method == "HEAD")
            self.assertEqual(unusable.post(path="/", method="GET"), answered("not_found"))
            self.assertEqual(unusable.post(method="GET"), answered("method_not_allowed"))
            self.assertEqual(unusable.post(headers=[]), answered("misconfigured"))
            self.assertEqual(receiver.post(headers=[]), answered("missing_signature"))
            self.assertEqual(receiver.post(path="/%77ebhooks/overten/?from=overten"), answered("accepted"))
            self.assertEqual(receiver.post(), answered("duplicate"))

    def test_every_answer_is_json_and_a_503_says_when_to_come_again(self):
        with Receiver(CHECKED, now=NOW + 301) as receiver:
            stale, forged = receiver.post(), receiver.post(b"{}", signed())
            self.assertEqual(stale, answered("timestamp_too_old"))
            self.assertEqual(forged, answered("signature_mismatch"))
            self.assertEqual([stale.headers["content-type"], forged.headers["content-type"]], ["application/json"] * 2)
            self.assertEqual([stale.headers.get("retry-after"), forged.headers.get("retry-after")], ["10", None])
            self.assertEqual([line.get("age_seconds") for line in receiver.lines()], [301, None])

    def test_headers_are_judged_before_any_of_the_body_is_there(self):
        bad = [("X-Overten-Signature", "sha256=abcd"), ("X-Overten-Timestamp", str(NOW))]
        with Receiver(CHECKED) as receiver, receiver.connect() as connection:
            head = receiving.request_head("POST", PATH, [*bad, ("Content-Length", str(MIB))])
            self.assertEqual(receiving.exchange(connection, [head])[0], answered("malformed_signature"))

    def test_a_header_that_goes_on_behind_a_nul_is_not_taken_for_what_stands_before_it(self):
        with Receiver(CHECKED) as receiver:
            for behind in (b"\0", b"\0x", b"\0\0", b" \0 , more"):
                answer = receiver.post(headers=[("X-Overten-Signature", SIGNATURE.encode() + behind), signed()[1]])
                self.assertEqual(answer, answered("malformed_signature"))
            self.assertEqual(receiver.post(headers=[("X-Overten-Signature", f"  {SIGNATURE} \t"), signed()[1]]), answered("accepted"))

    def test_a_nul_is_noticed_beside_a_folded_header_and_hurts_no_other_header(self):
        with Receiver(CHECKED) as receiver:
            hidden = [("X-Overten-Signature", SIGNATURE.encode() + b"\0JUNK"), signed()[1], ("X-B", "a\r\n    b")]
            for spaces in range(12):
                self.assertEqual(receiver.post(headers=[*hidden, ("X-C", "a\r\n" + " " * spaces + " b")]), answered("malformed_signature"))
            self.assertEqual(receiver.post(headers=[*signed(), ("X-A", b"b\0c")]), answered("accepted"))
            self.assertEqual(receiver.post(headers=[("X-A", b"b\0"), *signed()]), answered("duplicate"))

    def test_a_long_head_is_read(self):
        with Receiver(CHECKED) as receiver:
            self.assertEqual(receiver.post(headers=[*signed(), ("X-A", "b" * 100_000)]), answered("accepted"))
            many = [(f"X-{number}", "b") for number in range(1000)]
            self.assertEqual(receiver.post(headers=[*many, *signed()]), answered("duplicate"))

    def test_any_content_type_will_do(self):
        with Receiver(CHECKED) as receiver:
            answers = [receiver.post(headers=[*signed(), ("Content-Type", kind)]).status
                       for kind in ("text/plain", "application/json; charset=utf-8", "application/x-www-form-urlencoded")]
            self.assertEqual(answers, [200] * 3)

    def test_it_is_alive_after_signatures_of_every_length(self):
        with Receiver(CHECKED) as receiver:
            for digits in ("", "f2", "abcd", SIGNATURE[7:-2], SIGNATURE[7:] + "00", "é", "f" * 100_000):
                answer = receiver.post(headers=[("X-Overten-Signature", f"sha256={digits}"), signed()[1]])
                self.assertEqual(answer.status // 100, 4, digits[:80])
            for shared in (0, 16, 31):
                wrong = SIGNATURE[7:7 + 2 * shared] + "00" * (32 - shared)
                answer = receiver.post(headers=[("X-Overten-Signature", f"sha256={wrong}"), signed()[1]])
                self.assertEqual(answer, answered("signature_mismatch"))
            self.assertEqual(receiver.post(), answered("accepted"))

    def test_it_is_alive_after_requests_that_break_off(self):
        whole = receiving.request_head("POST", PATH, [*signed(), ("Content-Length", str(len(BODY)))]) + BODY
        with Receiver(CHECKED) as receiver:
            for end in range(0, len(whole), 7):
                with receiver.connect() as connection:
                    connection.sendall(whole[:end])
            self.assertEqual(receiver.post(), answered("accepted"))

    def test_nobody_learns_a_secret_or_the_right_signature(self):
        forged = SIGNATURE[:-1] + "0"
        with Receiver(CHECKED) as receiver:
            answer = receiver.post(headers=[("X-Overten-Signature", forged), signed()[1]])
            self.assertEqual(answer, answered("signature_mismatch"))
            receiver.post()
            said = receiver.logged() + repr(answer.headers) + repr(answer)
            command = f"/proc/{receiver.process.pid}/cmdline"
            with open(command) as shown:
                said += shown.read()
        self.assertNotIn(SIGNATURE[7:19], said)
        self.assertNotIn(forged[7:19], said)
        self.assertNotIn(SECRET[6:18], said)

    def test_the_log_line_is_json_whatever_the_event_holds(self):
        body = b'{"event":"run.\\"\\\\\\n\\u007f","run_id":"r\\u00e9","task_id":"t"}'
        with Receiver(CHECKED, f"subscription:{SECRET}") as receiver:
            self.assertEqual(receiver.post(body), answered("accepted"))
            line, = receiver.lines()
        self.assertEqual(line.pop("elapsed_ms"), 0)
        self.assertEqual(line, {"code": "accepted", "level": "info", "event": 'run."\\\n\x7f', "run_id": "ré", "task_id": "t",
                                "secret": "subscription", "age_seconds": 0, "body_bytes": len(body)})


class Configuring(unittest.TestCase):
    def test_what_could_not_be_checked_is_not_called_false(self):
        for secrets, code in ((None, "no_secrets"), ("", "no_secrets"), ("\n\n", "no_secrets"), ("short", "short_secret"),
                              (f"{SECRET}\n{SECRET}", "duplicate_secret"), ("a:", "empty_secret"), (f"b c:{SECRET}", "malformed_label")):
            with self.subTest(code=code), Receiver(CHECKED, secrets) as receiver:
                self.assertEqual(receiver.post(), answered("misconfigured"))
                line, = receiver.lines()
                self.assertEqual((line["code"], line["level"]), ("misconfigured", "error"))
                self.assertIn(WORDS[code], line["detail"])
                self.assertIn(WORDS[code], receiver.start_line()["detail"])

    def test_a_wrong_setting_is_named(self):
        wrong = [("TOLERANCE_PAST_SECONDS", "-1"), ("TOLERANCE_FUTURE_SECONDS", "never"), ("MAX_BODY_BYTES", "1M"),
                 ("RETENTION_SECONDS", "9" * 19), ("KEY_SCOPE", "both"), ("MISMATCH_STATUS", "200"), ("LEDGER_KEYS", "all"),
                 ("LEDGER_KEYS", "0")]
        for name, value in wrong:
            with self.subTest(name), Receiver(CHECKED, **{name: value}) as receiver:
                self.assertEqual(receiver.post(), answered("misconfigured"))
                self.assertIn(name, receiver.lines()[0]["detail"])
                self.assertIn(name, receiver.start_line()["detail"])

    def test_a_limit_that_no_delivery_keeps_is_refused(self):
        with Receiver(CHECKED, MAX_BODY_BYTES=0) as receiver:
            self.assertEqual(receiver.post(), answered("misconfigured"))
            self.assertIn("(max_body_bytes) must be at least 1", receiver.start_line()["detail"])

    def test_a_path_that_no_request_can_have_is_refused(self):
        for path in ("hooks", "", "/a/../webhooks", "/webhooks?x"):
            with self.subTest(path), Receiver(CHECKED, WEBHOOK_PATH=path) as receiver:
                self.assertEqual(receiver.post(), answered("misconfigured"))
                self.assertIn("path", receiver.start_line()["detail"])

    def test_the_start_line_says_what_is_in_force(self):
        with Receiver(CHECKED, f"subscription:{SECRET}", KEY_SCOPE="task", LEASE_SECONDS=30) as receiver:
            line = receiver.start_line()
        self.assertEqual(line["secrets"], [{"label": "subscription", "fingerprint": "027cf575"}])
        self.assertEqual((line["path"], line["scope"], line["past_seconds"], line["lease_seconds"]), (PATH, "task", 300, 30))

    def test_one_receiver_at_a_time_has_a_spool(self):
        with Receiver(CHECKED) as receiver:
            second = subprocess.run([CHECKED, "0", receiver.spool], capture_output=True, text=True, timeout=receiving.SECONDS)
            self.assertEqual(second.returncode, 1)
            self.assertIn("no other receiver", second.stderr)
            self.assertEqual(receiver.post(), answered("accepted"))

    def test_a_retention_that_a_replay_could_outlive_is_refused(self):
        for seconds, code in ((600, "misconfigured"), (601, "accepted")):
            with Receiver(CHECKED, RETENTION_SECONDS=seconds) as receiver:
                self.assertEqual(receiver.post(), answered(code))

    def test_a_mismatch_is_retried_while_secrets_change(self):
        with Receiver(CHECKED, MISMATCH_STATUS=503) as receiver:
            answer = receiver.post(b"{}", signed())
        self.assertEqual(answer, answered("signature_mismatch", 503))
        self.assertEqual(answer.headers["retry-after"], "10")


class ExactlyOnce(unittest.TestCase):
    def test_a_retry_is_a_duplicate_signed_again_or_not(self):
        with Receiver(CHECKED) as receiver:
            self.assertEqual(receiver.post(), answered("accepted"))
            self.assertEqual(receiver.post(), answered("duplicate"))
            again = [*signed(at=NOW + 30), ("X-Request-Id", "2")]
            self.assertEqual(receiver.post(headers=again), answered("duplicate"))
            self.assertEqual(receiver.spool.read_bytes().count(BODY), 1)

    def test_fifty_at_once_make_one(self):
        for program in (CHECKED, THREADS):
            with self.subTest(program.name), Receiver(program) as receiver:
                self.fifty_make_one(receiver)

    def fifty_make_one(self, receiver):
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            together = threading.Barrier(50)
            answers = list(pool.map(lambda _: (together.wait(), receiver.post())[1], range(50)))
            self.assertEqual(sum(answer == answered("accepted") for answer in answers), 1)
            others = [answer for answer in answers if answer != answered("accepted")]
            self.assertEqual([answer for answer in others if answer not in (answered("duplicate"), answered("in_flight"))], [])
            self.assertEqual(receiver.spool.read_bytes().count(BODY), 1)

    def test_events_of_one_run_in_any_order_are_all_taken_in(self):
        with Receiver(CHECKED) as receiver:
            for name in (b"run.completed", b"run.failed", b"run.archived"):
                self.assertEqual(receiver.post(b'{"event":"%s","run_id":"run_20"}' % name), answered("accepted"))

    def test_the_task_scope_tells_tasks_of_one_run_apart(self):
        bodies = [b'{"event":"run.completed","run_id":"r","task_id":"%d"}' % task for task in (1, 2)]
        for scope, second in (("run", "duplicate"), ("task", "accepted")):
            with Receiver(CHECKED, KEY_SCOPE=scope) as receiver:
                answers = [receiver.post(body) for body in bodies]
            self.assertEqual(answers, [answered("accepted"), answered(second)])

    def test_what_cannot_be_read_is_kept_whole(self):
        with Receiver(CHECKED) as receiver:
            self.assertEqual(receiver.post(UNREADABLE), answered("quarantined"))
            self.assertEqual(receiver.post(UNREADABLE), answered("duplicate"))
            spool, line = receiver.spool.read_bytes(), receiver.lines()[0]
        self.assertRegex(spool, rb"\Aquarantined body=[0-9a-f]{64} 1760000000 secret-0 24\n" + re.escape(UNREADABLE) + rb"\n\Z")
        self.assertEqual((line["code"], line["level"]), ("quarantined", "error"))
        self.assertIn("not an event", line["detail"])

    def test_a_full_disk_loses_nothing(self):
        with Receiver(CHECKED) as receiver:
            self.assertEqual(receiver.post(b'{"event":"a","run_id":"1"}' + b" " * 65536), answered("accepted"))
            before = receiver.spool.read_bytes()  # longer than the log, which has the same limit
            limits = resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE, (len(before) + 20, resource.RLIM_INFINITY))
            self.assertEqual(receiver.post(), answered("unavailable"))
            self.assertEqual(receiver.spool.read_bytes(), before)
            resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE, (len(before), resource.RLIM_INFINITY))
            self.assertEqual(receiver.post(UNREADABLE), answered("unavailable"))  # no room at all is SIGXFSZ
            self.assertEqual([line.get("detail") for line in receiver.lines()[1:]],
                             ["the handler failed: the spool: no room for all of it",
                              "authentic, but the body is not an event: it is not JSON by RFC 8259 (at byte 24); keep the bytes and ask "
                              "Overten; the delivery could not be set aside: the spool: File too large"])
            resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE, limits)
            self.assertEqual(receiver.post(headers=signed(at=NOW + 30)), answered("accepted"))

    def test_a_key_is_forgotten_after_its_retention(self):
        with Receiver(CHECKED, TOLERANCE_PAST_SECONDS="off", RETENTION_SECONDS=1000) as receiver:
            answers = []
            for now in (NOW, NOW + 999, NOW + 1000, NOW + 1001):
                receiver.set_clock(now)
                answers.append(receiver.post())
        self.assertEqual(answers, [answered(code) for code in ("accepted", "duplicate", "duplicate", "accepted")])

    def test_a_full_ledger_drops_what_no_fresh_delivery_can_have(self):
        bodies = [b'{"event":"e","run_id":"%d"}' % run for run in range(3)]
        with Receiver(CHECKED, LEDGER_KEYS=2) as receiver:
            self.assertEqual([receiver.post(body) for body in bodies[:2]], [answered("accepted")] * 2)
            receiver.set_clock(NOW + 600)
            late = signed(bodies[2], at=NOW + 600)
            self.assertEqual(receiver.post(bodies[2], late), answered("unavailable"))
            self.assertIn("the ledger is full", receiver.lines()[-1]["detail"])
            self.assertEqual(receiver.post(bodies[0], signed(bodies[0], at=NOW + 600)), answered("duplicate"))
            receiver.set_clock(NOW + 601)
            self.assertEqual(receiver.post(bodies[2], late), answered("accepted"))
            self.assertEqual(receiver.post(bodies[1], signed(bodies[1], at=NOW + 601)), answered("duplicate"), "the oldest went")

    def test_a_full_ledger_drops_what_is_past_its_retention_where_the_tolerance_is_off(self):
        bodies = [b'{"event":"e","run_id":"%d"}' % run for run in range(3)]
        with Receiver(CHECKED, LEDGER_KEYS=2, TOLERANCE_PAST_SECONDS="off", RETENTION_SECONDS=1000) as receiver:
            self.assertEqual([receiver.post(body) for body in bodies[:2]], [answered("accepted")] * 2)
            receiver.set_clock(NOW + 1000)
            self.assertEqual(receiver.post(bodies[2]), answered("unavailable"))
            receiver.set_clock(NOW + 1001)
            self.assertEqual(receiver.post(bodies[2]), answered("accepted"))

    def test_a_claim_is_in_flight_until_its_lease_lapses(self):
        arrived, tell = os.pipe()
        wait, let_on = os.pipe()
        with concurrent.futures.ThreadPoolExecutor(2) as pool, Receiver(CHECKED, gate=(tell, wait)) as receiver:
            first = pool.submit(receiver.post)
            self.assertTrue(select.select([arrived], [], [], receiving.SECONDS)[0] and os.read(arrived, 1))
            receiver.set_clock(NOW + 60)
            self.assertEqual(receiver.post(), answered("in_flight"))
            receiver.set_clock(NOW + 61)
            second = pool.submit(receiver.post)
            self.assertTrue(select.select([arrived], [], [], receiving.SECONDS)[0] and os.read(arrived, 1))
            os.write(let_on, b"..")
            self.assertEqual([first.result(), second.result()], [answered("accepted")] * 2)
            self.assertEqual(receiver.post(), answered("duplicate"))
            self.assertEqual(receiver.spool.read_bytes().count(b"accepted run.completed:run_01 "), 2)
        for end in (arrived, tell, wait, let_on):
            os.close(end)


class Spool(unittest.TestCase):
    WHOLE = b"accepted run.completed:run_00 1760000000 secret-0 2\n{}\n"

    def started_on(self, spooled):
        with Receiver(CHECKED, spooled=spooled) as receiver:
            self.assertEqual(receiver.post(), answered("accepted"))
            spool = receiver.spool.read_bytes()
        self.assertIn(b"accepted run.completed:run_01 1760000000 secret-0 %d\n%s\n" % (len(BODY), BODY), spool)
        return spool.partition(b"accepted run.completed:run_01 ")[0]

    def test_a_record_that_a_crash_tore_is_cut_off(self):
        torn = b"accepted run.completed:run_09 1760000000 secret-0 30\n" + b"x" * 30 + b"\n"
        for end in range(len(torn)):
            if end % 9 == 0 or end > 50:
                self.assertEqual(self.started_on(self.WHOLE + torn[:end]), self.WHOLE, end)
        self.assertEqual(self.started_on(self.WHOLE + torn[:-1] + b"x"), self.WHOLE)
        self.assertEqual(self.started_on(self.WHOLE + torn), self.WHOLE + torn)

    def test_what_is_no_spool_is_left_as_it_is(self):
        other = b"some notes of mine\n"
        for spooled in (other, self.WHOLE + other, self.WHOLE[:-1] + b"x" + self.WHOLE):
            with tempfile.TemporaryDirectory() as folder:
                spool = pathlib.Path(folder, "spool")
                spool.write_bytes(spooled)
                started = subprocess.run([CHECKED, "0", spool], capture_output=True, text=True, timeout=receiving.SECONDS)
                self.assertEqual(started.returncode, 1)
                self.assertIn("no record begins at byte", started.stderr)
                self.assertEqual(spool.read_bytes(), spooled)

    def test_nothing_is_appended_behind_a_record_that_cannot_be_taken_back(self):
        with Receiver(CHECKED, TEST_CANNOT_CUT=1, spooled=self.WHOLE) as receiver:
            before = receiver.post(b'{"event":"a","run_id":"1"}' + b" " * 65536)
            self.assertEqual(before, answered("accepted"))
            whole = receiver.spool.read_bytes()
            limits = resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE, (len(whole) + 20, resource.RLIM_INFINITY))
            self.assertEqual(receiver.post(), answered("unavailable"))
            resource.prlimit(receiver.process.pid, resource.RLIMIT_FSIZE, limits)
            torn = receiver.spool.read_bytes()
            self.assertGreater(len(torn), len(whole))
            self.assertEqual(receiver.post(), answered("unavailable"))
            self.assertEqual(receiver.spool.read_bytes(), torn)
        self.assertEqual(self.started_on(torn), whole)

    def test_a_spool_that_was_removed_or_replaced_is_not_written_to(self):
        for replaced in (False, True):
            with self.subTest(replaced=replaced), Receiver(CHECKED) as receiver:
                receiver.spool.unlink()
                if replaced:
                    receiver.spool.write_bytes(b"")
                self.assertEqual(receiver.post(), answered("unavailable"))
                self.assertIn("it was removed or replaced", receiver.lines()[-1]["detail"])


def chunks_of(total):
    piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
    for _ in range(total // 65536):
        yield piece
    yield b"0\r\n\r\n"


class Limits(unittest.TestCase):
    def too_large(self, headers, parts):
        self.too_large_for(CHECKED, 1 << 30, headers, parts)  # the sanitizer's own memory says nothing
        self.too_large_for(PLAIN, 8 * MIB, headers, parts)

    def too_large_for(self, program, memory, headers, parts):
        with Receiver(program) as receiver:
            receiver.post(b"{}")
            before = receiver.peak_bytes()
            for _ in range(4):
                with receiver.connect() as connection:
                    answer, sent = receiving.exchange(connection, [receiving.request_head("POST", PATH, headers), *parts()])
                self.assertEqual(answer, answered("body_too_large"))
                self.assertLess(sent, 24 * MIB, "it went on reading")  # the system's own buffers take some of it
            self.assertLess(receiver.peak_bytes() - before, memory)
            self.assertEqual(receiver.lines()[-1]["code"], "body_too_large")
            self.assertIn("max_body_bytes", receiver.lines()[-1]["detail"])
            self.assertEqual(receiver.post(), answered("accepted"))

    def test_a_body_of_unannounced_length_is_cut_off_at_the_limit(self):
        self.too_large([*signed(), ("Transfer-Encoding", "chunked")], lambda: chunks_of(64 * MIB))

    def test_a_body_announced_too_long_is_not_read(self):
        self.too_large([*signed(), ("Content-Length", str(64 * MIB))], lambda: (b" " * 65536 for _ in range(1024)))

    def test_no_more_is_read_than_was_announced(self):
        head = receiving.request_head("POST", PATH, [*signed(), ("Content-Length", "10")])
        with Receiver(PLAIN) as receiver:
            before = receiver.peak_bytes()
            with receiver.connect() as connection:
                answer, sent = receiving.exchange(connection, [head, *(b" " * 65536 for _ in range(1024))])
            self.assertEqual(answer, answered("signature_mismatch"))
            self.assertLess(sent, 24 * MIB)
            self.assertLess(receiver.peak_bytes() - before, 8 * MIB)
            self.assertEqual(receiver.lines()[0]["body_bytes"], 10)
            self.assertEqual(receiver.post(), answered("accepted"))

    def test_a_body_at_the_limit_is_taken_in_chunked_or_not(self):
        body = BODY + b" " * (MIB - len(BODY))
        chunked = [b"%x\r\n" % len(part) + part + b"\r\n" for part in (body[:1], body[1:7], body[7:])]
        with Receiver(PLAIN) as receiver, receiver.connect() as connection:
            head = receiving.request_head("POST", PATH, [*signed(body), ("Transfer-Encoding", "chunked")])
            self.assertEqual(receiving.exchange(connection, [head, *chunked, b"0\r\n\r\n"])[0], answered("accepted"))
            self.assertEqual(receiver.post(body), answered("duplicate"))
            self.assertEqual(receiver.post(body + b" "), answered("body_too_large"))


class SlowSenders(unittest.TestCase):
    """On a clock that the test sets: nobody waits 10 s."""

    HEAD = receiving.request_head("POST", PATH, [*signed(), ("Content-Length", str(len(BODY)))])

    def received(self, connection):
        try:
            return receiving.exchange(connection, [])[0]
        except ConnectionResetError:
            return None

    def test_a_body_that_does_not_come_is_answered_after_10_s(self):
        with Receiver(CHECKED) as receiver, receiver.connect() as connection:
            connection.sendall(self.HEAD + BODY[:-1])
            self.assertFalse(select.select([connection], [], [], 0.3)[0], "it has its time")
            receiver.set_clock(NOW, 10_000)
            answer = self.received(connection)
            self.assertEqual((answer, answer.headers["retry-after"]), (answered("unavailable"), "10"))
            line, = receiver.lines()
            self.assertEqual((line["level"], line["elapsed_ms"]), ("warn", 10_000))
            self.assertIn("did not arrive within 10 s", line["detail"])
            self.assertEqual(receiver.post(), answered("accepted"))

    def test_head_and_body_have_one_deadline(self):
        with Receiver(CHECKED) as receiver, receiver.connect() as connection:
            connection.sendall(self.HEAD[:40])
            self.assertFalse(select.select([connection], [], [], 0.3)[0])
            receiver.set_clock(NOW, 9_000)
            connection.sendall(self.HEAD[40:] + BODY[:-1])
            self.assertFalse(select.select([connection], [], [], 0.3)[0], "it has its time")
            receiver.set_clock(NOW, 10_000)
            self.assertEqual(self.received(connection), answered("unavailable"))

    def test_as_many_as_may_connect_shut_nobody_out(self):
        with Receiver(THREADS) as receiver:
            slow = [receiver.connect() for _ in range(256)]
            for connection in slow:
                connection.sendall(self.HEAD[:40])
            receiver.set_clock(NOW, 10_000)
            for connection in slow:
                self.assertIsNone(self.received(connection).status)
                connection.close()
            self.assertEqual(receiver.post(), answered("accepted"))

    def test_what_breaks_off_is_logged(self):
        with Receiver(CHECKED) as receiver:
            with receiver.connect() as connection:
                connection.sendall(self.HEAD + BODY[:-1])
            self.assertEqual(receiver.post(), answered("accepted"))
            receiver.terminate()  # which returns from no thread before it has logged
            receiver.process.wait(receiving.SECONDS)
            self.assertIn("the body could not be read to its end: the connection: it ended before the body did",
                          [line.get("detail") for line in receiver.lines()])


class Stopping(unittest.TestCase):
    def test_what_is_at_work_is_answered_and_nothing_new_is_taken(self):
        arrived, tell = os.pipe()
        wait, let_on = os.pipe()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            with Receiver(THREADS, gate=(tell, wait)) as receiver, receiver.connect() as idle:
                first = pool.submit(receiver.post)
                self.assertTrue(select.select([arrived], [], [], receiving.SECONDS)[0] and os.read(arrived, 1))
                receiver.terminate()
                self.assertEqual(idle.recv(1), b"", "nobody waits for who asks nothing")
                with self.assertRaises(OSError):
                    receiver.post()
                self.assertIsNone(receiver.process.poll())
                os.write(let_on, b".")
                self.assertEqual(first.result(receiving.SECONDS), answered("accepted"))
        for end in (arrived, tell, wait, let_on):
            os.close(end)

    def test_a_step_that_hangs_does_not_keep_it_from_stopping(self):
        arrived, tell = os.pipe()
        wait, let_on = os.pipe()
        receiver = Receiver(PLAIN, gate=(tell, wait))
        with receiver.connect() as connection:
            connection.sendall(SlowSenders.HEAD + BODY)
            self.assertTrue(select.select([arrived], [], [], receiving.SECONDS)[0] and os.read(arrived, 1))
            receiver.terminate()
            passed_ms = 0
            while receiver.process.poll() is None:
                passed_ms += 11_000
                receiver.set_clock(NOW, passed_ms)
            self.assertEqual(receiver.process.returncode, 1)
        receiver.close()
        for end in (arrived, tell, wait, let_on):
            os.close(end)

    def test_a_log_that_nobody_reads_stops_neither_answers_nor_the_end(self):
        unread, log = os.pipe()
        os.set_blocking(unread, False)
        with Receiver(CHECKED, log=log) as receiver:
            long = b'{"event":"%s","run_id":"1"}' % (b"e" * 200)
            for _ in range(400):
                self.assertEqual(receiver.post(long).status, 200)
            while select.select([unread], [], [], 0)[0]:
                os.read(unread, 1 << 20)
            self.assertEqual(receiver.post(), answered("accepted"))
            said = os.read(unread, 1 << 20).decode()
            self.assertRegex(said, r"\n[1-9]\d* log lines were dropped: the log was full\n\{")
        os.close(unread)
        os.close(log)


if __name__ == "__main__":
    unittest.main()
