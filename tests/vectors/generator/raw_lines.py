"""raw_lines.json: the line that shows a request as it came, by an independent reading of the contract."""

import base64
import hashlib
import unicodedata
from dataclasses import dataclass

from .case import EVENT, NOW, S1, SIGNATURE, TIMESTAMP, V1, ZEROS, as_bytes, sign, text_or_hex

SHOWN = (
    SIGNATURE,
    TIMESTAMP,
    EVENT,
    "Content-Type",
    "Content-Length",
    "Content-Encoding",
    "Transfer-Encoding",
    "User-Agent",
)
LONGEST_HEADER = 256
LONGEST_SIGNATURE = 15
LONGEST_BODY = 16 * 1024
LINES_A_MINUTE = 30
MAX_BODY_BYTES = 1 << 20
CUT = "\u2026"


@dataclass(frozen=True)
class Sent:
    """A request, as often as it is sent at that moment, and the code that it is answered with."""

    code: str
    body: "str | bytes"
    headers: list
    at: int = NOW
    times: int = 1
    is_read: bool = True

    def line(self, max_body_bytes):
        shown = ",".join(f"{quoted(name)}:{quoted(value)}" for name, value in shown_headers(self.headers))
        body = body_fields(as_bytes(self.body), max_body_bytes) if self.is_read else []
        return f'{{"raw":{quoted(self.code)},"headers":{{{shown}}}{"".join("," + it for it in body)}}}'


@dataclass(frozen=True)
class Case:
    """One receiver, and what it is sent, one after the other."""

    id: str
    note: str
    raw_log: str
    requests: list
    max_body_bytes: int = MAX_BODY_BYTES

    def as_json(self):
        settings = {} if self.max_body_bytes == MAX_BODY_BYTES else {"max_body_bytes": self.max_body_bytes}
        minutes = {}
        return {
            "id": self.id,
            "note": self.note,
            "secrets": [S1],
            "raw_log": self.raw_log,
            **settings,
            "requests": [self.request(sent, minutes) for sent in self.requests],
        }

    def request(self, sent, minutes):
        return {
            "at": sent.at,
            "times": sent.times,
            "headers": [{"name": name, **text_or_hex("value", value)} for name, value in sent.headers],
            **text_or_hex("body", sent.body),
            "code": sent.code,
            "lines": self.has_room_for(sent, minutes),
            "line": sent.line(self.max_body_bytes),
        }

    def has_room_for(self, sent, minutes):
        """How many of the times leave a line."""
        if self.raw_log == "off" or (self.raw_log == "failures" and sent.code == "accepted"):
            return 0
        minute = sent.at // 60
        if minutes.get("now") != minute:
            minutes.update(now=minute, left=LINES_A_MINUTE)
        lines = min(sent.times, minutes["left"])
        minutes["left"] -= lines
        return lines


def shown_headers(headers):
    for shown in SHOWN:
        values = [value for name, value in headers if name.lower() == shown.lower()]
        if values:
            text = ", ".join(as_bytes(value).decode("utf-8", "replace") for value in values)
            most = LONGEST_SIGNATURE if shown == SIGNATURE else LONGEST_HEADER
            yield shown, text if len(text) <= most else text[:most] + CUT


def body_fields(body, max_body_bytes):
    is_whole = len(body) <= max_body_bytes
    if is_whole:
        yield f'"body_bytes":{len(body)}'
        yield f'"body_sha256":"{hashlib.sha256(body).hexdigest()}"'
    read = body[: max_body_bytes + 1]
    text = text_of(read, is_whole)
    if text is None:
        shown = read[:LONGEST_BODY]
        yield f'"body_base64":"{base64.b64encode(shown).decode()}"'
    else:
        shown = text.encode()[:LONGEST_BODY].decode(errors="ignore").encode()
        yield f'"body":{quoted(shown.decode())}'
    if len(shown) < len(read) or not is_whole:
        yield f'"cut_at":{len(shown)}'


def text_of(read, is_whole):
    """The text, less a last character that the end of reading cut in two; None where it is none."""
    for missing in range(1 if is_whole else 4):
        try:
            text = read[: len(read) - missing].decode()
        except UnicodeDecodeError:
            continue
        is_a_start = any(part_of_a_character(read[len(read) - missing :], last) for last in b"\x80\x90\xa0\xbf")
        return text if missing == 0 or is_a_start else None
    return None


def part_of_a_character(part, last):
    """Whether so many bytes of this value, one at least, make a character of the part."""
    for more in (1, 2, 3):
        try:
            return len((part + bytes([last]) * more).decode()) == 1
        except UnicodeDecodeError:
            continue
    return False


def quoted(text):
    return '"' + "".join(map(escaped, text)) + '"'


def escaped(char):
    if char in '"\\':
        return "\\" + char
    if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp"):
        units = char.encode("utf-16-be")
        return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
    return char


def signed(body, *more):
    return [(SIGNATURE, sign(body)), (TIMESTAMP, str(NOW)), *more, length(body)]


def length(body):
    return "Content-Length", str(len(as_bytes(body)))


def accepted(run_id, *more):
    body = f'{{"event":"run.completed","run_id":"{run_id}"}}'
    return Sent("accepted", body, signed(body, *more))


def forged(body=V1, *more, **sent):
    return Sent("signature_mismatch", body, [(SIGNATURE, ZEROS), (TIMESTAMP, str(NOW)), *more, length(body)], **sent)


