"""Authentic deliveries that cannot be read: kept as they are, then never sent again."""

from ...case import arrays, with_member
from ..scenario import NOW, V1, delivery, event, failed, scenario


def _unreadable(name, note, body, **rest):
    return scenario(f"unreadable/{name}", note, delivery(body, **rest))


SCENARIOS = [
    _unreadable("empty", "no body at all", ""),
    _unreadable("blank", "white space alone", " \n\t"),
    _unreadable("text", "no JSON object", "not JSON"),
    _unreadable("array", "JSON, and no object", "[1]"),
    _unreadable("spaces-then-text", "the offset is that of the fault", "  \r\n x"),
    _unreadable("byte-order-mark-twice", "one BOM is taken off", "\ufeff\ufeff" + V1),
    _unreadable("not-utf-8", "bytes that no text holds", b'{"event":"run.completed","run_id":"r\xff"}'),
    _unreadable("not-utf-8-after-mark", "offsets count the BOM", b'\xef\xbb\xbf{"event":"\xff"}'),
    _unreadable("not-utf-8-cut", "a letter cut in two", V1.encode() + b"\xc3"),
    _unreadable("cut", "cut short, and signed so", V1[:-1]),
    _unreadable("cut-in-text", "cut within a text", V1[:-3]),
    _unreadable("cut-after-mark", "offsets count the BOM", "\ufeff" + V1[:-1]),
    _unreadable("followed", "something follows", f"{V1}x"),
    _unreadable("followed-on-another-line", "offsets count lines too", f"{V1}\n\n x"),
    _unreadable("two-objects", "two in one body", V1 + V1),
    _unreadable("deep", "deeper than 128", with_member(f'"x":{arrays(128)}')),
    scenario("unreadable/deepest", "128 deep is read", delivery(with_member(f'"x":{arrays(127)}'))),
    _unreadable("no-event", "no event", '{"run_id":"r"}'),
    _unreadable("no-run", "no run", '{"event":"run.completed"}'),
    _unreadable("empty-object", "nothing at all", "{}"),
    _unreadable("empty-event", "an empty event", event(name="")),
    _unreadable("empty-run", "an empty run", event("")),
    _unreadable("event-of-another-type", "an event that is no text", '{"event":7,"run_id":"r"}'),
    _unreadable("run-null", "a run that is null", '{"event":"run.completed","run_id":null}'),
    _unreadable("event-twice", "an event twice, though they agree", with_member('"event":"run.completed"')),
    _unreadable("run-twice", "a run twice", with_member('"run_id":"s"')),
    _unreadable("task-twice", "a task twice", with_member('"task_id":"a","task_id":"b"')),
    _unreadable("run-twice-by-an-escape", "names compare decoded", with_member(r'"run\u005fid":"s"')),
    _unreadable("run-twice-behind-letters", "offsets count bytes", with_member('"\xe9":"\xe9","run_id":"s"')),
    _unreadable("lone-surrogate-in-event", "half a character", r'{"event":"\ud83d","run_id":"r"}'),
    _unreadable("lone-surrogate-in-run", "half a character", r'{"event":"run.completed","run_id":"\ude00"}'),
    _unreadable("lone-surrogate-in-task", "half a character", with_member(r'"task_id":"\ud83d"')),
    _unreadable("lone-surrogate-in-name", "half a character in a name", with_member(r'"\ud83d":1')),
    _unreadable("signed-with-age", "the line has secret, age and bytes", "not JSON", sent=NOW - 7),
    _unreadable("not-kept", "what cannot be kept is sent again", "not JSON", set_aside=failed("disk full")),
    _unreadable("not-kept-without-words", "with nothing to say of it", "not JSON", set_aside=failed("")),
    _unreadable(
        "not-kept-not-released",
        "both are told, behind what is wrong with the body",
        "not JSON",
        set_aside=failed("the log is switched off"),
        release=failed("connection refused"),
    ),
    _unreadable("not-committed", "kept, and perhaps kept again", "not JSON", commit=failed("connection refused")),
    _unreadable("claim-lost", "kept, perhaps twice", "not JSON", commit="claim_lost"),
    scenario(
        "unreadable/lapsed-before-it-began",
        "who waited too long does not begin to keep it either",
        delivery("not JSON", waited_ms=5_000),
        lease_seconds=5,
    ),
    scenario(
        "unreadable/waited-within-the-lease", "in time it does", delivery("not JSON", waited_ms=4_999), lease_seconds=5
    ),
    _unreadable("store-failed", "the store fails for it as for an event", "not JSON", claim=failed("no answer")),
]
