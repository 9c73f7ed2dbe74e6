"""How the user's function for events ends."""

from ..scenario import NOW, S1, S2, delivery, event, failed, failed_for_good, scenario

TWO = [{"label": "subscription", "secret": S1}, {"label": "previous", "secret": S2}]

SCENARIOS = [
    scenario(
        "handler/failed", "the claim is released, so that it is sent again", delivery(hand_on=failed("no disk space"))
    ),
    scenario("handler/failed-without-words", "nothing is said of it", delivery(hand_on=failed(""))),
    scenario(
        "handler/failed-and-not-released",
        "both are told, and the claim lapses",
        delivery(hand_on=failed("no disk space"), release=failed("connection refused")),
    ),
    scenario(
        "handler/failed-and-not-released-without-words",
        "whatever there is of words",
        delivery(hand_on=failed(""), release=failed("connection refused")),
    ),
    scenario(
        "handler/failed-for-good",
        "set aside, and never sent again",
        delivery(hand_on=failed_for_good("no such contract")),
    ),
    scenario("handler/failed-for-good-without-words", "still an error", delivery(hand_on=failed_for_good(""))),
    scenario(
        "handler/failed-for-good-not-set-aside",
        "what cannot be kept is sent again",
        delivery(hand_on=failed_for_good("no such contract"), set_aside=failed("read-only file system")),
    ),
    scenario(
        "handler/failed-for-good-nothing-works",
        "three failures, each told",
        delivery(
            hand_on=failed_for_good("no such contract"),
            set_aside=failed("read-only file system"),
            release=failed("connection refused"),
        ),
    ),
    scenario(
        "handler/failed-for-good-not-committed",
        "kept, but not committed: perhaps kept twice",
        delivery(hand_on=failed_for_good("no such contract"), commit=failed("connection refused")),
    ),
    scenario(
        "handler/failed-for-good-claim-lost",
        "kept, and the claim was somebody else's",
        delivery(hand_on=failed_for_good("no such contract"), commit="claim_lost"),
    ),
    scenario(
        "handler/failed-with-labelled-secret",
        "the line has all that is known",
        delivery(event(task_id="task_01"), key=S2, sent=NOW - 7, hand_on=failed("no disk space")),
        secrets=TWO,
    ),
    scenario(
        "handler/failed-and-other-event-header",
        "what an operator should know comes last",
        delivery(event="run.failed", hand_on=failed("no disk space")),
    ),
    scenario(
        "handler/within-its-lease",
        "a handler may take as long as its lease",
        delivery(handler_ms=4_999),
        lease_seconds=5,
    ),
    scenario(
        "handler/outlived-its-lease",
        "somebody else may have begun: accepted, with a warning",
        delivery(handler_ms=5_000),
        lease_seconds=5,
    ),
    scenario(
        "handler/outlived-and-claim-lost",
        "and somebody else had",
        delivery(handler_ms=6_000, commit="claim_lost"),
        lease_seconds=5,
    ),
    scenario(
        "handler/outlived-and-failed",
        "a failure is told as one",
        delivery(handler_ms=6_000, hand_on=failed("timeout")),
        lease_seconds=5,
    ),
    scenario(
        "handler/outlived-and-failed-for-good",
        "set aside, perhaps twice",
        delivery(handler_ms=6_000, hand_on=failed_for_good("gone")),
        lease_seconds=5,
    ),
    scenario(
        "handler/waited-within-the-lease",
        "waiting for a thread is no fault yet",
        delivery(waited_ms=4_999),
        lease_seconds=5,
    ),
    scenario(
        "handler/lapsed-before-it-began",
        "whose lease lapsed while waiting for a thread does not begin",
        delivery(waited_ms=5_000),
        delivery(at=NOW + 10),
        lease_seconds=5,
    ),
    scenario(
        "handler/lapsed-and-not-released",
        "nor does it matter whether its claim is released",
        delivery(waited_ms=5_000, release=failed("connection refused")),
        lease_seconds=5,
    ),
    scenario(
        "handler/lapsed-and-claim-lost-long-ago",
        "somebody else began meanwhile: the release says so, and changes nothing",
        delivery(waited_ms=7_000, release="claim_lost"),
        lease_seconds=5,
    ),
    scenario(
        "handler/waiting-counts-into-the-lease",
        "the lease runs from when the store gave the claim",
        delivery(waited_ms=3_000, handler_ms=2_000),
        lease_seconds=5,
    ),
    scenario(
        "handler/waiting-and-handling-within",
        "a millisecond less is within it",
        delivery(waited_ms=3_000, handler_ms=1_999),
        lease_seconds=5,
    ),
    scenario("handler/within-ten-seconds", "exactly 10 s is in time", delivery(handler_ms=10_000)),
]