def unsigned(*headers, **sent):
    return Sent("missing_signature", "", list(headers), is_read=False, **sent)


def too_large(body):
    return Sent("body_too_large", body, signed(body))


HIDDEN = "\0\x01\x1b[2K\r\n\x7f\x85\u00ad\u200b\u202e\u2028\u2029\ufeff\U000e0041"
CASES = [
    Case("off/nothing", "unless it is set there is none", "off", [accepted("run_off"), forged(), unsigned()]),
    Case(
        "failures/failed",
        "what was answered with a 4xx, and no other",
        "failures",
        [accepted("run_failures"), forged()],
    ),
    Case("failures/unread", "refused before any body was read", "failures", [unsigned((TIMESTAMP, "1"))]),
    Case("failures/no-header", "none of those that are shown", "failures", [unsigned()]),
    Case("all/accepted", "what was taken in, too", "all", [accepted("run_all", (EVENT, "run.completed"))]),
    Case("body/empty", "shown as such", "all", [forged("", ("Content-Type", "application/json"))]),
    Case("body/not-utf8", "in base64", "all", [forged(b"\xff\xfe")]),
    Case("body/long-not-utf8", "cut at the byte", "all", [forged(b"\xff" * 17_000)]),
    Case("body/not-utf8-late", "one bad byte behind what is shown", "all", [forged(b"x" * 17_000 + b"\xff")]),
    Case("body/longest", "just not cut", "all", [forged("x" * LONGEST_BODY)]),
    Case("body/long", "cut, with length and SHA-256 of all of it", "all", [forged("x" * (LONGEST_BODY + 1))]),
    Case(
        "body/cut-in-a-character",
        "before it: no character is shown in part",
        "all",
        [forged("x" * (LONGEST_BODY - 1) + "\u00e9" + "x" * 9), forged("x" * (LONGEST_BODY - 3) + "\U0001f600x")],
    ),
    Case("body/escaped", "no text can end the line or hide in it", "all", [forged(f'{{"a":"\\\\{HIDDEN}"}}')]),
    Case("body/forging", "a line of its own inside", "all", [forged('"}\n{"code":"accepted","level":"info"}\n')]),
    Case("too-large/text", "not read to its end: no length, no SHA-256", "all", [too_large("x" * 50)], 20),
    Case(
        "too-large/cut-in-a-character",
        "where reading ended",
        "all",
        [too_large("x" * 20 + "\u00e9x"), too_large("x" * 18 + "\U0001f600")],
        20,
    ),
    Case("too-large/not-utf8", "in base64", "all", [too_large(b"x" * 9 + b"\xff" * 50)], 20),
    Case("too-large/bad-at-the-end", "no start of a character", "all", [too_large(b"x" * 20 + b"\xff" * 9)], 20),
    Case("too-large/long", "cut at what is shown", "all", [too_large("x" * 18_000)], 17_000),
    Case(
        "headers/shown",
        "in this order and writing, and none that is for other eyes",
        "all",
        [
            unsigned(
                ("user-agent", "Overten-Webhook/1.0"),
                ("CONTENT-TYPE", "application/json"),
                ("Authorization", "Bearer x"),
                ("Cookie", "x"),
                ("Content-Encoding", "identity"),
                ("x-overten-event", 'run."completed"'),
                ("X-Hub-Signature-256", "sha256=x"),
            )
        ],
    ),
    Case(
        "headers/long",
        "cut at 256 characters",
        "all",
        [unsigned(("User-Agent", "u" * 256)), unsigned(("User-Agent", "u" * 257), ("Content-Type", "v" * 5_000))],
    ),
    Case(
        "headers/repeated",
        "all values, and of a signature still no more than its beginning",
        "all",
        [
            Sent(
                "malformed_signature",
                "",
                [(SIGNATURE, "sha256="), (SIGNATURE, ZEROS), ("User-Agent", "a"), ("user-agent", "b")],
                is_read=False,
            )
        ],
    ),
    Case("headers/utf8", "characters are counted, not bytes", "all", [unsigned(("User-Agent", "\u00e9" * 257))]),
    Case("headers/not-utf8", "is shown as far as it is text", "all", [unsigned(("User-Agent", b"caf\xe9\xff ok"))]),
    Case("headers/hidden", "what turns the text around", "all", [unsigned(("User-Agent", "a\u202eb\u200bc"))]),
    Case("headers/control", "some hosts let it through", "all", [unsigned(("User-Agent", "a\x1b[2K\x7f\x01b"))]),
    Case(
        "minute/thirty-first",
        "no more than 30, whatever they are",
        "all",
        [forged(times=29), unsigned(), unsigned(), forged(), unsigned(at=NOW + 60)],
    ),
    Case(
        "minute/failures-alone-count",
        "what leaves no line takes none from the others",
        "failures",
        [accepted("run_minute"), unsigned(times=40)],
    ),
    Case(
        "minute/clock-put-back",
        "each minute has its own, a past one too",
        "failures",
        [unsigned(times=31), unsigned(at=NOW - 3600, times=31), unsigned(times=31)],
    ),
]


def document():
    return {
        "format": "overten-webhook-raw-lines/1",
        "title": "requests, and the line that shows each as it came",
        "count": len(CASES),
        "cases": [case.as_json() for case in CASES],
    }
