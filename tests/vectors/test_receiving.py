"""receiving.json follows from itself, and leaves out no code, no row of the table, no level and no sentence.

`OVERTEN_RECEIVING_VECTORS` names another file to judge instead.
"""

import json
import os
import re
import unittest
from pathlib import Path

from generator.receiving import scenario, sentences

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent.parent / "core/src/reception/table.rs"
STEPS = ("claim", "hand_on", "set_aside", "commit", "release")
ROW = re.compile(r"^    row\((\w+),\s+Outcome::(\w+),", re.MULTILINE)


def load():
    named = os.environ.get("OVERTEN_RECEIVING_VECTORS")
    return json.loads(Path(named or HERE / "receiving.json").read_text("utf-8"))


def failures(document):
    """The ids of the scenarios that do not come out as they say."""
    return [it["id"] for it in document["scenarios"] if scenario.read(it).as_json() != it]


def requests(document):
    return [request for it in document["scenarios"] for request in it["requests"]]


def expectations(document):
    for request in requests(document):
        yield request, request["expect"]
        if "expect_in_thread" in request:
            yield request, request["expect_in_thread"]


def lines(document):
    return [line for _, expect in expectations(document) for line in expect["lines"]]


class Receiving(unittest.TestCase):
    def test_every_expectation_follows_from_the_file_alone(self):
        document = load()
        self.assertEqual(failures(document), [])
        self.assertEqual(len(document["scenarios"]), document["count"])
        self.assertGreaterEqual(document["count"], 150)

    def test_a_flipped_scenario_fails(self):
        document = load()
        flipped = next(it for it in document["scenarios"] if it["requests"][0]["expect"]["code"] == "accepted")
        flipped["requests"][0]["hand_on"] = {"failed": "flipped"}
        self.assertEqual(failures(document), [flipped["id"]])

    def test_lines_have_their_fields_in_order(self):
        order = ["code", "level", "event", "run_id", "task_id", "secret", "age_seconds", "body_bytes", "detail"]
        for line in lines(load()):
            self.assertEqual(list(line), [name for name in order if name in line])

    def test_only_a_late_step_is_answered_before_its_end(self):
        for request in requests(load()):
            is_answered_early = request.get("late", "read_body") != "read_body"
            self.assertEqual(len(request["expect"]["lines"]), 2 if is_answered_early else 1)
            self.assertEqual("expect_in_thread" in request, is_answered_early)


class Coverage(unittest.TestCase):
    def test_every_code_that_is_answered_has_a_scenario(self):
        codes = json.loads((HERE / "codes.json").read_text("utf-8"))["codes"]
        answered = {(expect["code"], expect["body"]) for _, expect in expectations(load()) if expect["body"]}
        self.assertEqual(answered, {(code["code"], code["reply"]) for code in codes if code["reply"]})

    def test_every_row_of_the_table_has_a_scenario(self):
        rows = set(ROW.findall(TABLE.read_text("utf-8")))
        self.assertGreater(len(rows), 20)
        self.assertEqual({row for request in requests(load()) for row in rows_of(request)}, rows)

    def test_every_late_step_has_a_scenario(self):
        shown = {(request["late"], request["expect"]["code"]) for request in requests(load()) if "late" in request}
        self.assertEqual({step for step, _ in shown}, {"read_body", *STEPS})
        self.assertEqual({step for step, code in shown if code == "in_flight"}, {"hand_on", "set_aside"})

    def test_every_rule_of_a_level_decides_a_line(self):
        by_code = {(line["code"], line["level"]) for line in lines(load())}
        for code in ("body_too_large", "quarantined", "misconfigured"):
            self.assertEqual({level for it, level in by_code if it == code}, {"error"}, code)
        unavailable = {("secret" in line, line["level"]) for line in lines(load()) if line["code"] == "unavailable"}
        self.assertEqual(unavailable, {(True, "error"), (False, "warn")}, "a stranger can cause the one, not the other")
        for code in ("signature_mismatch", "timestamp_too_old", "timestamp_in_future"):
            self.assertEqual({level for it, level in by_code if it == code}, {"warn"}, code)
        for code in ("missing_signature", "malformed_timestamp", "not_found", "method_not_allowed", "in_flight"):
            self.assertIn((code, "info"), by_code)
        by_remark = {(line.get("detail", ""), line["level"]) for line in lines(load()) if line["code"] == "accepted"}
        remarks = [sentences.CLAIM_LOST, sentences.OTHER_EVENT, sentences.LATE, sentences.OUTLIVED]
        for remark in remarks:
            self.assertIn((remark.format(lease_seconds=5), "warn"), by_remark)
        self.assertIn(("", "info"), by_remark)
        self.assertIn((f"{sentences.FAULTS['hand_on_for_good']}: no such contract", "error"), by_remark)
        self.assertIn(
            (sentences.still_at("hand_on"), "warn"), {(it.get("detail"), it["level"]) for it in lines(load())}
        )

    def test_every_sentence_is_said(self):
        said = "\n".join(line.get("detail", "") for line in lines(load()))
        missing = [text for text in all_sentences() if not re.search(pattern(text), said)]
        self.assertEqual(missing, [])

    def test_the_store_says_each_of_its_answers_with_and_without_a_script(self):
        scenarios = load()["scenarios"]
        said = {
            (json.dumps(request["claim"]).startswith("{") or request["claim"], it.get("scripted_store", False))
            for it in scenarios
            for request in it["requests"]
            if "claim" in request
        }
        expected = {
            ("new", False),
            ("duplicate", False),
            ("new", True),
            ("duplicate", True),
            ("in_flight", True),
            (True, True),
        }
        self.assertEqual(said, expected)


def rows_of(request):
    """The rows of core's table that a request passes through, by the names they have there."""
    expect = request["expect"]
    last = expect["lines"][-1]["code"]
    if not expect["steps"]:
        return [("Request", "Refused")]
    rows = [("Request", "WellFormed")]
    if "claim" not in expect["steps"]:
        return [*rows, ("ReadBody", "BrokenOff" if last == "unavailable" else "Refused")]
    is_unreadable = expect["key"].startswith("body=") and "run_id" not in expect["lines"][-1]
    rows.append(("ReadBody", "Unreadable" if is_unreadable else "Readable"))
    for step, following in zip(expect["steps"][1:], [*expect["steps"][2:], None], strict=True):
        said = request["claim"] if step == "claim" else request.get(step, "done")
        [word] = said if isinstance(said, dict) else [said]
        if word == "new" and following == "release":
            word = "new_lapsed"
        if word == "new" and is_unreadable:
            word = "new_unreadable"
        rows.append((camel(step), camel(word)))
    return rows


def camel(word):
    return "".join(part.capitalize() for part in word.split("_"))


def all_sentences():
    for name, value in vars(sentences).items():
        if name.isupper():
            yield from value.values() if isinstance(value, dict) else [value]


def pattern(text):
    """A sentence with anything in the places that are filled in."""
    return re.sub(r"\\\{\w+\\\}", ".+", re.escape(text))


if __name__ == "__main__":
    unittest.main()
