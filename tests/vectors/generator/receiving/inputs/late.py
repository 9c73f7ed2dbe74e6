"""Steps that are not done within 10 s: answered meanwhile, gone on with, and logged again at their end."""

from ..scenario import NOW, delivery, failed, failed_for_good, scenario

REFUSED = failed("connection refused")
GONE = failed_for_good("no such contract")

SCENARIOS = [
    scenario("late/read-body", "a body that trickles in", delivery(late="read_body")),
    scenario(
        "late/read-body-then-whole",
        "sent again and whole, it is new",
        delivery(late="read_body"),
        delivery(at=NOW + 20),
    ),
    scenario("late/claim", "the store answers late: handled all the same", delivery(late="claim")),
    scenario(
        "late/claim-then-duplicate", "and sent again it is a duplicate", delivery(late="claim"), delivery(at=NOW + 20)
    ),
    scenario(
        "late/claim-duplicate", "it says that it was handled before", delivery(), delivery(at=NOW + 1, late="claim")
    ),
    scenario("late/claim-in-flight", "or that somebody handles it", delivery(late="claim", claim="in_flight")),
    scenario("late/claim-failed", "or fails at last", delivery(late="claim", claim=REFUSED)),
    scenario(
        "late/claim-and-release-failed",
        "and again at the release",
        delivery(late="claim", claim=REFUSED, release=REFUSED),
    ),
    scenario("late/claim-unreadable", "what cannot be read is kept all the same", delivery("not JSON", late="claim")),
    scenario(
        "late/claim-handler-failed",
        "a failure then is told in the second line",
        delivery(late="claim", hand_on=failed("x")),
    ),
    scenario("late/claim-failed-for-good", "set aside in the second line", delivery(late="claim", hand_on=GONE)),
    scenario("late/claim-claim-lost", "the claim lost", delivery(late="claim", commit="claim_lost")),
    scenario(
        "late/claim-longer-than-its-lease",
        "the store may have given it when it was asked: by its answer the lease may have lapsed",
        delivery(late="claim"),
        lease_seconds=11,
    ),
    scenario(
        "late/claim-lapsed",
        "waited for a thread until the lease had lapsed: it does not begin",
        delivery(late="claim", waited_ms=49_000),
    ),
    scenario("late/claim-lapsed-edge", "a millisecond less and it begins", delivery(late="claim", waited_ms=48_999)),
    scenario(
        "late/claim-lapsed-not-released",
        "not even its release works",
        delivery(late="claim", waited_ms=49_000, release=REFUSED),
    ),
    scenario("late/hand-on", "a slow handler: in flight, and accepted at its end", delivery(late="hand_on")),
    scenario(
        "late/hand-on-then-duplicate",
        "Overten sends it again while or after it is handled",
        delivery(late="hand_on"),
        delivery(at=NOW + 30),
    ),
    scenario("late/hand-on-failed", "or failed at its end", delivery(late="hand_on", hand_on=failed("timeout"))),
    scenario(
        "late/hand-on-failed-not-released",
        "with its claim left to lapse",
        delivery(late="hand_on", hand_on=failed("timeout"), release=REFUSED),
    ),
    scenario("late/hand-on-failed-for-good", "or set aside", delivery(late="hand_on", hand_on=GONE)),
    scenario(
        "late/hand-on-failed-for-good-not-kept",
        "or not even that",
        delivery(late="hand_on", hand_on=GONE, set_aside=failed("disk full")),
    ),
    scenario("late/hand-on-commit-failed", "or not committed", delivery(late="hand_on", commit=REFUSED)),
    scenario("late/hand-on-claim-lost", "or its claim lost", delivery(late="hand_on", commit="claim_lost")),
    scenario(
        "late/hand-on-within-its-lease", "a millisecond within its lease", delivery(late="hand_on", handler_ms=59_999)
    ),
    scenario(
        "late/hand-on-outlived-its-lease", "a lease long, and warned of", delivery(late="hand_on", handler_ms=60_000)
    ),
    scenario(
        "late/hand-on-minutes",
        "minutes later somebody else had it",
        delivery(late="hand_on", handler_ms=300_000, commit="claim_lost"),
    ),
    scenario(
        "late/hand-on-other-event-header",
        "the unsigned header is told in both lines",
        delivery(late="hand_on", event="run.failed"),
    ),
    scenario("late/hand-on-just-late", "a millisecond late", delivery(late="hand_on", handler_ms=10_001)),
    scenario(
        "late/set-aside-unreadable", "keeping what cannot be read takes long", delivery("not JSON", late="set_aside")
    ),
    scenario(
        "late/set-aside-unreadable-failed",
        "and fails",
        delivery("not JSON", late="set_aside", set_aside=failed("disk full")),
    ),
    scenario(
        "late/set-aside-failed-for-good", "so does keeping what was failed at", delivery(hand_on=GONE, late="set_aside")
    ),
    scenario(
        "late/set-aside-failed-for-good-failed",
        "and fails",
        delivery(hand_on=GONE, late="set_aside", set_aside=failed("disk full")),
    ),
    scenario(
        "late/set-aside-outlived-its-lease",
        "its lease is over by then",
        delivery("not JSON", late="set_aside"),
        lease_seconds=11,
    ),
    scenario("late/commit", "handled, and the store is slow to commit it", delivery(late="commit")),
    scenario("late/commit-failed", "and fails", delivery(late="commit", commit=REFUSED)),
    scenario(
        "late/commit-claim-lost", "or had given it to somebody else", delivery(late="commit", commit="claim_lost")
    ),
    scenario("late/commit-unreadable", "for what cannot be read too", delivery("not JSON", late="commit")),
    scenario("late/commit-failed-for-good", "and what was failed at", delivery(hand_on=GONE, late="commit")),
    scenario(
        "late/release", "failed, and the store is slow to release it", delivery(hand_on=failed("x"), late="release")
    ),
    scenario("late/release-failed", "and fails", delivery(hand_on=failed("x"), late="release", release=REFUSED)),
    scenario("late/release-after-claim", "the release of a claim that failed", delivery(claim=REFUSED, late="release")),
    scenario(
        "late/release-after-lapse",
        "the release of a claim that lapsed",
        delivery(waited_ms=5_000, late="release"),
        lease_seconds=5,
    ),
    scenario(
        "late/release-after-set-aside",
        "the release after nothing could be kept",
        delivery("not JSON", set_aside=failed("disk full"), late="release"),
    ),
    scenario(
        "late/nothing-else",
        "within 10 s nothing is answered twice",
        delivery(waited_ms=4_000, handler_ms=6_000),
    ),
]
