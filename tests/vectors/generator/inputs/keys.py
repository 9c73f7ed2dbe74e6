"""The two idempotency keys of a delivery (SPEC section 5): no two tuples share one."""

from ..case import V0, V1, delivery

PLAIN = "1 to 128 characters of A to Z, a to z, 0 to 9, dot, underscore and hyphen stand in the key as they are"
DIGEST = "any other part makes the key a digest of all parts"
APART = "parts that join to the same text have other keys"
WHOLE_BODY = "without a task to name, the task scope's key is that of the body"
EVERY_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"


def parts(event="run.completed", run_id="r", task_id=None):
    task = "" if task_id is None else f',"task_id":"{task_id}"'
    return f'{{"event":"{event}","run_id":"{run_id}"{task}}}'


BODIES = {
    PLAIN: {
        "every-plain-character": parts(run_id=EVERY_PLAIN, task_id=EVERY_PLAIN),
        "one-character": parts("e", "r", "t"),
        "run-id-128": parts(run_id=128 * "r"),
        "event-128": parts(128 * "e"),
        "all-128": parts(128 * "e", 128 * "r", 128 * "t"),
        "dots-only": parts("...", "..", "."),
        "event-of-another-case": parts("RUN.COMPLETED", "R"),
        "escaped-plain": parts(run_id=r"\u0072un_01", task_id=r"t\u002d1"),
        "unknown-event": parts("run.paused", "run_01", "task_01"),
        "failed": parts("run.failed", "run_01", "task_01"),
        "completed": parts("run.completed", "run_01", "task_01"),
        "completed-other-task": parts("run.completed", "run_01", "task_02"),
        "looks-like-a-digest": parts(run_id=64 * "a"),
    },
    DIGEST: {
        "run-id-129": parts(run_id=129 * "r"),
        "run-id-129-with-task": parts(run_id=129 * "r", task_id="t"),
        "event-129": parts(129 * "e"),
        "event-129-with-task": parts(129 * "e", task_id="t"),
        "run-id-ten-thousand": parts(run_id=10000 * "r", task_id="t"),
        "run-id-non-ascii": parts(run_id="run_\xe9"),
        "run-id-escaped-non-ascii": parts(run_id=r"run_\u00e9", task_id="t"),
        "run-id-nfd": parts(run_id="run_e\u0301"),
        "run-id-cyrillic-a": parts(run_id="run_\u0430"),
        "run-id-emoji": parts(run_id="\U0001f600", task_id="\U0001f600"),
        "run-id-surrogate-pair": parts(run_id=r"\ud83d\ude00", task_id="t"),
        "run-id-arabic-digits": parts(run_id="run_\u0660\u0661"),
        "run-id-full-width": parts(run_id="\uff52\uff55\uff4e"),
        "run-id-equals": parts(run_id="a=b"),
        "run-id-plus": parts(run_id="a+b"),
        "run-id-percent": parts(run_id="a%2Fb"),
        "run-id-space-inside": parts(run_id="a b"),
        "run-id-bom": parts(run_id="\ufeffr"),
        "run-id-nul": parts(run_id=r"r\u0000"),
        "run-id-path": parts(run_id="../r"),
        "run-id-like-a-body-key": parts(run_id="body=" + 64 * "a"),
        "event-like-a-digest": parts("sha256=" + 64 * "a"),
        "event-like-a-body-key": parts("body=" + 64 * "a", task_id="t"),
        "event-non-ascii": parts("run.termin\xe9", task_id="t"),
        "event-colon": parts("run:completed"),
        "task-id-non-ascii": parts(task_id="t\xe9"),
        "task-id-colon": parts(task_id="a:b"),
        "task-id-newline": parts(task_id=r"t\n"),
        "task-id-nul": parts(task_id=r"t\u0000"),
    },
    APART: {
        "apart-colon-in-event": parts("run.completed:a", "b"),
        "apart-colon-in-run-id": parts("run.completed", "a:b"),
        "apart-three-plain": parts("run.completed", "a", "b"),
        "apart-border-one": parts("\xe9a", "b", "c"),
        "apart-border-two": parts("\xe9", "ab", "c"),
        "apart-border-three": parts("\xe9", "a", "bc"),
        "apart-event-and-run-swapped": parts("\xe9", "\xe8"),
        "apart-run-and-event-swapped": parts("\xe8", "\xe9"),
        "apart-run-and-task-swapped": parts("\xe9", "t", "r"),
        "apart-task-and-run-swapped": parts("\xe9", "r", "t"),
        "apart-latin1-and-utf8": parts(run_id="\xc3\xa9"),
        "apart-length-as-text": parts("\xe9", r"a\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0001b"),
        "apart-length-as-parts": parts("\xe9", "a", "b"),
    },
    WHOLE_BODY: {
        "task-id-absent": parts(run_id="run_01"),
        "task-id-empty": parts(run_id="run_01", task_id=""),
        "task-id-null": '{"event":"run.completed","run_id":"run_01","task_id":null}',
        "task-id-number": '{"event":"run.completed","run_id":"run_01","task_id":1}',
        "task-id-absent-spaced": V1.replace(",", ", "),
        "task-id-absent-newline": V1 + "\n",
        "task-id-absent-bom": "\ufeff" + V1,
        "task-id-nested-only": '{"event":"run.completed","run_id":"run_01","data":{"task_id":"t"}}',
    },
}

CASES = [
    *[
        delivery(f"keys/{slug}", rule, body, event=None)
        for rule, bodies in BODIES.items()
        for slug, body in bodies.items()
    ],
    delivery("keys/retry", "the key does not depend on the timestamp", V0, timestamp=1760000100),
    delivery("keys/spaced-same-event", "in run scope the key does not depend on spacing", V0.replace(":", ": ")),
]
