"""Captures that are JSON: HAR, what is saved, log lines, queue messages."""

import base64
import hashlib
import json

from .case import BODY, HEADERS, NOT_TEXT, SIGNATURE, SIGNED, TARGET, URL, Read, fails, reads

HAR = Read("har", target=URL, received_at=1760000003)
SAVED = Read("saved", received_at=1760000003)
RAW = Read("raw_log", method=None, target=None, headers=SIGNED)
SHORT = (("X-Overten-Signature", SIGNATURE[:15] + "…"), SIGNED[1])
MESSAGE = Read(
    "queue_message", method=None, target=None, headers=(SIGNED[1],), received_at=1760000003, lacks=("signature",)
)


def compact(document):
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def base64_of(body):
    return base64.b64encode(body).decode()


def har_request(headers=HEADERS, method="POST", **members):
    pairs = [{"name": name, "value": value} for name, value in headers]
    body = {"postData": {"mimeType": "application/json", "text": BODY.decode()}}
    return {"method": method, "url": URL, "httpVersion": "HTTP/1.1", "headers": pairs} | body | members


def har_entry(**members):
    return {"startedDateTime": "2025-10-09T08:53:23.250Z", "time": 4, "request": har_request(**members)}


def har(*entries):
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "a"}, "entries": entries}}, indent=1)


def saved(headers=HEADERS, **members):
    document = {"format": "overten-webhook-capture/1", "received_at": 1760000003, "method": "POST", "target": TARGET}
    document |= {"headers": [list(pair) for pair in headers]} | members
    if "body_base64" not in members:
        document.setdefault("body", BODY.decode())
    return compact({name: value for name, value in document.items() if value is not ...})


def raw(headers=SHORT, **members):
    """A logged line; `members` say what it shows of the body."""
    return compact({"raw": "signature_mismatch", "headers": dict(headers)} | members)


def length_and_digest(body):
    return {"body_bytes": len(body), "body_sha256": hashlib.sha256(body).hexdigest()}


def message(body):
    event = {"event": "run.completed", "kind": "run_completed", "run_id": "run_01"}
    head = {"version": 1, "key": "run.completed:run_01", "quarantined": False, "event": event, "body": body}
    return compact(head | {"timestamp": 1760000000, "secret_label": "secret-0", "received_at_ms": 1760000003999})


WHOLE = raw(headers=SIGNED, body=BODY.decode())
# What a receiver writes beside it, and what others do.
LOGGED = compact({"code": "accepted", "level": "info", "event": "run.completed", "run_id": "run_01"})
OTHERS = [
    {"log": "started\n", "stream": "stdout", "time": "2025-10-09T08:53:20Z"},
    {"log": {"level": "info"}, "message": "started"},
    {"key": 1, "msg": "started"},
    {"level": 30, "req": {"method": "GET", "url": "/", "headers": {"host": "a"}}, "msg": "request"},
    {"level": 30, "req": {"method": "POST", "headers": dict(SIGNED)}, "msg": "request"},
    {"request": {"method": "GET"}, "status": 200},
    {"event": "started"},
]

HAR_CASES = [
    reads(
        "har/file",
        "one delivery among what a browser does",
        har(har_entry(headers=[("Accept", "*/*")]), har_entry(), har_entry(method="GET")),
        HAR,
    ),
    reads("har/several", "each delivery", har(har_entry(), har_entry(headers=SIGNED)), HAR, HAR.but(headers=SIGNED)),
    reads("har/entry", "one entry alone", json.dumps(har_entry()), HAR),
    reads(
        "har/entry-without-our-headers",
        "is what was asked about",
        json.dumps(har_entry(headers=[])),
        HAR.but(headers=()),
    ),
    reads("har/request", "the request alone", json.dumps(har_request()), HAR.but(received_at=None)),
    reads(
        "har/pseudo-headers", "of HTTP/2 are none", json.dumps(har_entry(headers=[(":method", "POST"), *HEADERS])), HAR
    ),
    reads(
        "har/base64",
        "a body in base64",
        json.dumps(har_entry(postData={"text": base64_of(NOT_TEXT), "encoding": "base64"})),
        HAR.but(body=NOT_TEXT),
    ),
    reads(
        "har/no-body",
        "not recorded",
        json.dumps(har_entry(postData=None, bodySize=62)),
        HAR.but(body=b"", lacks=("body_absent",)),
    ),
    reads("har/empty-body", "there was none", json.dumps(har_entry(postData=None, bodySize=0)), HAR.but(body=b"")),
    reads(
        "har/cut-body",
        "a recorder cut it",
        json.dumps(har_entry(headers=[*SIGNED, ("Content-Length", "99")])),
        HAR.but(headers=(*SIGNED, ("Content-Length", "99")), lacks=("body_cut",)),
    ),
    fails("har/none", "nothing of ours in it", har(har_entry(headers=[]), har_entry(method="GET")), "no_delivery"),
    fails("har/no-entries", "a log without them", '{"log":{}}', "member"),
    fails(
        "har/lone-surrogate",
        "a text that is no Unicode",
        json.dumps(har_entry()).replace('"text": "', '"text": "\\ud800'),
        "member",
    ),
]

