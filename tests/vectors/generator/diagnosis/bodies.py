"""Bodies that changed between the sender and the verifier."""

import base64
import hashlib
import html
import json
import urllib.parse
import zlib

from .case import BODY, explained

BOM = "\ufeff"
WIDE = '{"event":"run.completed","run_id":"run_01","summary":"m\u00e2nec\u0103 \U0001f60a"}'
LATIN = '{"event":"run.completed","run_id":"run_01","summary":"d\u00e9j\u00e0 vu"}'
QUOTED = '{"event":"run.completed","run_id":"run_01","summary":"\u201cquoted\u201d \u2013 and \u2026"}'
PUNCTUATED = (
    '{"event":"run.completed","run_id":"run_01","summary":"a/b <c> & d\'s","edit_url":"https://x.invalid/y?z=1&a=2"}'
)
LINES = '{\n  "event": "run.completed",\n  "run_id": "run_01"\n}\n'
LONG = '{"event":"run.completed","run_id":"run_01","data":{"ok":true,"list":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}}'
# Made once: what a compressor writes depends on its version.
GZIP = bytes.fromhex(
    "1f8b0800000000000203ab564a2d4bcd2b51b2522a2acdd34bcecf2dc8492d494d51d201f1e333532012f10686409194c492"
    "4425ab6aa5fc6c25ab92a2d2541da59ccc62a0d668431dbc30b6b61600bce2811267000000"
)
ZLIB = bytes.fromhex(
    "78daab564a2d4bcd2b51b2522a2acdd34bcecf2dc8492d494d51d201f1e333532012f10686409194c4924425ab6aa5fc6c25"
    "ab92a2d2541da59ccc62a0d668431dbc30b6b61600a2d71db7"
)
DEFLATE = ZLIB[2:-4]
GZIP_WITH_NAME = (
    GZIP[:3] + b"\x1e" + GZIP[4:10] + b"\x03\x00abc" + b"body.json\0" + b"a comment\0" + b"\x12\x34" + GZIP[10:]
)
assert zlib.decompress(GZIP, 31) == zlib.decompress(ZLIB) == zlib.decompress(DEFLATE, -15) == LONG.encode()

NESTED = (
    '{"event":"run.failed","run_id":"run_02","error":{"code":"x","message":"a \\u00e9 \\/ b"},"list":[1,[2,{}],[]]}'
)
ORDERED = (
    '{"event":"run.completed","run_id":"r","task_id":"t","agent_name":"a","format":"pdf","status":"ok","summary":"s",'
    '"download_url":"d","edit_url":"e","credits_used":1.5,"duration_ms":12,"message":"m","other":{"a":1}}'
)


def printed(text, **options):
    return json.dumps(json.loads(text), **options)


def dot_net(text):
    """As System.Text.Json prints by default."""
    compact = json.dumps(json.loads(text), separators=(",", ":"))
    for char in "&'+<>":
        compact = compact.replace(char, f"\\u{ord(char):04X}")
    return compact


def go(text):
    compact = json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    for char in "<>&":
        compact = compact.replace(char, f"\\u{ord(char):04x}")
    return compact


def multipart(*contents):
    parts = [
        f'--b0\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n{text}\r\n' for n, text in enumerate(contents)
    ]
    return "".join(parts) + "--b0--\r\n"


def encoded(text):
    return base64.b64encode(text.encode()).decode()


ENDS = [
    explained(
        "body/newline-added",
        "an editor ends a file with a newline",
        "final_newline_added",
        body=BODY + "\n",
        signed_body=BODY,
    ),
    explained("body/crlf-added", "so does one on Windows", "final_newline_added", body=BODY + "\r\n", signed_body=BODY),
    explained("body/newline-lost", "curl --data takes newlines out", "final_newline_lost", signed_body=BODY + "\n"),
    explained("body/crlf-lost", "trimmed", "final_newline_lost", signed_body=BODY + "\r\n"),
    explained("body/spaces-added", "padded at its end", "space_added", body=BODY + "  ", signed_body=BODY),
    explained("body/spaces-before", "indented", "space_added", body="  " + BODY, signed_body=BODY),
    explained("body/newlines-around", "pasted", "space_added", body="\n" + BODY + "\n\n", signed_body=BODY),
    explained("body/space-lost", "trimmed", "space_lost", signed_body=BODY + " "),
    explained("body/zero-added", "a C string's end", "nul_added", body=BODY + "\0", signed_body=BODY),
    explained("body/zeros-added", "a whole buffer", "nul_added", body=BODY + 149 * "\0", signed_body=BODY),
    explained("body/zero-signed", "the size of a C string", "nul_signed", signed_body=BODY + "\0"),
    explained("body/bom-added", "saved as UTF-8 with a mark", "bom_added", body=BOM + BODY, signed_body=BODY),
    explained("body/bom-lost", "read as text", "bom_lost", signed_body=BOM + BODY),
    explained(
        "body/lf-became-crlf",
        "text mode on Windows",
        "lf_became_crlf",
        body=LINES.replace("\n", "\r\n"),
        signed_body=LINES,
    ),
    explained(
        "body/crlf-became-lf",
        "text mode elsewhere",
        "crlf_became_lf",
        body=LINES,
        signed_body=LINES.replace("\n", "\r\n"),
    ),
]

