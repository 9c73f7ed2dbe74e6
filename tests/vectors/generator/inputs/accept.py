"""Deliveries that verify, from the smallest on; each names one thing that must not stand in the way."""

from ..case import S1, S2, SIGNATURE, TIMESTAMP, V0, V1, delivery, sign

T = "1760000000"
LONG_ID = 200 * "r"
FAILED = "run.failed"
SIGNED = [(SIGNATURE, sign()), (TIMESTAMP, T)]

CASES = [
    delivery("accept/minimal", "the smallest useful delivery"),
    delivery(
        "accept/completed-all-fields",
        "every documented field of run.completed",
        '{"event":"run.completed","run_id":"run_01HXYZ","task_id":"task_01HXYZ",'
        '"agent_name":"excel_agent_api","format":"excel","status":"completed",'
        '"summary":"Quarterly sales, three sheets","download_url":"https://files.example/a.xlsx?sig=1",'
        '"edit_url":"https://app.example/edit/run_01HXYZ","credits_used":84,"duration_ms":187707}',
    ),
    delivery(
        "accept/failed-error-text",
        "error given as text",
        '{"event":"run.failed","run_id":"run_01HXYZ","task_id":"task_02","agent_name":"word_agent_api",'
        '"format":"word","status":"failed","error":"generation_failed",'
        '"message":"The agent could not finish","duration_ms":9000}',
        event=FAILED,
    ),
    delivery(
        "accept/failed-error-object",
        "error given as an object; its unknown members are kept but not typed",
        '{"event":"run.failed","run_id":"run_01HXYZ","task_id":"task_02","agent_name":"word_agent_api",'
        '"format":"word","status":"failed","error":{"code":"timeout","message":"ran out of time","detail":3},'
        '"duration_ms":9000}',
        event=FAILED,
    ),
    delivery(
        "accept/pretty-printed-body",
        "spacing is part of the signed bytes",
        '{"event": "run.failed", "run_id": "run_02"}',
    ),
    delivery(
        "accept/non-ascii",
        "accents and emoji as UTF-8",
        '{"event":"run.failed","run_id":"run_05","summary":"m\xe2nec\u0103 \U0001f60a"}',
    ),
    delivery(
        "accept/escaped-text",
        "escapes are decoded in the typed view",
        r'{"event":"run.completed","run_id":"run_\u00e9","summary":"a\/b \u0026 \ud83d\ude00\t\""}',
    ),
    delivery(
        "accept/unknown-event",
        "a new event type is authentic and of kind other",
        '{"event":"run.paused","run_id":"run_10","data":{"why":"new type"}}',
        event="run.paused",
    ),
    delivery(
        "accept/unknown-fields-any-order",
        "members may come in any order, unknown ones are kept",
        '{"data":{"ok":true},"extra":{"k":[1]},"run_id":"run_12","event":"run.completed"}',
    ),
    delivery(
        "accept/optional-null-or-retyped",
        "a known optional field of another type reads as absent",
        '{"event":"run.failed","run_id":"run_11","task_id":null,"format":7,"duration_ms":"9",'
        '"credits_used":[1],"summary":{"a":1},"error":false}',
    ),
    delivery(
        "accept/fractional-credits",
        "credits may be fractional",
        '{"event":"run.completed","run_id":"run_11","credits_used":0.5}',
    ),
    delivery(
        "accept/big-integer-kept",
        "integers above 2^53 stay exact in the raw body",
        '{"event":"run.completed","run_id":"run_18","data":{"id":9007199254740993}}',
    ),
    delivery("accept/bom", "one leading byte order mark is signed and then skipped", "\ufeff" + V0),
    delivery("accept/trailing-newline", "a final newline is signed", V0 + "\n"),
    delivery("accept/uppercase-hex", "hex digits of either case", signature="sha256=" + sign()[7:].upper()),
    delivery(
        "accept/header-names-lower",
        "header names compare without case",
        headers=[("x-overten-signature", sign()), ("x-overten-timestamp", T)],
    ),
    delivery(
        "accept/header-names-upper",
        "header names compare without case",
        headers=[("X-OVERTEN-TIMESTAMP", T), ("X-OVERTEN-SIGNATURE", sign())],
    ),
    delivery("accept/no-event-header", "X-Overten-Event may be absent", event=None),
    delivery("accept/second-secret", "several secrets: the second matches", secrets=[S2, S1]),
    delivery("accept/first-secret", "several secrets: the first matches", secrets=[S1, S2]),
    delivery(
        "accept/secret-trailing-newline",
        "white space around a secret is removed when the verifier is made",
        secrets=[f"{S1}\n"],
    ),
    delivery(
        "accept/secret-surrounding-space",
        "white space around a secret is removed when the verifier is made",
        secrets=[f" \t{S1}\r\n"],
    ),
    delivery("accept/edge-old", "exactly the tolerance old", timestamp=1759999700),
    delivery("accept/edge-future", "exactly the tolerance ahead", timestamp=1760000300),
    delivery("accept/tolerance-zero-same-second", "tolerance 0 means this very second", tolerance=0),
    delivery("accept/freshness-off", "freshness switched off by name", now=1823072000, tolerance=None),
    delivery(
        "accept/late-within-past",
        "the two sides are set apart: two days late passes a past side of three",
        now=1760172800,
        tolerance={"past": 259200, "future": 300},
    ),
    delivery("accept/past-edge", "exactly the past side", now=1760259200, tolerance={"past": 259200, "future": 300}),
    delivery(
        "accept/future-edge-apart",
        "exactly the future side, past side 0",
        timestamp=1760000060,
        tolerance={"past": 0, "future": 60},
    ),
    delivery(
        "accept/long-ids", "ids longer than 128 give a digest key", f'{{"event":"run.completed","run_id":"{LONG_ID}"}}'
    ),
    delivery(
        "accept/odd-ids", "ids with other characters give a digest key", '{"event":"run.completed","run_id":"a:b/c d"}'
    ),
    delivery(
        "accept/escaped-key-names",
        "member names may be escaped",
        r'{"\u0065vent":"run.completed","run\u005fid":"run_20"}',
    ),
    delivery(
        "accept/whitespace-json",
        "JSON white space around and inside",
        ' \r\n\t{ "event" : "run.completed" ,\n "run_id" : "run_21" } \n',
    ),
    delivery(
        "accept/error-object-first",
        "a failed run whose error is spelt out, with a text field beside it",
        '{"event":"run.failed","run_id":"run_02","message":"top","error":{"code":"timeout","message":"inner"}}',
        event=FAILED,
    ),
    delivery(
        "accept/data-null", "only event and run_id are required", '{"event":"run.failed","run_id":"run_11","data":null}'
    ),
    delivery(
        "accept/emoji-nested",
        "non-ASCII text below the top level",
        '{"event":"run.failed","run_id":"run_05","data":{"error":"m\xe2nec\u0103 \U0001f60a"}}',
    ),
    delivery(
        "accept/content-type-form",
        "the content type has no influence",
        headers=[*SIGNED, ("Content-Type", "application/x-www-form-urlencoded")],
    ),
    delivery(
        "accept/content-type-text",
        "the content type has no influence",
        headers=[*SIGNED, ("Content-Type", "text/plain")],
    ),
    delivery(
        "accept/content-type-json",
        "the content type has no influence",
        headers=[*SIGNED, ("Content-Type", "application/json; charset=utf-8")],
    ),
    delivery(
        "accept/other-user-agent",
        "the user agent is not signed and not judged",
        headers=[*SIGNED, ("User-Agent", "curl/8")],
    ),
    delivery("accept/one-second-ahead", "a clock a second behind the sender's", timestamp=1760000001),
    delivery(
        "accept/second-secret-late",
        "the second secret matches, at the edge of the tolerance",
        secrets=[S2, S1],
        now=1760000300,
    ),
    delivery(
        "accept/json-in-text",
        "a body is read once: JSON inside a text stays text",
        r'{"event":"run.completed","run_id":"r","summary":"{\"event\":\"run.failed\"}"}',
    ),
    delivery("accept/content-of-55", "the signed content is 55 bytes: padding still fits its block", V1, spaces=1),
    delivery("accept/content-of-56", "the signed content is 56 bytes: padding takes a second block", V1, spaces=2),
    delivery("accept/content-of-64", "the signed content is exactly one block", V1, spaces=10),
    delivery("accept/content-of-128", "the signed content is exactly two blocks", V1, spaces=74),
]
