"""tests/vectors/receiving.json as the C tests read it."""

import json
import os
import pathlib

import export
import library

LATE_STEP_MS = 11_000


def load():
    path = os.environ.get("OVERTEN_RECEIVING_VECTORS") or export.VECTORS / "receiving.json"
    return json.loads(pathlib.Path(path).read_text("utf-8"))


def flipped(document):
    """The first accepted scenario, whose handler fails now: what reads it must fail."""
    scenario = next(it for it in document["scenarios"] if it["requests"][0]["expect"]["code"] == "accepted")
    scenario["requests"][0]["hand_on"] = {"failed": "flipped"}
    return scenario


def body_of(request):
    return export.given_bytes(request, "body") + b" " * request.get("body_spaces", 0)


def headers_of(request):
    return [(export.given_bytes(header, "name"), export.given_bytes(header, "value")) for header in request["headers"]]


def secrets_of(settings):
    """Label, or None, and secret of each."""
    for secret in settings["secrets"]:
        if isinstance(secret, str):
            yield None, secret.encode()
        else:
            label = secret.get("label")
            yield None if label is None else label.encode(), export.given_bytes(secret, "secret")


def options_of(settings):
    flags, sides = 0, []
    for side, off in (("past", library.PAST_UNCHECKED), ("future", library.FUTURE_UNCHECKED)):
        seconds = export.side(settings.get("tolerance", export.DEFAULT_SECONDS), side)
        flags |= off if seconds == "off" else 0
        sides.append(0 if seconds == "off" else seconds)
    return library.Options(library.ctypes.sizeof(library.Options), flags, *sides, settings.get("max_body_bytes", 1 << 20),
                           settings.get("lease_seconds", 60), settings.get("retention_seconds", 604_800),
                           2 if settings.get("scope") == "task" else 1, settings.get("mismatch", 401))


def said(request, step):
    """The outcome of a step, and its words where it failed."""
    outcome = request.get(step, "done")
    if isinstance(outcome, str):
        return outcome, None
    (outcome, why), = outcome.items()
    return outcome, why.encode()


def seen_of(receiver, request, packed, in_thread):
    """What a receiver that takes its steps shows of one request: what `expect` says."""
    it = library.Request(receiver, packed)
    seen = {"steps": [], "handed_on": False, "set_aside": None, "lines": []}
    late = request.get("late")
    ms = 0
    it.begin(request["method"].encode(), request["target"].encode(), headers_of(request))
    while (asked := it.asked()) != "answer":
        seen["steps"].append(asked)
        began_at_ms = ms
        if late == asked and (not in_thread or asked == "read_body"):
            ms = it.step.answer_by_ms
            tell(seen, *it.late(ms))
            if asked == "read_body":
                ms = LATE_STEP_MS
                continue
        if asked == "read_body":
            if "read" in request:
                it.whys.append(request["read"]["broken_off"].encode())
                it.broken_off()
            else:
                it.body(body_of(request)[:it.step.max_body_bytes + 1], request["at"])
                if it.asked() == "claim":
                    seen["key"] = it.key.text.decode()
            continue
        takes_ms = LATE_STEP_MS if late == asked else 0
        if asked == "hand_on":
            seen["handed_on"] = True
            takes_ms = request.get("handler_ms", takes_ms)
        if asked == "set_aside":
            seen["set_aside"] = "failed_for_good" if it.step.failed_for_good else "unreadable"
        ms = began_at_ms + takes_ms
        if asked == "claim":
            ms += request.get("waited_ms", 0)
        outcome, why = said(request, asked)
        if why is not None:
            it.whys.append(why)
        it.advance(outcome, began_at_ms, ms)
    tell(seen, *it.end(ms))
    it.close()
    return seen


def tell(seen, ending, line):
    """Notes the reply, if one is given, and the line, if there is one."""
    answer = ending.answer
    if answer.http_status:
        headers = {"Content-Type": "application/json"}
        if answer.retry_after_seconds:
            headers["Retry-After"] = str(answer.retry_after_seconds)
        if answer.allow:
            headers["Allow"] = answer.allow.decode()
        seen |= {"code": library.word(ending.status), "status": answer.http_status, "headers": headers, "body": answer.body.decode()}
    if line:
        fields = json.loads(line)
        assert fields["level"] == library.LEVELS[ending.level] and fields["code"] == library.word(ending.status)
        assert isinstance(fields.pop("elapsed_ms"), int)
        seen["lines"].append(fields)


def in_order(value):
    """With the order of every object's fields, which a comparison of dicts does not see, but for those of `expect` itself."""
    return dict(value) | {"lines": [list(line.items()) for line in value["lines"]]}


def difference(scenario):
    """The first way in which the library does otherwise than the scenario says, or None."""
    settings = scenario["settings"]
    path = settings["path"].encode() if "path" in settings else None
    for packed in (False, True):
        with library.Receiver(list(secrets_of(settings)), path, options_of(settings)) as receiver:
            for request in scenario["requests"]:
                for expect, in_thread in (("expect", False), ("expect_in_thread", True)):
                    if expect not in request:
                        continue
                    seen = seen_of(receiver, request, packed, in_thread)
                    if in_order(seen) != in_order(request[expect]):
                        return f"{scenario['id']}, {expect}, packed {packed}:\nexpected {request[expect]}\nseen     {seen}"
    return None
