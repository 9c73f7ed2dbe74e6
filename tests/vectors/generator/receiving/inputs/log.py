"""Texts that would forge or hide a log line, and texts that are too long for one."""

import json

from ..scenario import S1, delivery, event, failed, failed_for_good, scenario

FORGED = '{"code":"accepted","level":"info"}'
WHYS = {
    "newline": f"oops\n{FORGED}",
    "carriage-return": f"oops\r{FORGED}",
    "crlf": f"oops\r\n{FORGED}\r\n",
    "quote": 'oops","code":"accepted","detail":"',
    "backslash": 'a\\","code":"accepted',
    "backslash-last": "C:\\spool\\",
    "tab": "a\tb",
    "line-separator": f"oops\u2028{FORGED}\u2029",
    "next-line": f"oops\x85{FORGED}",
    "bidi": "oops \u202egnihton\u202c \u2066x\u2069",
    "escape-sequence": "\x1b[2K\x1b[1A\x1b[31moops\x1b[0m",
    "c1-escape": "\x9b31moops",
    "delete": "oops\x7f\x08\x08",
    "null": "oops\0more",
    "semicolon": "oops; the claim could not be released, and lapses: forged",
    "secret-like": "whsec_ is a word like any other",
    "emoji": "\U0001f4a5 \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "non-ascii": "Zugriff verweigert f\xfcr \xbb/gr\xf6\xdfe\xab",
    "percent": "%s %d {} {0} ${x} %00",
    "html": "<script>alert(1)</script>&amp;",
    "spaces": "  oops  ",
}
PREFIX = len("the handler failed: ")
ROOM = 2048 - PREFIX


def _named(name, note, **fields):
    body = json.dumps({"event": "run.completed", "run_id": "run_01", **fields}, ensure_ascii=False)
    return scenario(f"named/{name}", note, delivery(body, event=None))


SCENARIOS = [
    *[
        scenario(f"log/{name}", "what an error says stands escaped inside detail", delivery(hand_on=failed(why)))
        for name, why in WHYS.items()
    ],
    scenario("log/forged-for-good", "whichever function said it", delivery(hand_on=failed_for_good(WHYS["newline"]))),
    scenario("log/forged-by-set-aside", "the other too", delivery("not JSON", set_aside=failed(WHYS["newline"]))),
    scenario(
        "log/forged-by-store", "and the store", delivery(claim=failed(WHYS["newline"]), release=failed(WHYS["quote"]))
    ),
    scenario("log/forged-by-commit", "at each step", delivery(commit=failed(WHYS["line-separator"]))),
    scenario("log/forged-by-reader", "and who reads the body", delivery(read={"broken_off": WHYS["newline"]})),
    scenario("log/longest", "exactly 2,048 bytes stand whole", delivery(hand_on=failed(ROOM * "x"))),
    scenario("log/too-long", "a byte more is cut, and the cut shown", delivery(hand_on=failed((ROOM + 1) * "x"))),
    scenario("log/far-too-long", "however long", delivery(hand_on=failed(20_000 * "x"))),
    scenario(
        "log/longest-of-two-bytes", "bytes are counted, not characters", delivery(hand_on=failed((ROOM // 2) * "\xe9"))
    ),
    *[
        scenario(
            f"log/cut-within-a-character-{bytes_}-{shift}",
            "no character is cut in two",
            delivery(hand_on=failed(shift * "x" + 1200 * letter)),
        )
        for bytes_, letter in ((2, "\xe9"), (3, "\u20ac"), (4, "\U0001f4a5"))
        for shift in range(bytes_)
    ],
    scenario(
        "log/cut-hides-the-rest",
        "what follows a long text is cut with it",
        delivery(hand_on=failed(3000 * "x"), release=failed("connection refused")),
    ),
    scenario(
        "log/cut-in-the-second",
        "or in the middle of it",
        delivery(hand_on=failed(1900 * "x"), release=failed(300 * "y")),
    ),
    scenario(
        "log/escapes-are-not-counted", "detail is measured before it is escaped", delivery(hand_on=failed(ROOM * "\n"))
    ),
    _named("forged-event", "names are escaped too", event=WHYS["newline"]),
    _named("forged-run", "each of them", run_id=WHYS["quote"]),
    _named("forged-task", "and the task's", task_id=WHYS["line-separator"]),
    _named("bidi", "nor may they turn what follows", run_id=WHYS["bidi"]),
    _named("escape-sequence", "nor move a cursor", event=WHYS["escape-sequence"]),
    _named("null", "nor end a text", run_id="run\0_01"),
    _named("longest-event", "256 characters stand whole", event=256 * "e"),
    _named("long-event", "257 are cut, and the cut shown", event=257 * "e"),
    _named("long-run", "the run's too", run_id=257 * "r"),
    _named("long-task", "and the task's", task_id=257 * "t"),
    _named("longest-of-four-bytes", "characters are counted, not bytes", run_id=256 * "\U0001f4a5"),
    _named("long-of-four-bytes", "whole characters are cut", run_id=257 * "\U0001f4a5"),
    _named("long-with-escapes", "escapes are not counted", run_id=257 * "\n"),
    _named("all-long", "each by itself", event=300 * "e", run_id=300 * "r", task_id=300 * "t"),
    _named("far-too-long", "however long", run_id=20_000 * "r"),
    scenario(
        "log/duplicate-names-the-event",
        "a duplicate names the event too",
        *[delivery(event(task_id="task_01")) for _ in range(2)],
    ),
    scenario("log/long-label", "a label is shown whole", delivery(), secrets=[{"label": 64 * "a", "secret": S1}]),
]