FORMS = [
    explained(
        "body/latin1-twice",
        "UTF-8 read as Latin-1 and encoded again",
        "decoded_twice",
        body=WIDE.encode().decode("latin-1"),
        signed_body=WIDE,
    ),
    explained(
        "body/windows-1252-twice",
        "UTF-8 read as Windows-1252 and encoded again",
        "decoded_twice",
        body="".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in QUOTED.encode()),
        signed_body=QUOTED,
    ),
    explained(
        "body/latin1-received",
        "written with another encoding",
        "latin1_received",
        body=LATIN.encode("latin-1"),
        signed_body=LATIN,
    ),
    explained(
        "body/latin1-signed",
        "signed before it was encoded",
        "latin1_signed",
        body=LATIN,
        signed_body=LATIN.encode("latin-1"),
    ),
    explained(
        "body/utf16-received", "Windows' Unicode", "utf16_received", body=WIDE.encode("utf-16-le"), signed_body=WIDE
    ),
    explained(
        "body/utf16-received-with-bom",
        "with its mark",
        "utf16_received",
        body=b"\xfe\xff" + WIDE.encode("utf-16-be"),
        signed_body=WIDE,
    ),
    explained("body/utf16-signed", "Encoding.Unicode.GetBytes", "utf16_signed", signed_body=BODY.encode("utf-16-le")),
    explained("body/empty-signed", "the sender's stream was read already", "empty_body_signed", signed_body=b""),
    explained(
        "body/digest-signed",
        "another scheme",
        "body_digest_signed",
        signed_body=hashlib.sha256(BODY.encode()).hexdigest(),
    ),
    explained("body/base64-signed", "a gateway's relay", "base64_signed", signed_body=encoded(BODY)),
]

