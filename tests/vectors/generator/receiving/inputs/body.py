"""Bodies that are too large, or are not read to their end."""

from ...case import ZEROS
from ..scenario import NOW, V1, delivery, scenario

RESET = {"broken_off": "connection reset by peer"}
MIB = 1_048_576

SCENARIOS = [
    scenario("body/at-the-limit", "exactly the limit passes", delivery(spaces=MIB - len(V1))),
    scenario("body/over-the-limit", "a byte more does not", delivery(spaces=MIB - len(V1) + 1)),
    scenario("body/far-over-the-limit", "reading stops a byte behind the limit", delivery(spaces=2 * MIB)),
    scenario("body/at-a-lower-limit", "a limit of one's own", delivery(), max_body_bytes=len(V1)),
    scenario("body/over-a-lower-limit", "and a byte more", delivery(), max_body_bytes=len(V1) - 1),
    scenario(
        "body/over-the-limit-forged", "nothing is hashed: it may be forged", delivery(spaces=MIB, signature=ZEROS)
    ),
    scenario("body/over-the-limit-stale", "and may be stale", delivery(spaces=MIB, sent=NOW - 9999)),
    scenario("body/limit-of-one-byte", "the smallest limit", delivery("x"), max_body_bytes=1),
    scenario("body/broken-off", "the sender went away", delivery(read=RESET)),
    scenario("body/broken-off-without-words", "with nothing to say of it", delivery(read={"broken_off": ""})),
    scenario("body/broken-off-forged", "no verdict on what was not read", delivery(read=RESET, signature=ZEROS)),
    scenario(
        "body/broken-off-then-whole", "sent again and whole, it is new", delivery(read=RESET), delivery(at=NOW + 10)
    ),
    scenario(
        "body/read-by-something-else",
        "what read it before us is named by the words of whoever noticed",
        delivery(read={"broken_off": "the body was read before: RuntimeError"}),
    ),
]
