"""HTTP requests as text."""

from .case import BODY, HEADERS, NOT_TEXT, SIGNED, URL, Read, as_bytes, reads

REQUEST = Read("http_request")
LINE = "POST /webhooks/overten HTTP/1.1"
LENGTH = ("Content-Length", str(len(BODY)))
CHUNKED = (*HEADERS, ("Transfer-Encoding", "chunked"))


def written(headers=HEADERS, body=BODY, line=LINE, end=b"\r\n"):
    lines = [as_bytes(line)] if line else []
    lines += [as_bytes(name) + b": " + as_bytes(value) for name, value in headers]
    return b"".join(part + end for part in lines) + end + body


def chunks(body, size, end=b"\r\n", last=b"0\r\n\r\n", extension=b""):
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x" % len(part) + extension + end + part + end for part in parts) + last


WITH_LENGTH = REQUEST.but(headers=(*HEADERS, LENGTH))
IN_CHUNKS = REQUEST.but(headers=CHUNKED)

CASES = [
    reads("http/crlf", "as it stands on the wire", written(), REQUEST),
    reads("http/lf", "as an editor saves it", written(end=b"\n"), REQUEST),
    reads("http/byte-order-mark", "an editor put one before it", b"\xef\xbb\xbf" + written(), REQUEST),
    reads("http/blank-lines-before", "a paste that begins with blank lines", b"\n\r\n" + written(), REQUEST),
    reads("http/version-1.0", "a proxy speaks HTTP/1.0", written(line="POST /webhooks/overten HTTP/1.0"), REQUEST),
    reads("http/version-2", "a tool names the version", written(line="POST /webhooks/overten HTTP/2"), REQUEST),
    reads("http/version-absent", "a method and a path alone", written(line="POST /webhooks/overten"), REQUEST),
    reads("http/absolute-target", "as a proxy is asked", written(line=f"POST {URL} HTTP/1.1"), REQUEST.but(target=URL)),
    reads(
        "http/other-method",
        "what was sent is read as sent",
        written(line="PUT / HTTP/1.1"),
        REQUEST.but(method="PUT", target="/"),
    ),
    reads("http/no-first-line", "headers and body alone", written(line=None), REQUEST.but(method=None, target=None)),
    reads(
        "http/pseudo-headers",
        "as a tool shows HTTP/2",
        b":method: POST\n:path: /webhooks/overten\n:authority: receiver.example\n:scheme: https\n"
        + written(line=None, end=b"\n"),
        REQUEST,
    ),
    reads("http/no-space-behind-colon", "a header needs none", written().replace(b": ", b":"), REQUEST),
    reads(
        "http/space-around-value",
        "is not part of it",
        written(headers=[(name, f" \t{value}\t ") for name, value in HEADERS]),
        REQUEST,
    ),
    reads(
        "http/folded-header",
        "a line that begins with a space goes on",
        written(headers=[*SIGNED, ("X-Note", "one\r\n\t two")]),
        REQUEST.but(headers=(*SIGNED, ("X-Note", "one two"))),
    ),
    reads(
        "http/folded-blanks",
        "a line of blanks goes on too, and ends nothing",
        b"POST /webhooks/overten HTTP/1.1\r\n" + written(line=None).replace(b"\r\n", b"\r\n \t\r\n", 1),
        REQUEST,
    ),
    reads(
        "http/repeated-header",
        "both are read, in their order",
        written(headers=[*SIGNED, SIGNED[0]]),
        REQUEST.but(headers=(*SIGNED, SIGNED[0])),
    ),
    reads(
        "http/header-not-utf8",
        "a value is bytes",
        written(headers=[*SIGNED, ("X-Name", b"caf\xe9")]),
        REQUEST.but(headers=(*SIGNED, ("X-Name", b"caf\xe9"))),
    ),
    reads("http/body-not-utf8", "a body is bytes", written(body=NOT_TEXT), REQUEST.but(body=NOT_TEXT)),
    reads(
        "http/body-with-lines",
        "every byte behind the blank line",
        written(body=b"\r\n{\r\n\n}\n\n"),
        REQUEST.but(body=b"\r\n{\r\n\n}\n\n"),
    ),
    reads(
        "http/newline-behind-body",
        "without a length it is part of the body",
        written(body=BODY + b"\n"),
        REQUEST.but(body=BODY + b"\n"),
    ),
    reads("http/body-empty", "a blank line and nothing behind it", written(body=b""), REQUEST.but(body=b"")),
    reads(
        "http/shortened",
        "copied out of a log",
        written(headers=[("X-Overten-Signature", "sha256=f28888a0...")]),
        REQUEST.but(headers=(("X-Overten-Signature", "sha256=f28888a0..."),), lacks=("signature_shortened",)),
    ),
    reads("http/content-length", "ends the body", written(headers=[*HEADERS, LENGTH]), WITH_LENGTH),
    reads(
        "http/newline-behind-length",
        "an editor ended the file with a newline",
        written(headers=[*HEADERS, LENGTH], body=BODY + b"\n"),
        WITH_LENGTH.but(left_out_bytes=1),
    ),
    reads(
        "http/longer-than-length",
        "the length may be what is wrong: nothing is cut",
        written(headers=[*HEADERS, LENGTH], body=BODY + b"}"),
        WITH_LENGTH.but(body=BODY + b"}"),
    ),
    reads(
        "http/shorter-than-length",
        "a part is missing",
        written(headers=[*HEADERS, LENGTH], body=BODY[:-1]),
        WITH_LENGTH.but(body=BODY[:-1], lacks=("body_cut",)),
    ),
    reads(
        "http/body-lost",
        "a length and no body",
        written(headers=[*HEADERS, LENGTH], body=b""),
        WITH_LENGTH.but(body=b"", lacks=("body_absent",)),
    ),
    reads(
        "http/length-unusable",
        "what is no plain number ends nothing",
        written(headers=[*HEADERS, ("Content-Length", "+1")]),
        REQUEST.but(headers=(*HEADERS, ("Content-Length", "+1"))),
    ),
    reads(
        "http/head-alone",
        "no blank line, so no body",
        written(body=b"")[:-2],
        REQUEST.but(body=b"", lacks=("body_absent",)),
    ),
    reads(
        "http/two-requests",
        "one behind the other",
        written(headers=[*HEADERS, LENGTH]) + b"\r\n" + written(line="POST /b HTTP/1.1"),
        WITH_LENGTH.but(left_out_bytes=2),
        REQUEST.but(target="/b"),
    ),
    reads("http/chunked", "put together", written(CHUNKED, chunks(BODY, 20)), IN_CHUNKS),
    reads("http/chunked-one", "a single chunk", written(CHUNKED, chunks(BODY, 99)), IN_CHUNKS),
    reads("http/chunked-empty", "the last chunk alone", written(CHUNKED, chunks(b"", 1)), IN_CHUNKS.but(body=b"")),
    reads(
        "http/chunked-extension",
        "is no part of the body",
        written(CHUNKED, chunks(BODY, 9, extension=b";a=b")),
        IN_CHUNKS,
    ),
    reads("http/chunked-trailer", "neither", written(CHUNKED, chunks(BODY, 9, last=b"0\r\nX-T: 1\r\n\r\n")), IN_CHUNKS),
    reads(
        "http/chunked-lf",
        "an editor changed the lines",
        written(CHUNKED, chunks(BODY, 9, b"\n", b"0\n\n"), end=b"\n"),
        IN_CHUNKS,
    ),
    reads("http/chunked-not-utf8", "binary", written(CHUNKED, chunks(NOT_TEXT, 3)), IN_CHUNKS.but(body=NOT_TEXT)),
    reads("http/chunked-undone", "a tool put it together", written(CHUNKED, BODY), IN_CHUNKS),
    reads(
        "http/chunked-cut",
        "a part is missing",
        written(CHUNKED, chunks(BODY, 20)[:40]),
        IN_CHUNKS.but(body=BODY[:30], lacks=("body_cut",)),
    ),
    reads(
        "http/chunked-in-a-length",
        "the length ends the chunks, and what stands behind is another request",
        written((*CHUNKED, ("Content-Length", "5")), b"63\r\n\n" + written()),
        IN_CHUNKS.but(headers=(*CHUNKED, ("Content-Length", "5")), body=b"\n", lacks=("body_cut",)),
        REQUEST,
    ),
    reads(
        "http/chunked-longer",
        "what stands behind the last chunk is no request: nothing is dropped",
        written(CHUNKED, chunks(BODY, 20) + b"more"),
        IN_CHUNKS.but(body=chunks(BODY, 20) + b"more"),
    ),
    reads(
        "http/chunked-no-trailer",
        "what is no header is no trailer",
        written(CHUNKED, chunks(BODY, 20, last=b"0\r\nmore\r\n\r\n")),
        IN_CHUNKS.but(body=chunks(BODY, 20, last=b"0\r\nmore\r\n\r\n")),
    ),
    reads(
        "http/chunked-no-blank-line",
        "another request ends the trailers",
        written(CHUNKED, chunks(BODY, 20, last=b"0\r\nX-T: 1\r\n")) + written(),
        IN_CHUNKS,
        REQUEST,
    ),
    reads(
        "http/chunked-white-space-behind",
        "is no part of the body",
        written(CHUNKED, chunks(BODY, 20) + b"\n\n"),
        IN_CHUNKS.but(left_out_bytes=2),
    ),
    reads(
        "http/chunked-then-another",
        "the last chunk ends the request",
        written(CHUNKED, chunks(BODY, 20)) + written(),
        IN_CHUNKS,
        REQUEST,
    ),
]