WRAPPINGS = [
    explained("body/base64", "a serverless gateway", "base64_body", body=encoded(BODY), signed_body=BODY),
    explained(
        "body/base64-url-unpadded",
        "base64 for addresses",
        "base64_body",
        body=base64.urlsafe_b64encode((WIDE + "\u00ff\u00fe?>").encode()).decode().rstrip("="),
        signed_body=WIDE + "\u00ff\u00fe?>",
    ),
    explained(
        "body/base64-lines",
        "base64 as in mail",
        "base64_body",
        body=base64.encodebytes(BODY.encode()).decode(),
        signed_body=BODY,
    ),
    explained(
        "body/data-url",
        "a data URL",
        "base64_body",
        body="data:application/json;base64," + encoded(BODY),
        signed_body=BODY,
    ),
    explained("body/hex", "hex digits", "hex_body", body=BODY.encode().hex(), signed_body=BODY),
    explained(
        "body/hex-upper", "a database's form", "hex_body", body="0x" + BODY.encode().hex().upper(), signed_body=BODY
    ),
    explained("body/percent", "percent escapes", "percent_encoded", body=urllib.parse.quote(WIDE), signed_body=WIDE),
    explained(
        "body/percent-plus",
        "with a plus for each space",
        "percent_encoded",
        body=urllib.parse.quote_plus(printed(BODY)),
        signed_body=printed(BODY),
    ),
    explained(
        "body/form-field",
        "a form with a payload field",
        "form_encoded",
        body="kind=x&payload=" + urllib.parse.quote_plus(BODY),
        signed_body=BODY,
    ),
    explained(
        "body/form-name",
        "the body taken for a form",
        "form_encoded",
        body=urllib.parse.urlencode({BODY: ""}),
        signed_body=BODY,
    ),
    explained("body/multipart", "a multipart form", "multipart", body=multipart("x", BODY), signed_body=BODY),
    explained(
        "body/multipart-longest-boundary",
        "70 characters, as many as it may have",
        "multipart",
        body=multipart("x", BODY).replace("--b0", "--" + 70 * "b"),
        signed_body=BODY,
    ),
    explained("body/json-string", "printed as a JSON text", "json_string", body=json.dumps(WIDE), signed_body=WIDE),
    explained(
        "body/json-string-without-quotes",
        "copied out of one",
        "json_string",
        body=json.dumps(BODY)[1:-1],
        signed_body=BODY,
    ),
    explained(
        "body/envelope-text",
        "a gateway's event",
        "json_envelope",
        body=json.dumps({"version": "2.0", "body": BODY, "isBase64Encoded": False}),
        signed_body=BODY,
    ),
    explained(
        "body/envelope-base64",
        "a gateway's event, in base64",
        "json_envelope",
        body=json.dumps({"version": "2.0", "body": encoded(BODY), "isBase64Encoded": True}),
        signed_body=BODY,
    ),
    explained(
        "body/envelope-nested",
        "a queue's message",
        "json_envelope",
        body=json.dumps({"message": {"data": encoded(BODY), "id": "1"}}),
        signed_body=BODY,
    ),
    explained(
        "body/envelope-object",
        "wrapped once more",
        "json_envelope",
        body='{"headers":{"a":"b"},"payload":' + BODY + "}",
        signed_body=BODY,
    ),
    explained(
        "body/gzip",
        "a proxy compresses",
        "compressed",
        body=GZIP,
        signed_body=LONG,
        more=[("Content-Encoding", "gzip")],
    ),
    explained(
        "body/gzip-with-every-field",
        "extra field, name, comment, check sum",
        "compressed",
        body=GZIP_WITH_NAME,
        signed_body=LONG,
    ),
    explained("body/zlib", "deflate as HTTP means it", "compressed", body=ZLIB, signed_body=LONG),
    explained("body/deflate", "deflate as some send it", "compressed", body=DEFLATE, signed_body=LONG),
    explained(
        "body/chunked",
        "the framing was not taken out",
        "chunked_framing",
        body=f"10\r\n{BODY[:16]}\r\n{len(BODY) - 16:X};x=y\r\n{BODY[16:]}\r\n0\r\n\r\n",
        signed_body=BODY,
    ),
    explained(
        "body/request",
        "the whole request",
        "http_head",
        body=f"POST /webhooks HTTP/1.1\r\nHost: x\r\n\r\n{BODY}",
        signed_body=BODY,
    ),
    explained(
        "body/header-lines", "headers alone in front", "http_head", body=f"Content-Type: a\n\n{BODY}", signed_body=BODY
    ),
    explained("body/python-literal", "str(bytes)", "python_literal", body=str(WIDE.encode()), signed_body=WIDE),
    explained(
        "body/python-literal-escapes",
        "with an apostrophe and a newline",
        "python_literal",
        body=str((PUNCTUATED + "\n").encode()),
        signed_body=PUNCTUATED + "\n",
    ),
    explained("body/html", "shown on a page", "html_escaped", body=html.escape(PUNCTUATED), signed_body=PUNCTUATED),
]

