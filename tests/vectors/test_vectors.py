"""The vectors are well formed, are what their inputs give, and leave nothing out.

    python3 -m unittest discover -s tests/vectors

needs the packages of tests/requirements.txt. `OVERTEN_VECTORS` names another deliveries file to judge instead.
"""

import ast
import hashlib
import hmac
import json
import os
import sys
import unittest
from pathlib import Path

import jsonschema

import generate
from generator import cases, codes, diagnosis, payload, strict_json, verdict
from generator.bug_cases import CASES_BY_FAULT

HERE = Path(__file__).resolve().parent
SCHEMAS = HERE.parent / "schema"
SCHEMA_OF = {
    "deliveries.json": "deliveries.schema.json",
    "details.json": "details.schema.json",
    "codes.json": "codes.schema.json",
    "diagnose.json": "diagnose.schema.json",
    "captures.json": "captures.schema.json",
    "raw_lines.json": "raw_lines.schema.json",
    "receiving.json": "receiving.schema.json",
    "hmac/rfc4231.json": "hmac.schema.json",
}
FAULTS = [
    "K1-01",
    "K1-02",
    "K1-04",
    "K1-06",
    "K1-08",
    "K2-01",
    "K2-04",
    "K2-05",
    "K2-06",
    "K2-08",
    "K2-09",
    "K3-01",
    "K3-02",
    "K3-03",
    "K3-05",
    "K3-06",
    "K3-07",
    "K3-08",
    "K3-09",
    "K3-10",
    "K4-01",
    "K4-02",
    "K4-04",
    "K4-05",
    "K4-06",
    "K4-09",
    "K5-01",
    "K5-02",
    "K5-04",
    "K5-06",
    "K5-08",
    "K5-09",
    "K5-11",
    "K6-01",
    "K6-02",
    "K6-04",
    "K6-06",
    "K6-08",
    "K9-01",
    "K9-02",
    "K9-04",
    "K9-05",
    "K9-07",
]


def load(name):
    return json.loads((HERE / name).read_text("utf-8"))


def bytes_of(holder, name):
    return holder[name].encode() if name in holder else bytes.fromhex(holder[f"{name}_hex"])


def judge(case):
    """The verdict on a case as any stack reads it from the file."""
    headers = [(header["name"], bytes_of(header, "value")) for header in case["headers"]]
    body = bytes_of(case, "body") + b" " * case.get("body_spaces", 0)
    settings = {name: case[name] for name in ("max_body_bytes", "tolerance") if name in case}
    return verdict.expect(case["secrets"], headers, body, case["now"], **settings)


def failures(document):
    """The ids of the cases whose verdict is not the expected one, and how many cases ran."""
    failed = [case["id"] for case in document["cases"] if judge(case) != case["expect"]]
    return failed, len(document["cases"])


class Schemas(unittest.TestCase):
    def test_every_file_has_the_form_of_its_schema(self):
        for name, schema_name in SCHEMA_OF.items():
            with self.subTest(name):
                validator(schema_name).validate(load(name))

    def test_every_object_forbids_unknown_properties(self):
        for schema_name in SCHEMA_OF.values():
            for where, schema in objects_in(json.loads((SCHEMAS / schema_name).read_text()), schema_name):
                self.assertIs(schema.get("additionalProperties"), False, where)

    def test_an_unknown_property_is_refused_wherever_it_stands(self):
        for name, schema_name in SCHEMA_OF.items():
            schema = validator(schema_name)
            document, holders = one_of_each_shape(load(name))
            self.assertTrue(schema.is_valid(document))
            for holder in holders:
                holder["unknown"] = 1
                with self.subTest(name, keys=sorted(holder)):
                    self.assertFalse(schema.is_valid(document))
                del holder["unknown"]


