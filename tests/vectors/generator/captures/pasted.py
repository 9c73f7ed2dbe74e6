"""What a message does to a capture that is pasted into it: a fence around it, or every line indented."""

import textwrap

from .case import BODY, HEADERS, Read, reads
from .commands import CURL, command, data
from .objects import RAW, WHOLE
from .requests import LENGTH, REQUEST, WITH_LENGTH, written

TEXT = written(end=b"\n").decode()
PRETTY = b'{\n  "event": "run.completed",\n  "run_id": "run_01"\n}'
PRETTY_COMMAND = command(data(PRETTY), separator=" \\\n  ")

CASES = [
    reads("pasted/fence", "of Markdown", f"```\n{TEXT}\n```\n", REQUEST),
    reads("pasted/fence-with-language", "and the language's name", f"\n```http\n{TEXT}\n```", REQUEST),
    reads("pasted/fence-of-tildes", "the other kind", f"~~~\n{TEXT}\n~~~\nThat is all.\n", REQUEST),
    reads("pasted/fence-not-closed", "copied without its end", f"```\n{TEXT}", REQUEST),
    reads("pasted/fence-crlf", "on Windows", "```\r\n".encode() + written() + b"\r\n```\r\n", REQUEST),
    reads(
        "pasted/fence-keeps-newline",
        "only the fence's own line end goes",
        f"```\n{TEXT}\n\n```\n",
        REQUEST.but(body=BODY + b"\n"),
    ),
    reads("pasted/fence-of-a-command", "a `curl` command", f"```sh\n$ {command(data(BODY))}\n```", CURL),
    reads("pasted/indented", "every line", textwrap.indent(TEXT, "    "), REQUEST),
    reads("pasted/indented-by-tabs", "by another blank", textwrap.indent(TEXT, "\t"), REQUEST),
    reads(
        "pasted/indented-body-of-lines",
        "what all lines share is no part of the body",
        textwrap.indent(written(body=PRETTY, end=b"\n").decode(), "  "),
        REQUEST.but(body=PRETTY),
    ),
    reads("pasted/indented-fence", "both", textwrap.indent(f"```\n{TEXT}\n```\n", "  "), REQUEST),
    reads(
        "pasted/indented-command",
        "what its quotes hold is sent as it stands there",
        textwrap.indent(PRETTY_COMMAND, "  "),
        CURL.but(body=PRETTY.replace(b"\n", b"\n  ")),
    ),
    reads(
        "pasted/indented-fence-of-a-command",
        "the fence's own indent is no part of what it holds",
        textwrap.indent(f"```sh\n{PRETTY_COMMAND}\n```\n", "  "),
        CURL.but(body=PRETTY),
    ),
    reads("pasted/indented-lines", "of a log", textwrap.indent(f"{WHOLE}\n{WHOLE}\n", "  "), RAW, RAW),
    reads(
        "pasted/body-indented-alone",
        "lines of the body that are indented are as received",
        written(headers=[*HEADERS, LENGTH], body=b"  " + BODY[:-2], end=b"\n"),
        WITH_LENGTH.but(body=b"  " + BODY[:-2]),
    ),
    reads(
        "pasted/fence-in-a-body",
        "behind a request's head is the body's own",
        written(body=b"```\nx\n```\n"),
        Read("http_request", body=b"```\nx\n```\n"),
    ),
]