SAVED_CASES = [
    reads("saved/text", "a body that is UTF-8", saved(), SAVED),
    reads("saved/base64", "a body that is not", saved(body_base64=base64_of(NOT_TEXT)), SAVED.but(body=NOT_TEXT)),
    reads("saved/indented", "whoever printed it again", json.dumps(json.loads(saved()), indent=2), SAVED),
    reads(
        "saved/lines", "one a line", "\n".join([saved(), saved(headers=SIGNED), ""]), SAVED, SAVED.but(headers=SIGNED)
    ),
    reads("saved/crlf-lines", "on Windows", f"{saved()}\r\n{saved()}\r\n", SAVED, SAVED),
    reads(
        "saved/header-not-utf8",
        "its bytes in base64",
        saved(headers=[*SIGNED, ("X-Name", {"base64": base64_of(b"caf\xe9")})]),
        SAVED.but(headers=(*SIGNED, ("X-Name", b"caf\xe9"))),
    ),
    reads("saved/missing", "what it lacks", saved(missing=["body_cut"]), SAVED.but(lacks=("body_cut",))),
    reads(
        "saved/escapes",
        "are undone",
        saved(body='{"a":"\u2028\\u00e9\x7f"}\r\n'),
        SAVED.but(body='{"a":"\u2028\\u00e9\x7f"}\r\n'.encode()),
    ),
    fails("saved/other-version", "of a later program", saved(format="overten-webhook-capture/2"), "unknown_version"),
    fails("saved/no-body", "neither form of it", saved(body=...), "member"),
    fails("saved/two-bodies", "both forms of it", saved(body_base64="", body=""), "member"),
    fails("saved/base64-malformed", "no base64", saved(body_base64="%"), "member"),
    fails("saved/header-of-three", "a name, a value and more", saved(headers=[("a", "b", "c")]), "member"),
    fails("saved/cut-line", "the second line is not whole", saved() + "\n" + saved()[:-9], "not_json", line=2),
]