PRINTED = [
    explained("json/spaced", "json.dumps", "json_spacing", body=printed(BODY), signed_body=BODY),
    explained("json/compact", "JSON.stringify", "json_spacing", body=BODY, signed_body=printed(BODY)),
    explained("json/indent-2", "pretty-printed", "json_spacing", signed_body=printed(BODY, indent=2)),
    explained("json/indent-4", "pretty-printed", "json_spacing", signed_body=printed(BODY, indent=4)),
    explained("json/indent-tab", "pretty-printed", "json_spacing", signed_body=printed(BODY, indent="\t")),
    explained(
        "json/from-indent", "printed compactly again", "json_spacing", body=printed(BODY, indent=3), signed_body=BODY
    ),
    explained(
        "json/irregular",
        "spaces as no printer sets them",
        "json_spacing",
        body=BODY.replace(",", " ,", 1),
        signed_body=BODY,
    ),
    explained(
        "json/colon-spaces",
        "a space after colons alone",
        "json_spacing",
        signed_body=printed(BODY, separators=(",", ": ")),
    ),
    explained(
        "json/escaped", "ensure_ascii", "json_escapes", body=printed(WIDE, separators=(",", ":")), signed_body=WIDE
    ),
    explained(
        "json/unescaped", "JSON.stringify", "json_escapes", body=WIDE, signed_body=printed(WIDE, separators=(",", ":"))
    ),
    explained(
        "json/slashes-escaped", "PHP", "json_escapes", body=PUNCTUATED.replace("/", "\\/"), signed_body=PUNCTUATED
    ),
    explained(
        "json/slashes-unescaped",
        "a parser took them out",
        "json_escapes",
        body=PUNCTUATED,
        signed_body=PUNCTUATED.replace("/", "\\/"),
    ),
    explained(
        "json/php",
        "both",
        "json_escapes",
        body=LATIN.replace("vu", "v/u"),
        signed_body=printed(LATIN, separators=(",", ":")).replace("vu", "v\\/u"),
    ),
    explained("json/go", "Go escapes for HTML", "json_escapes", body=PUNCTUATED, signed_body=go(PUNCTUATED)),
    explained(
        "json/dot-net",
        "and so does .NET, in upper case",
        "json_escapes",
        body=PUNCTUATED,
        signed_body=dot_net(PUNCTUATED),
    ),
    explained(
        "json/needless-escapes",
        "letters that were escaped",
        "json_escapes",
        body='{"event":"run.failed","run_id":"r","message":"\\u0061\\nb\\u000a\\u0001"}',
        signed_body='{"event":"run.failed","run_id":"r","message":"a\\nb\\n\\u0001"}',
    ),
    explained(
        "json/whole-became-integer",
        "84.0 is 84 in JavaScript",
        "json_numbers",
        body=BODY.replace("84.5", "84"),
        signed_body=BODY.replace("84.5", "84.0"),
    ),
    explained(
        "json/integer-became-whole",
        "84 is 84.0 where all are floating",
        "json_numbers",
        body=BODY.replace("84.5", "84.0"),
        signed_body=BODY.replace("84.5", "84"),
    ),
    explained("json/digits-lost", "84.50 is 84.5", "json_numbers", signed_body=BODY.replace("84.5", "84.50")),
    explained(
        "json/exponent",
        "1e3 is 1000",
        "json_numbers",
        body=BODY.replace("84.5", "1e3"),
        signed_body=BODY.replace("84.5", "1000"),
    ),
    explained(
        "json/every-number-whole",
        "1 is 1.0 everywhere",
        "json_numbers",
        body='{"event":"run.failed","run_id":"r","a":1,"b":[2,3]}',
        signed_body='{"event":"run.failed","run_id":"r","a":1.0,"b":[2.0,3.0]}',
    ),
    explained(
        "json/digits-with-point",
        "1.50 is 1.5, and 2.0 stays",
        "json_numbers",
        body='{"event":"run.failed","run_id":"r","a":1.50,"b":2.00}',
        signed_body='{"event":"run.failed","run_id":"r","a":1.5,"b":2.0}',
    ),
    explained(
        "json/sorted-signed",
        "the sender sorts",
        "json_key_order",
        body='{"run_id":"r","event":"run.failed","b":{"z":1,"y":2}}',
        signed_body='{"b":{"y":2,"z":1},"event":"run.failed","run_id":"r"}',
    ),
    explained(
        "json/sorted-received",
        "a map that sorts, and Overten's own order",
        "json_key_order",
        body=printed(ORDERED, sort_keys=True, separators=(",", ":")),
        signed_body=ORDERED,
    ),
    explained(
        "json/some-order",
        "a hash map",
        "json_key_order",
        body='{"a":1,"run_id":"r","b":[2],"event":"run.failed"}',
        signed_body='{"b":[2],"event":"run.failed","a":1,"run_id":"r"}',
    ),
    explained(
        "json/python-default",
        "spaced and escaped",
        "json_spacing",
        "json_escapes",
        body=printed(WIDE),
        signed_body=WIDE,
    ),
    explained(
        "json/python-received-plain",
        "the way back",
        "json_spacing",
        "json_escapes",
        body=WIDE,
        signed_body=printed(WIDE),
    ),
    explained(
        "json/everything",
        "spaced, escaped, sorted, renumbered",
        "json_spacing",
        "json_escapes",
        "json_numbers",
        "json_key_order",
        body='{"run_id":"r","event":"run.failed","c":1.0,"a":"\u00e9"}',
        signed_body='{"a": "\\u00e9", "c": 1, "event": "run.failed", "run_id": "r"}',
    ),
    explained(
        "json/nested",
        "at every level",
        "json_spacing",
        "json_escapes",
        body=printed(NESTED, indent=1),
        signed_body=printed(NESTED, separators=(",", ":"), ensure_ascii=False),
    ),
]

CASES = [*ENDS, *FORMS, *WRAPPINGS, *PRINTED]