class Files(unittest.TestCase):
    def test_committed_files_are_what_their_inputs_give(self):
        self.assertEqual(generate.differing(), [], "run tests/vectors/generate.py and look at the difference")

    def test_counts_are_those_of_the_lists(self):
        self.assertEqual(load("deliveries.json")["count"], len(load("deliveries.json")["cases"]))
        self.assertEqual(load("codes.json")["count"], len(load("codes.json")["codes"]))
        for name in ("diagnose.json", "captures.json", "raw_lines.json"):
            self.assertEqual(load(name)["count"], len(load(name)["cases"]))
        self.assertEqual(load("receiving.json")["count"], len(load("receiving.json")["scenarios"]))
        self.assertEqual(load("hmac/rfc4231.json")["count"], len(load("hmac/rfc4231.json")["cases"]))

    def test_nothing_stands_twice(self):
        details = load("details.json")
        self.assert_unique([case["id"] for case in load("deliveries.json")["cases"]])
        for name in ("diagnose.json", "captures.json", "raw_lines.json"):
            self.assert_unique([case["id"] for case in load(name)["cases"]])
        self.assert_unique([scenario["id"] for scenario in load("receiving.json")["scenarios"]])
        self.assert_unique([code["code"] for code in load("codes.json")["codes"]])
        self.assert_unique([code["number"] for code in load("codes.json")["codes"]])
        self.assert_unique([entry["secret"] for entry in details["fingerprints"]])
        self.assert_unique([json.dumps(entry["labels"]) for entry in details["labels"]])
        self.assert_unique([json.dumps(entry) for entry in details["signing"]])
        self.assert_unique([(entry["body"], entry["name"]) for entry in details["members"]])

    def test_no_two_cases_have_the_same_inputs(self):
        def inputs(case):
            return json.dumps({name: part for name, part in case.items() if name not in ("id", "note")})

        seen = {}
        scenarios = load("receiving.json")["scenarios"]
        for case in load("deliveries.json")["cases"] + load("diagnose.json")["cases"] + scenarios:
            seen.setdefault(inputs(case), []).append(case["id"])
        self.assertEqual([ids for ids in seen.values() if len(ids) > 1], [])

    def assert_unique(self, entries):
        self.assertEqual(sorted({entry for entry in entries if entries.count(entry) > 1}, key=str), [])


class Deliveries(unittest.TestCase):
    def test_every_verdict_follows_from_the_file_alone(self):
        named = os.environ.get("OVERTEN_VECTORS")
        document = json.loads(Path(named).read_text("utf-8")) if named else load("deliveries.json")
        failed, ran = failures(document)
        self.assertEqual(failed, [])
        self.assertEqual(ran, document["count"])
        self.assertGreater(ran, 0)

    def test_a_flipped_case_fails(self):
        document = load("deliveries.json")
        accepted = next(case for case in document["cases"] if case["expect"]["result"] == "verified")
        signature = accepted["headers"][0]["value"]
        accepted["headers"][0]["value"] = signature[:-1] + ("0" if signature[-1] != "0" else "1")
        self.assertEqual(failures(document)[0], [accepted["id"]])

    def test_no_two_tuples_share_a_key(self):
        tuples = {}
        for case in cases:
            fields = case.expect.get("event")
            if fields is None:
                continue
            run = (fields["event"], fields["run_id"])
            tuples.setdefault(case.expect["key"], set()).add(run)
            task_id = fields.get("task_id")
            tuples.setdefault(case.expect["task_key"], set()).add((*run, task_id) if task_id else case.received_body)
        self.assertEqual({key: held for key, held in tuples.items() if len(held) > 1}, {})

    def test_the_strict_reader_takes_nothing_that_a_lax_one_refuses(self):
        read = 0
        for case in cases:
            text = case.received_body.removeprefix(payload.BYTE_ORDER_MARK).decode("utf-8", "replace")
            try:
                value = strict_json.read(text)
            except strict_json.Malformed:
                continue
            self.assertEqual(plain(value), json.loads(text, parse_int=float), case.id)
            read += 1
        self.assertGreater(read, 100)


