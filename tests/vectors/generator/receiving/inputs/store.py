"""A store that fails, does not answer, or lost a claim."""

from ..scenario import NOW, delivery, failed, failed_for_good, scenario

NO_ANSWER = failed("no answer within 3 s")
REFUSED = failed("connection refused")

SCENARIOS = [
    scenario("store/claim-failed", "released all the same: only its answer may be lost", delivery(claim=NO_ANSWER)),
    scenario("store/claim-failed-without-words", "nothing is said of it", delivery(claim=failed(""))),
    scenario(
        "store/claim-and-release-failed", "a store that is down fails twice", delivery(claim=REFUSED, release=REFUSED)
    ),
    scenario(
        "store/claim-failed-release-not-held", "nothing was held", delivery(claim=NO_ANSWER, release="claim_lost")
    ),
    scenario(
        "store/claim-failed-then-new",
        "once it answers, it is new",
        delivery(claim=NO_ANSWER),
        delivery(at=NOW + 10),
        delivery(at=NOW + 20),
    ),
    scenario(
        "store/down-for-an-hour",
        "nothing is lost over it",
        *[delivery(at=NOW + 900 * count, claim=REFUSED, release=REFUSED) for count in range(4)],
        delivery(at=NOW + 3600),
    ),
    scenario("store/commit-failed", "handled, and perhaps handed on again", delivery(commit=REFUSED)),
    scenario("store/commit-failed-without-words", "nothing is said of it", delivery(commit=failed(""))),
    scenario(
        "store/commit-failed-in-flight-then-new",
        "its claim stands for its lease; then it is handed on again, with the same key",
        delivery(commit=REFUSED),
        delivery(at=NOW + 10),
        delivery(at=NOW + 60),
        delivery(at=NOW + 70),
    ),
    scenario("store/claim-lost", "handled, perhaps twice: accepted, with a warning", delivery(commit="claim_lost")),
    scenario(
        "store/claim-lost-then-duplicate",
        "whoever has the claim commits it",
        delivery(commit="claim_lost"),
        delivery(at=NOW + 10, claim="duplicate"),
    ),
    scenario("store/release-failed", "the claim lapses", delivery(hand_on=failed("x"), release=REFUSED)),
    scenario(
        "store/release-failed-without-words", "nothing is said of it", delivery(hand_on=failed("x"), release=failed(""))
    ),
    scenario(
        "store/release-not-held", "nothing to release is no fault", delivery(hand_on=failed("x"), release="claim_lost")
    ),
    scenario(
        "store/release-failed-for-good-not-held",
        "nor behind a set-aside that failed",
        delivery(hand_on=failed_for_good("x"), set_aside=failed("y"), release="claim_lost"),
    ),
    scenario(
        "store/claim-lost-and-other-event-header",
        "both are told",
        delivery(commit="claim_lost", event="run.failed"),
    ),
    scenario(
        "store/commit-failed-and-other-event-header",
        "the failure first",
        delivery(commit=REFUSED, event="run.failed"),
    ),
]
