"""What is no capture."""

from .case import BODY, fails
from .objects import WHOLE, compact
from .requests import written

CASES = [
    fails("wrong/empty", "nothing at all", b"", "empty"),
    fails("wrong/blank", "nothing but lines", b"\xef\xbb\xbf \r\n\n", "empty"),
    fails("wrong/utf16", "as PowerShell redirects", "﻿POST / HTTP/1.1\n".encode("utf-16-le"), "utf16"),
    fails("wrong/prose", "a sentence", "the webhook did not verify", "unknown"),
    fails("wrong/binary", "what is no text", b"\x1f\x8b\x08\x00\xff", "unknown"),
    fails("wrong/reply", "what the receiver answered", "HTTP/1.1 401 Unauthorized\n\n{}", "reply", line=1),
    fails("wrong/curl-trace", "what curl -v prints", "\n> POST / HTTP/1.1\n> Host: a\n", "curl_trace", line=2),
    fails(
        "wrong/no-blank-line",
        "between headers and body",
        written().replace(b"\r\n\r\n", b"\r\n"),
        "header_line",
        line=6,
    ),
    fails("wrong/header-with-space", "no name of a header", written(headers=[("X A", "b")]), "header_line", line=2),
    fails(
        "wrong/too-many-headers",
        "no server takes so many",
        written(headers=[("a", "b")] * 1001),
        "too_many_headers",
        line=1002,
    ),
    fails("wrong/body-alone", "headers are needed too", BODY, "body_alone"),
    fails(
        "wrong/body-alone-with-a-capture",
        "what a sender wrote is no log",
        compact({"event": "run.completed", "run_id": "run_01", "data": {"t": WHOLE}}),
        "body_alone",
    ),
    fails("wrong/list-of-bodies", "the same", b"[" + BODY + b"]", "body_alone"),
    fails("wrong/other-json", "of another program", '{"a":1}', "unknown_json"),
    fails("wrong/array", "of whatever", "[]", "unknown_json"),
    fails(
        "wrong/json-cut",
        "an object without its end",
        '{"format":"overten-webhook-capture/1","body":"',
        "not_json",
        offset=46,
    ),
    fails("wrong/json-not-utf8", "a byte that is no text", b'{"a":"\xff"}', "not_utf8", offset=6),
    fails("wrong/too-deep", "nests beyond any form", '\n{"a":' + "[" * 200 + "]" * 200 + "}", "too_deep", offset=133),
]