class Coverage(unittest.TestCase):
    def test_every_code_that_a_vector_can_show_has_one(self):
        shown = {case.expect.get("code", case.expect.get("payload")) for case in cases}
        shown |= {entry["code"] for entry in load("details.json")["labels"]}
        words = {code["code"] for code in load("codes.json")["codes"]}
        self.assertEqual(words - shown, codes.WITHOUT_VECTOR)
        self.assertLessEqual(shown - {None}, words)

    def test_every_expected_status_is_that_of_its_code(self):
        status = {code["code"]: code["status"] for code in load("codes.json")["codes"]}
        for case in load("deliveries.json")["cases"]:
            code = case["expect"].get("code") or case["expect"].get("payload", "accepted")
            self.assertEqual(case["expect"]["status"], status[code], case["id"])

    def test_every_known_fault_has_a_case(self):
        ids = {case.id for case in cases}
        self.assertEqual(sorted(CASES_BY_FAULT), sorted(FAULTS))
        for fault, names in CASES_BY_FAULT.items():
            self.assertTrue(names, fault)
            self.assertEqual([name for name in names if name not in ids], [], fault)


class Diagnoses(unittest.TestCase):
    def test_every_cause_and_every_suspicion_has_a_case(self):
        for kind, words in (("causes", diagnosis.CAUSES), ("suspicions", diagnosis.SUSPICIONS)):
            shown = {word for case in diagnosis.CASES for word in getattr(case, kind)}
            self.assertEqual(sorted(set(words) - shown), [], kind)
            self.assertEqual(load("diagnose.json")[kind], words)

    def test_a_case_has_causes_where_the_receiver_refuses_what_the_sender_signed(self):
        for case in diagnosis.CASES:
            with self.subTest(case.id):
                kind = case.id.partition("/")[0]
                self.assertEqual(case.outcome == "verifies", kind == "verifies")
                self.assertEqual(case.outcome == "unexplained", kind in ("nothing", "forged"))


class Independence(unittest.TestCase):
    def test_the_generator_needs_the_standard_library_alone(self):
        files = [HERE / "generate.py", *sorted((HERE / "generator").rglob("*.py"))]
        self.assertGreater(len(files), 10)
        for file in files:
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and node.level == 0:
                    names.append(node.module)
                for name in names:
                    root = name.partition(".")[0]
                    self.assertTrue(root in sys.stdlib_module_names or root == "generator", f"{file}: {name}")

    def test_hmac_gives_the_known_answers(self):
        for case in load("hmac/rfc4231.json")["cases"]:
            key, data = bytes.fromhex(case["key_hex"]), bytes.fromhex(case["data_hex"])
            mac = hmac.new(key, data, hashlib.sha256).hexdigest()
            self.assertEqual(mac[: len(case["mac_hex"])], case["mac_hex"], case["id"])


def validator(schema_name):
    schema = json.loads((SCHEMAS / schema_name).read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def objects_in(schema, where):
    """Every part of a schema that says what an object holds."""
    if isinstance(schema, list):
        schema = dict(enumerate(schema))
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object":
        yield where, schema
    for name, part in schema.items():
        yield from objects_in(part, f"{where}/{name}")


def one_of_each_shape(document):
    """The document with only those list entries that hold an object of keys not seen before, and these objects."""
    seen, holders = set(), [document]
    for name, part in document.items():
        if isinstance(part, list):
            document[name] = [entry for entry in part if new_shapes(entry, seen, holders)]
        elif isinstance(part, dict):
            new_shapes(part, seen, holders)
    return document, holders


def new_shapes(part, seen, holders):
    """Adds the objects in `part` whose keys were not seen; whether there were any."""
    found = 0
    waiting = [part]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict) and tuple(sorted(item)) not in seen:
            seen.add(tuple(sorted(item)))
            holders.append(item)
            found += 1
        if isinstance(item, (dict, list)):
            waiting.extend(item.values() if isinstance(item, dict) else item)
    return found > 0


def plain(value):
    """A strictly read value as Python's own reader gives it: of a member that stands twice, the last one."""
    if isinstance(value, strict_json.Object):
        return {member.name: plain(member.value) for member in value}
    if isinstance(value, strict_json.Array):
        return [plain(item) for item in value]
    if isinstance(value, strict_json.Number):
        return float(value.text)
    return value


if __name__ == "__main__":
    unittest.main()
