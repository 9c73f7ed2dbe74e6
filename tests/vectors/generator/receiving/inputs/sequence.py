"""Several requests one after the other: duplicates, retries, resumed runs, retention, and clocks put back."""

from ...case import ZEROS
from ..scenario import NOW, S2, V1, delivery, event, failed, failed_for_good, scenario

DAY = 86_400
WEEK = 7 * DAY
RESUMED = [event(task_id="task_01"), event(task_id="task_02")]
LONG = {"tolerance": {"past": 2 * WEEK}, "retention_seconds": 3 * WEEK}

SCENARIOS = [
    scenario("sequence/duplicate", "sent twice, handled once", delivery(), delivery(at=NOW + 1)),
    scenario("sequence/duplicate-same-second", "even at once", delivery(), delivery()),
    scenario(
        "sequence/duplicate-many", "each time again", *[delivery(at=NOW + 30 * count, sent=NOW) for count in range(6)]
    ),
    scenario(
        "sequence/duplicate-signed-anew",
        "a new signature and time make no new event",
        delivery(),
        delivery(at=NOW + 200),
    ),
    scenario(
        "sequence/duplicate-of-other-bytes",
        "the key is the event's, whatever else the body says",
        delivery(),
        delivery('{"run_id":"run_01","event":"run.completed","more":1}', at=NOW + 1),
    ),
    scenario("sequence/other-run", "another run is another event", delivery(), delivery(event("run_02"), at=NOW + 1)),
    scenario(
        "sequence/other-event-of-the-run",
        "so is another event of the run, in whatever order",
        delivery(event(name="run.failed"), event="run.failed"),
        delivery(at=NOW + 1),
        delivery(event(name="run.failed"), event="run.failed", at=NOW + 2),
    ),
    scenario(
        "sequence/forged-between",
        "a forged one in between claims nothing",
        delivery(signature=ZEROS),
        delivery(),
        delivery(signature=ZEROS),
    ),
    scenario(
        "sequence/stale-duplicate", "a stale one is no duplicate yet", delivery(), delivery(at=NOW + 301, sent=NOW)
    ),
    scenario(
        "sequence/run-scope-resumed",
        "in run scope a resumed run's second task is a duplicate",
        *[delivery(body, at=NOW + at) for at, body in enumerate(RESUMED)],
    ),
    scenario(
        "sequence/task-scope-resumed",
        "in task scope it is new, and its replay a duplicate",
        *[delivery(body, at=NOW + at) for at, body in enumerate([*RESUMED, *RESUMED])],
        scope="task",
    ),
    scenario(
        "sequence/task-scope-without-task",
        "without a task its body is the key: other bytes are another event",
        delivery(),
        delivery(at=NOW + 1),
        delivery(f"{V1} ", at=NOW + 2),
        scope="task",
    ),
    scenario(
        "sequence/task-scope-empty-task", "an empty task_id names no task", delivery(event(task_id="")), scope="task"
    ),
    scenario(
        "sequence/task-scope-task-of-another-type",
        "nor does a number",
        delivery('{"event":"run.completed","run_id":"run_01","task_id":7}'),
        scope="task",
    ),
    scenario(
        "sequence/task-scope-hashed",
        "parts that are not plain are hashed",
        delivery(event(task_id="a b")),
        scope="task",
    ),
    scenario(
        "sequence/hashed-key",
        "a run of other characters has a hashed key",
        delivery(event("run 01")),
        delivery(event("run 01"), at=NOW + 1),
    ),
    scenario(
        "sequence/hashed-key-parts",
        "the parts' border counts",
        delivery(event("b:c", name="a"), event="a"),
        delivery(event("c", name="a:b"), event="a:b", at=NOW + 1),
    ),
    scenario("sequence/key-longest-plain-part", "128 characters are plain", delivery(event(128 * "r"))),
    scenario("sequence/key-part-too-long", "129 are not", delivery(event(129 * "r"))),
    scenario("sequence/key-case", "names and values compare exactly", delivery(event("RUN_01")), delivery(at=NOW + 1)),
    scenario(
        "sequence/retried-after-failure",
        "failed, sent again, accepted, and then a duplicate",
        delivery(hand_on=failed("no disk space")),
        delivery(at=NOW + 10),
        delivery(at=NOW + 20),
    ),
    scenario(
        "sequence/failed-again-and-again",
        "each time it may begin",
        *[delivery(at=NOW + 60 * count, hand_on=failed("no disk space")) for count in range(4)],
        delivery(at=NOW + 240),
    ),
    scenario(
        "sequence/failed-for-good-then-replayed",
        "set aside, so its replay is a duplicate",
        delivery(hand_on=failed_for_good("no such contract")),
        delivery(at=NOW + 10),
    ),
    scenario(
        "sequence/set-aside-failed-then-done",
        "not set aside is not done: sent again, handled anew",
        delivery(hand_on=failed_for_good("no such contract"), set_aside=failed("read-only file system")),
        delivery(at=NOW + 10, hand_on=failed_for_good("no such contract")),
        delivery(at=NOW + 20),
    ),
    scenario(
        "sequence/failed-then-failed-for-good",
        "a handler that changes its mind",
        delivery(hand_on=failed("timeout")),
        delivery(at=NOW + 10, hand_on=failed_for_good("gone")),
        delivery(at=NOW + 20),
    ),
    scenario(
        "sequence/quarantined-replayed",
        "what cannot be read is kept once",
        delivery("not JSON"),
        delivery("not JSON", at=NOW + 10),
    ),
    scenario(
        "sequence/quarantined-other-bytes",
        "its key is its bytes",
        delivery("not JSON"),
        delivery("not JSON ", at=NOW + 10),
    ),
    scenario(
        "sequence/quarantined-task-scope",
        "in either scope",
        delivery("not JSON"),
        delivery("not JSON", at=NOW + 10),
        scope="task",
    ),
    scenario(
        "sequence/quarantine-failed-then-done",
        "not kept is not done",
        delivery("not JSON", set_aside=failed("disk full")),
        delivery("not JSON", at=NOW + 10),
        delivery("not JSON", at=NOW + 20),
    ),
    scenario(
        "sequence/quarantined-then-readable",
        "sent again as an event it is one",
        delivery(f"{V1}}}"),
        delivery(at=NOW + 10),
    ),
    scenario("sequence/retention-edge", "kept for exactly its retention", delivery(), delivery(at=NOW + WEEK)),
    scenario("sequence/retention-lapsed", "a second later it counts as new", delivery(), delivery(at=NOW + WEEK + 1)),
    scenario(
        "sequence/retention-not-renewed",
        "counted from the first acceptance: a duplicate never renews it",
        delivery(),
        delivery(at=NOW + WEEK - 1),
        delivery(at=NOW + WEEK + 1),
    ),
    scenario(
        "sequence/retention-replay",
        "what the tolerance lets in the retention catches",
        delivery(),
        delivery(at=NOW + 2 * WEEK, sent=NOW),
        **LONG,
    ),
    scenario(
        "sequence/retention-shorter",
        "a retention of one's own",
        delivery(),
        delivery(at=NOW + 3600),
        delivery(at=NOW + 3601),
        retention_seconds=3600,
    ),
    scenario(
        "sequence/retention-of-unreadable",
        "for what cannot be read too",
        delivery("not JSON"),
        delivery("not JSON", at=NOW + WEEK + 1),
    ),
    scenario(
        "sequence/clock-put-back-committed",
        "what was committed stays, however the clock goes",
        delivery(at=NOW + DAY),
        delivery(),
    ),
    scenario(
        "sequence/clock-put-back-claimed",
        "a claim further in the future than a lease has lapsed: only a clock put back can show one",
        delivery(at=NOW + DAY, hand_on=failed("x"), release=failed("no answer")),
        delivery(),
        delivery(at=NOW + 1),
    ),
    scenario(
        "sequence/clock-put-back-a-lease",
        "one that lies a lease ahead is held",
        delivery(at=NOW + 60, hand_on=failed("x"), release=failed("no answer")),
        delivery(),
    ),
    scenario(
        "sequence/clock-put-back-beyond-a-lease",
        "a second more, and it has lapsed",
        delivery(at=NOW + 61, hand_on=failed("x"), release=failed("no answer")),
        delivery(),
    ),
    scenario(
        "sequence/clock-put-back-future-delivery",
        "a clock put back by an hour makes Overten's own time the future: sent again",
        delivery(at=NOW - 3600, sent=NOW),
        delivery(at=NOW),
    ),
    scenario(
        "sequence/in-flight",
        "another process is handling it: sent again, and a duplicate by then",
        delivery(claim="in_flight"),
        delivery(at=NOW + 10, claim="duplicate"),
    ),
    scenario(
        "sequence/in-flight-then-new",
        "another process died over it: its claim lapsed",
        delivery(claim="in_flight"),
        delivery(at=NOW + 60, claim="new"),
    ),
    scenario(
        "sequence/in-flight-unreadable", "what cannot be read is handled once too", delivery("x", claim="in_flight")
    ),
    scenario(
        "sequence/in-flight-until-lapsed",
        "a claim that could not be released is held for its lease, and then new",
        delivery(hand_on=failed("x"), release=failed("no answer")),
        delivery(at=NOW + 59),
        delivery(at=NOW + 60),
        delivery(at=NOW + 61),
    ),
    scenario(
        "sequence/other-secret-same-event",
        "a mismatch in between changes nothing",
        delivery(),
        delivery(key=S2, at=NOW + 1),
        delivery(at=NOW + 2),
    ),
]
