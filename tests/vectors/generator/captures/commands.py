"""`curl` commands."""

import shlex

from .case import BODY, HEADERS, QUOTED, URL, Read, fails, reads

CURL = Read("curl", target=URL)
OPTIONS = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in HEADERS]


def command(body, *options, separator=" ", program="curl"):
    return separator.join([program, *OPTIONS, *options, body, URL])


def data(body, option="--data-binary"):
    return f"{option} {shlex.quote(body.decode())}"


def ansi(body):
    """The text as `$'...'`."""
    escapes = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "$'" + "".join(escapes.get(char, char) for char in body.decode()) + "'"


def double(body):
    """The text in double quotes."""
    return '"' + "".join(f"\\{char}" if char in '"\\$`' else char for char in body.decode()) + '"'


IN_FILE = CURL.but(body=b"", lacks=("body_in_file",), body_file="body.json")

CASES = [
    reads("curl/single-quotes", "as a shell quotes", command(data(BODY)), CURL),
    reads("curl/hard-to-quote", "every special character", command(data(QUOTED)), CURL.but(body=QUOTED)),
    reads("curl/double-quotes", "with its escapes", command(f"--data-binary {double(QUOTED)}"), CURL.but(body=QUOTED)),
    reads("curl/ansi-quotes", "as browsers copy", command(f"--data-raw {ansi(QUOTED)}"), CURL.but(body=QUOTED)),
    reads(
        "curl/ansi-escapes",
        "bytes and characters by number",
        command("--data-raw $'\\x7b\\u00e9\\U0001F600\\303\\251\\e\\?\\q\\x41b\\101\\cAz'"),
        CURL.but(body=b"{\xc3\xa9\xf0\x9f\x98\x80\xc3\xa9\x1b?\\qAbA\x01z"),
    ),
    reads("curl/joined-quotes", "one word of several", command("--data-raw '{'\"}\"\\'x"), CURL.but(body=b"{}'x")),
    reads("curl/continued-lines", "a backslash at their ends", command(data(BODY), separator=" \\\n  "), CURL),
    reads("curl/continued-crlf", "saved on Windows", command(data(BODY), separator=" \\\r\n  "), CURL),
    reads("curl/prompt", "copied with its prompt", "$ " + command(data(BODY)), CURL),
    *(
        reads(f"curl/prompt-{name}", note, prompt + command(data(BODY)), CURL)
        for name, note, prompt in [
            ("zsh", "of another shell", "% "),
            ("root", "of the superuser", "# "),
            ("user", "with user, host and directory", "user@host:~/a b$ "),
            ("bracketed", "with an environment in front", "(venv) [user@host dir]$ "),
            ("fish", "of yet another shell", "user@host ~> "),
            ("time", "and measured", "$ time "),
        ]
    ),
    reads("curl/time", "measured", "time " + command(data(BODY)), CURL),
    reads("curl/comment-before", "lines of comment", f"# what came\n#\n\n{command(data(BODY))}", CURL),
    *(
        reads(f"curl/comment-{name}", "no prompt of root", f"{comment}\n{command(data(BODY))}", CURL)
        for name, comment in [
            ("of-curl", "# curl it again"),
            ("of-curl-with-apostrophe", "# curl isn't verified"),
            ("of-curl-with-file", "# curl https://x --data-binary @missing.bin\n# and more\n"),
        ]
    ),
    reads(
        "curl/root-prompts",
        "commands of root, one after the other",
        f"# {command(data(BODY))}\n# {command(data(BODY))}\n# done\n",
        CURL,
        CURL,
    ),
    reads("curl/path", "the program by its path", command(data(BODY), program="/usr/bin/curl"), CURL),
    reads("curl/long-header", "the option's long name", command(data(BODY)).replace("-H ", "--header "), CURL),
    reads("curl/header-joined", "an option's value in one word", command(data(BODY)).replace("-H ", "-H"), CURL),
    reads(
        "curl/flags",
        "of no meaning here",
        command(data(BODY), "-sSL", "--compressed", "-o out.txt", "-m5", "--retry 3"),
        CURL,
    ),
    reads("curl/method", "is what the command says", command(data(BODY), "-X PUT"), CURL.but(method="PUT")),
    reads("curl/method-joined", "behind flags", command(data(BODY), "-sXPUT"), CURL.but(method="PUT")),
    reads(
        "curl/url-option",
        "the target by its option",
        command(data(BODY), "--url https://a.example/"),
        CURL.but(target="https://a.example/"),
    ),
    reads(
        "curl/user-agent",
        "is a header",
        command(data(BODY), "-A tool/1"),
        CURL.but(headers=(*HEADERS, ("User-Agent", "tool/1"))),
    ),
    reads(
        "curl/empty-header",
        "a name and a semicolon",
        command(data(BODY), "-H 'X-E;'"),
        CURL.but(headers=(*HEADERS, ("X-E", ""))),
    ),
    reads("curl/removed-header", "a name and a colon is none", command(data(BODY), "-H 'Accept:'"), CURL),
    reads("curl/file", "the body is elsewhere", command("--data-binary @body.json"), IN_FILE),
    reads("curl/file-by-d", "curl drops its line ends", command("-d @body.json"), IN_FILE),
    reads(
        "curl/file-with-space",
        "a name in quotes",
        command("--data-binary '@a b.json'"),
        IN_FILE.but(body_file="a b.json"),
    ),
    reads("curl/standard-input", "is named -", command("--data-binary @-"), IN_FILE.but(body_file="-")),
    reads("curl/redirected-input", "names its file", command("--data-binary @-") + " < body.json", IN_FILE),
    reads("curl/upload", "a file by -T", command("-T body.json"), IN_FILE.but(method="PUT")),
    reads("curl/at-sign-raw", "is no file", command(data(b"@body.json", "--data-raw")), CURL.but(body=b"@body.json")),
    reads("curl/joined-data", "by an ampersand", command("-d a=1 -d b=2"), CURL.but(body=b"a=1&b=2")),
    reads("curl/json-option", "sends as it is", command(data(BODY, "--json")), CURL),
    reads("curl/newline-in-data", "is sent", command(data(BODY + b"\n", "-d")), CURL.but(body=BODY + b"\n")),
    reads("curl/no-data", "headers alone", command(""), CURL.but(method="GET", body=b"", lacks=("body_absent",))),
    reads("curl/pipe", "what follows is another command", command(data(BODY)) + " 2>/dev/null > out | jq .", CURL),
    reads("curl/comment", "is no word", command(data(BODY)) + " # note 'x", CURL),
    reads(
        "curl/two", "one a line", command(data(BODY)) + "\n" + command(data(b"{}")) + "\n", CURL, CURL.but(body=b"{}")
    ),
    fails("curl/quote-open", "a quote that nothing closes", "curl -d '{} " + URL, "quoting"),
    fails("curl/cmd-quotes", "as cmd wants it", f'curl ^"{URL}^" -d ^"x^"', "quoting"),
    fails(
        "curl/doubled-quotes",
        "one quote in cmd, none in a POSIX shell",
        f'curl "{URL}" --data-raw "{{""event"":""run.completed""}}"',
        "quoting",
    ),
    reads("curl/quotes-of-nothing", "an empty body", command('--data-raw ""'), CURL.but(body=b"")),
    reads("curl/quotes-in-quotes", "of the other kind", command("""-d 'it'"'"'s'"""), CURL.but(body=b"it's")),
    fails(
        "curl/variable",
        "the shell would put its value there",
        f'curl -H "X-Overten-Signature: $SIGNATURE" {URL}',
        "expansion",
    ),
    fails("curl/substitution", "or a program's output", f"curl -d `cat body` {URL}", "expansion"),
    fails("curl/here-document", "or lines that follow", f"curl -d @- {URL} <<END\n{{}}\nEND", "expansion"),
    fails("curl/form", "a boundary is made each time", f"curl -F a=b {URL}", "curl_body"),
    fails("curl/url-encoded", "curl changes the data", f"curl --data-urlencode a=b {URL}", "curl_body"),
    fails("curl/get", "the data goes into the URL", f"curl -G -d a=b {URL}", "curl_body"),
    reads("curl/proxy-options", "have values", command(data(BODY), "--socks5 a:1", "--proxy-user b"), CURL),
    reads("curl/braces", "that hold nothing to part", command("-d {}"), CURL.but(body=b"{}")),
    reads("curl/ansi-zero", "ends what is quoted", command("-d $'a\\0b'c"), CURL.but(body=b"ac")),
    fails("curl/brace-expansion", "makes several words", f"curl -d {{a,b}} {URL}", "expansion"),
    fails("curl/brace-range", "so does this", f"curl -d {{1..3}} {URL}", "expansion"),
    fails("curl/value-cut", "the command ends before it", f"curl -d b {URL} -X", "curl_body"),
    fails("curl/next", "another request follows", f"curl -d a {URL} -: -d b {URL}", "curl_body"),
    fails("curl/expand", "curl puts variables in", f"curl --expand-data '{{{{a}}}}' {URL}", "curl_body"),
    fails("curl/line-in-header", "is a header of its own", f"curl -H $'A: b\\r\\nC: d' -d b {URL}", "header_line"),
    fails("curl/file-and-data", "joined by curl", f"curl -d @a -d b {URL}", "curl_body"),
    fails("curl/headers-from-file", "which is not here", f"curl -H @headers -d b {URL}", "curl_body"),
]
