"""Deliveries that are taken in, whatever surrounds them."""

from ...case import SIGNATURE, TIMESTAMP, sign, with_member
from ..scenario import NOW, S1, S2, V1, delivery, event, scenario

SCENARIOS = [
    scenario("accept/completed", "the plain case: a completed run", delivery()),
    scenario(
        "accept/failed",
        "a failed run is an event like any other",
        delivery(event(name="run.failed"), event="run.failed"),
    ),
    scenario(
        "accept/unknown-event",
        "an event type that came later is an event of its name",
        delivery(event(name="run.paused"), event="run.paused"),
    ),
    scenario("accept/task-id", "the line names the task too", delivery(event(task_id="task_01"))),
    scenario("accept/empty-task-id", "empty text is present", delivery(event(task_id=""))),
    scenario(
        "accept/task-id-of-another-type",
        "a task_id that is no text reads as absent",
        delivery(with_member('"task_id":7')),
    ),
    scenario(
        "accept/byte-order-mark", "one leading BOM is no part of the JSON, and is signed", delivery("\ufeff" + V1)
    ),
    scenario("accept/unknown-members", "unknown members change nothing", delivery(with_member('"data":{"a":[1,2]}'))),
    scenario(
        "accept/non-ascii", "body_bytes counts bytes", delivery(with_member('"summary":"m\xe2nec\u0103 \U0001f60a"'))
    ),
    scenario(
        "accept/every-field",
        "known fields, none of which the line shows but three",
        delivery(
            '{"event":"run.completed","run_id":"run_01","task_id":"task_01","agent_name":"Contract","format":"docx",'
            '"status":"completed","summary":"s","download_url":"https://e.example/d","credits_used":84,'
            '"duration_ms":1200}'
        ),
    ),
    scenario(
        "accept/lower-case-names",
        "header names compare without case",
        delivery(
            headers=[
                ("x-overten-signature", sign(V1)),
                ("x-overten-timestamp", str(NOW)),
                ("x-overten-event", "run.completed"),
            ]
        ),
    ),
    scenario(
        "accept/upper-case-names",
        "header names compare without case",
        delivery(headers=[("X-OVERTEN-SIGNATURE", sign(V1)), ("X-OVERTEN-TIMESTAMP", str(NOW))]),
    ),
    scenario(
        "accept/upper-case-hex",
        "hex digits of either case",
        delivery(signature="sha256=" + sign(V1)[len("sha256=") :].upper()),
    ),
    scenario(
        "accept/spaces-around-values",
        "spaces and tabs around a value are no part of it",
        delivery(headers=[(SIGNATURE, f" {sign(V1)}\t"), (TIMESTAMP, f"\t{NOW} ")]),
    ),
    scenario(
        "accept/other-headers-repeated",
        "other headers may come as often as they like",
        delivery(more=[("Accept", "a"), ("Accept", "b"), ("User-Agent", "Overten-Webhook/1.0")]),
    ),
    scenario(
        "accept/no-path-set",
        "without a path the host has routed: every target is ours",
        delivery(target="/"),
        path=None,
    ),
    scenario("accept/labelled", "a label of one's own", delivery(), secrets=[{"label": "subscription", "secret": S1}]),
    scenario("accept/white-space-around-secret", "the newline of a mounted file", delivery(), secrets=[f" {S1}\n"]),
    scenario(
        "accept/unprefixed-secret",
        "a secret need not carry whsec_",
        delivery(key=S1[len("whsec_") :]),
        secrets=[S1[len("whsec_") :]],
    ),
    scenario("accept/largest-body", "a body of exactly the limit", delivery(V1, spaces=57), max_body_bytes=100),
    scenario(
        "accept/eight-secrets",
        "the last of eight made the signature",
        delivery(key=f"{S2}7"),
        secrets=[f"{S2}{position}" for position in range(8)],
    ),
]