LOG_CASES = [
    reads(
        "raw/shortened",
        "as a receiver logs",
        raw(**length_and_digest(BODY), body=BODY.decode()),
        RAW.but(headers=SHORT, lacks=("signature_shortened",)),
    ),
    reads(
        "raw/base64",
        "a body that is not UTF-8",
        raw(**length_and_digest(NOT_TEXT), body_base64=base64_of(NOT_TEXT)),
        RAW.but(headers=SHORT, body=NOT_TEXT, lacks=("signature_shortened",)),
    ),
    reads("raw/whole", "a log that shows all", raw(headers=SIGNED, body=BODY.decode()), RAW),
    reads(
        "raw/cut",
        "a long body",
        raw(**length_and_digest(BODY), body=BODY[:20].decode(), cut_at=20),
        RAW.but(headers=SHORT, body=BODY[:20], lacks=("signature_shortened", "body_cut")),
    ),
    reads(
        "raw/no-body",
        "refused before any was read",
        raw(),
        RAW.but(headers=SHORT, body=b"", lacks=("signature_shortened", "body_absent")),
    ),
    reads(
        "raw/in-a-log",
        "among other lines, each with its time",
        f"""2025-10-09T08:53:20Z {raw(headers=SIGNED, body=BODY.decode())}
{{"code":"signature_mismatch","level":"warning"}}
noise {{x
""",
        RAW,
    ),
    reads(
        "raw/behind-a-header-like-line",
        "a server's first line looks like a header",
        f"INFO:     Started server\n\n{WHOLE}\n",
        RAW,
    ),
    reads("raw/brace-before", "the log's prefix holds one", f"worker{{id=3}}: {WHOLE}", RAW),
    reads("raw/bracket-before", "a time in brackets", f"[08:53:20] {WHOLE}", RAW),
    reads("raw/text-behind", "what stands behind it is skipped", f"{WHOLE} trailing", RAW),
    reads("raw/behind-our-own-line", "what a receiver logs beside it", f"{LOGGED}\n{WHOLE}\n", RAW),
    reads("raw/before-our-own-line", "in either order", f"{WHOLE}\n{LOGGED}\n", RAW),
    reads("raw/beside-our-own-prefixed", "each with its time", f"08:53:20 {LOGGED}\n08:53:20 {WHOLE}\n", RAW),
    reads(
        "raw/among-others",
        "lines of other programs, of which some have members that captures have",
        "\n".join([*map(compact, OTHERS), WHOLE, *map(compact, OTHERS)]),
        RAW,
    ),
    reads(
        "raw/docker",
        "a text in another object, as its json-file driver has each line",
        "\n".join(compact({"log": f"{line}\n", "stream": "stdout"}) for line in ("started", LOGGED, WHOLE)),
        RAW,
    ),
    reads("raw/structlog", "which names its message so", compact({"event": WHOLE, "level": "info"}), RAW),
    reads("raw/pino", "as the message of a log of objects", compact({"level": 30, "time": 1, "msg": WHOLE}), RAW),
    reads(
        "raw/cloudwatch",
        "as `aws logs filter-log-events` prints them",
        json.dumps(
            {"events": [{"timestamp": 1, "message": f"2025 INFO {line}\n"} for line in (LOGGED, WHOLE)]}, indent=4
        ),
        RAW,
    ),
    reads(
        "raw/list",
        "a list of such objects",
        json.dumps([{"message": WHOLE}, {"message": "x"}, {"message": WHOLE}], indent=1),
        RAW,
        RAW,
    ),
    reads(
        "raw/worker-tail",
        "as `wrangler tail --format json` prints one object after the other",
        "\n".join(
            json.dumps({"outcome": "ok", "logs": logs, "event": {"request": {"headers": dict(SIGNED)}}}, indent=2)
            for logs in ([], [{"message": [WHOLE], "level": "log", "timestamp": 1}])
        ),
        RAW,
    ),
    reads("raw/two-in-a-line", "both are read", f"a {WHOLE} b {WHOLE}}} c", RAW, RAW),
    reads("raw/broken-line-before", "a line that was cut, and is no capture", f'{{"level":"inf\n{WHOLE}\n', RAW),
    reads("raw/in-an-object", "a log of objects", f'{{"time":1,"message":{WHOLE}}}\n{{"time":2}}\n', RAW),
    reads("raw/in-one-object", "a line of such a log", f'{{"time":1,"message":{WHOLE}}}', RAW),
    reads("raw/cut-at-null", "not cut", raw(headers=SIGNED, body=BODY.decode(), cut_at=None), RAW),
    reads(
        "raw/marker-in-a-request",
        "is no log",
        b'POST /a?{"raw": HTTP/1.1\r\nX-Overten-Timestamp: 1760000000\r\n\r\n' + WHOLE.encode(),
        Read("http_request", target='/a?{"raw":', headers=(SIGNED[1],), body=WHOLE.encode()),
    ),
    reads(
        "raw/marker-in-a-body",
        "headers alone are a request too",
        b"Host: a\r\nX-Overten-Timestamp: 1760000000\r\n\r\n" + WHOLE.encode(),
        Read("http_request", None, None, (("Host", "a"), SIGNED[1]), WHOLE.encode()),
    ),
    fails("raw/header-no-text", "a number", raw(headers=[("X-Overten-Timestamp", 1760000000)]), "member"),
    fails("raw/our-own-line-alone", "holds neither headers nor body", LOGGED, "log_line"),
    fails("raw/our-own-lines-alone", "nor do several", f"started\n{LOGGED}\n{LOGGED}\n"[8:], "log_line", line=1),
    fails(
        "raw/header-no-text-among-others",
        "what begins as a capture is never skipped",
        f"{LOGGED}\n{WHOLE}\n{raw(headers=[('X-Overten-Timestamp', 1760000000)])}",
        "member",
        line=3,
    ),
    fails("raw/cut-line", "a log cut it", f"12:00 {raw(headers=SIGNED)[:-9]}", "not_json", line=1),
]

MESSAGE_CASES = [
    reads("queue/text", "a body as text", message({"text": BODY.decode()}), MESSAGE),
    reads(
        "queue/base64", "a body that is not UTF-8", message({"base64": base64_of(NOT_TEXT)}), MESSAGE.but(body=NOT_TEXT)
    ),
    reads(
        "queue/stored",
        "too long for the queue",
        message({"stored": {"object": "run_01", "path": "/bodies/" + "0" * 64, "bytes": 200000}}),
        MESSAGE.but(body=b"", lacks=("signature", "body_stored")),
    ),
    fails("queue/no-body", "no form of it", message({}), "member"),
]

CASES = [*HAR_CASES, *SAVED_CASES, *LOG_CASES, *MESSAGE_CASES]
