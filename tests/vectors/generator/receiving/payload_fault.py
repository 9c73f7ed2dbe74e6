"""SPEC section 4: what is wrong with an authentic body, and where in the received bytes."""

from .. import payload, strict_json
from . import sentences


def sentence(body):
    """What the log says of a body that `payload.event` refuses."""
    fault, field, at = _fault(body)
    field = f"'{field}' " if field else ""
    where = f" (at byte {at})" if at is not None else ""
    return sentences.PAYLOAD.format(what=f"{field}{sentences.PAYLOAD_FAULTS[fault]}{where}")


def _fault(body):
    json = body.removeprefix(payload.BYTE_ORDER_MARK)
    skipped = len(body) - len(json)
    try:
        text = json.decode()
    except UnicodeDecodeError as error:
        return "not_utf8", None, skipped + error.start

    def place(at):
        return skipped + len(text[:at].encode())

    start = len(text) - len(text.lstrip(" \t\r\n"))
    if not text.startswith("{", start):
        return "not_an_object", None, place(start)
    try:
        members = strict_json.read(text)
    except strict_json.Malformed as fault:
        kind = "too_deep" if "nests deeper" in fault.args[0] else "not_json"
        return kind, None, place(fault.at)
    return _fault_of_members(members, place)


def _fault_of_members(members, place):
    for member in members:
        if strict_json.holds_lone_surrogate(member.name):
            return "lone_surrogate_in_name", None, place(member.name_at)
    for name in payload.IDENTIFYING:
        found = [member for member in members if member.name == name]
        if len(found) > 1:
            return "repeated_field", name, place(found[1].value_at)
        value = found[0].value if found else None
        if isinstance(value, str) and strict_json.holds_lone_surrogate(value):
            return "lone_surrogate", name, place(found[0].value_at)
        if name == "task_id":
            continue
        if not found:
            return "missing_field", name, None
        if not isinstance(value, str):
            return "not_text", name, None
        if not value:
            return "empty_text", name, None
    raise AssertionError("the body is an event")
