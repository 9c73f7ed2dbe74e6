"""The vectors in lines that C can read without a JSON parser: bytes as hex, `-` for none, one case up to `end`."""

import json
import os
import pathlib

VECTORS = pathlib.Path(__file__).resolve().parents[2] / "tests" / "vectors"
DEFAULT_SECONDS = 300


def load():
    path = os.environ.get("OVERTEN_VECTORS") or VECTORS / "deliveries.json"
    return json.loads(pathlib.Path(path).read_text("utf-8"))


def hexed(data):
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    return data.hex() or "-"


def given_bytes(item, name):
    """The bytes of a field that is text, or hex where text cannot say it."""
    if name + "_hex" in item:
        return bytes.fromhex(item[name + "_hex"])
    return item[name].encode("utf-8")


def side(tolerance, name):
    if isinstance(tolerance, dict):
        tolerance = tolerance.get(name, DEFAULT_SECONDS)
    return "off" if tolerance is None else tolerance


def case_lines(case, defaults):
    yield f"case {case['id']}"
    for secret in case["secrets"]:
        yield f"secret {hexed(secret)}"
    for header in case["headers"]:
        yield f"header {hexed(header['name'])} {hexed(given_bytes(header, 'value'))}"
    yield f"body {hexed(given_bytes(case, 'body'))}"
    yield f"spaces {case.get('body_spaces', 0)}"
    yield f"now {case['now']}"
    yield f"limit {case.get('max_body_bytes', defaults['max_body_bytes'])}"
    tolerance = case.get("tolerance", defaults["tolerance"])
    yield f"past {side(tolerance, 'past')}"
    yield f"future {side(tolerance, 'future')}"
    yield from expect_lines(case["expect"])
    yield "end"


def expect_lines(expect):
    yield f"expect {expect['result']}"
    for name in ("code", "status", "payload", "secret", "timestamp", "age", "key", "task_key"):
        if name in expect:
            yield f"expect_{name} {expect[name]}"
    event = dict(expect.get("event", {}))
    if not event:
        return
    yield f"expect_kind {event.pop('kind')}"
    error = event.pop("error", {})
    fields = {"name": event.pop("event"), **event}
    fields |= {f"error_{name}": text for name, text in error.items()}
    for name, value in fields.items():
        yield f"field {name} {hexed(value if isinstance(value, str) else repr(float(value)))}"


def deliveries(document):
    for case in document["cases"]:
        yield from case_lines(case, document["defaults"])


def details(document):
    for item in document["fingerprints"]:
        yield f"fingerprint {hexed(item['secret'])} {item['fingerprint']}"
    for item in document["labels"]:
        labels = " ".join("none" if label is None else hexed(label) for label in item["labels"])
        yield f"labels {item['code'] or 'ok'} {labels}"
    for item in document["signing"]:
        signature = "refused" if item.get("refused") else item["signature"]
        yield f"sign {hexed(item['secret'])} {item['timestamp']} {hexed(given_bytes(item, 'body'))} {signature}"
    for item in document["members"]:
        json_text = "absent" if item["json"] is None else hexed(item["json"])
        yield f"member {hexed(given_bytes(item, 'body'))} {hexed(item['name'])} {json_text}"


def diagnoses(document):
    """The captured deliveries of diagnose.json; what must come of them is compared with the reports."""
    for case in document["cases"]:
        yield f"case {case['id']}"
        for word, secrets in (("secret", case["secrets"]), ("other", case["others"])):
            for secret in secrets:
                yield f"{word} {hexed(secret.get('label', ''))} {hexed(secret['secret'])}"
        for header in case["headers"]:
            yield f"header {hexed(header['name'])} {hexed(header['value'])}"
        yield f"body {hexed(given_bytes(case, 'body'))}"
        yield f"now {case['now']}"
        for word, name in (("limit", "max_body_bytes"), ("tolerance", "tolerance")):
            if name in case:
                yield f"{word} {case[name]}"
        yield "end"


def flipped(document):
    """A copy in which the first case says the opposite: what reads it must fail."""
    copy = json.loads(json.dumps(document))
    case = copy["cases"][0]
    if case["expect"]["result"] == "verified":
        case["expect"] = {"result": "rejected", "code": "signature_mismatch", "status": 401}
    else:
        case["expect"] = {"result": "verified", "secret": 0, "status": 200, "payload": "malformed_payload"}
    return copy
