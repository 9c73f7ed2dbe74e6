#!/usr/bin/env python3
"""Makes the pictures of the README from what the program shows in a real terminal (tmux), or checks that they are of today.

    make.py PROGRAM           writes listen.svg and explain.svg beside this file
    make.py PROGRAM --check   compares their text with what PROGRAM prints now; needs no tmux

What differs from run to run (the time of day, how long something took, ports) is the same in every picture.
"""

from __future__ import annotations

import hashlib
import hmac
import html
import http.client
import http.server
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
WIDTH, HEIGHT = 132, 60
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
BODY = '{"event":"run.failed","run_id":"run_01HXYZ","message":"no such template"}'
# Debian's name of what is missing, and of the package.
TMUX = "tmux is missing: as root on Debian, apt-get install tmux"


def sign(at: int, body: str) -> dict[str, str]:
    mac = hmac.new(SECRET.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Overten-Signature": f"sha256={mac}", "X-Overten-Timestamp": str(at)}


def post(port: int, body: str, signed: str | None = None) -> None:
    """Posts a body under the signature of this one, or of another that it was before."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = sign(int(time.time()), body if signed is None else signed)
    connection.request("POST", "/webhooks/overten", body, headers)
    connection.getresponse().read()
    connection.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@contextmanager
def target() -> Iterator[int]:
    """An application that takes what is forwarded to it; gives its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


class Terminal:
    """A session of tmux that shows one command."""

    def __init__(self, command: str, folder: Path, path: str) -> None:
        self._tmux = ["tmux", "-L", f"overten-{os.getpid()}", "-f", "/dev/null"]
        shell = ["env", "-i", f"PATH={path}", "TERM=screen-256color", "PS1=$ ", "sh", "-i"]
        size = ["-x", str(WIDTH), "-y", str(HEIGHT)]
        self._run("new-session", "-d", *size, "-c", str(folder), *shell)
        wait_for(self, "$")
        self._run("send-keys", "-l", command)
        self._run("send-keys", "Enter")

    def _run(self, *arguments: str) -> str:
        try:
            done = subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True)
        except FileNotFoundError:
            sys.exit(TMUX)
        return done.stdout

    def rows(self) -> list[str]:
        """What it shows, with its colours."""
        return self._run("capture-pane", "-p", "-e").rstrip("\n").split("\n")

    def close(self) -> None:
        self._run("kill-server")


class Pipe:
    """The same command without a terminal: its text in rows as a terminal would break them."""

    def __init__(self, command: str, folder: Path, path: str) -> None:
        self._text = f"$ {command}\n"
        self._process = subprocess.Popen(
            ["sh", "-c", f"exec {command}"], cwd=folder, env={"PATH": path}, stdout=subprocess.PIPE, text=True
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._text += line

    def rows(self) -> list[str]:
        lines = self._text.rstrip("\n").split("\n")
        return [line[at : at + WIDTH] for line in lines for at in range(0, max(len(line), 1), WIDTH)]

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


Screen = Terminal | Pipe


def plain(row: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m|\x0f", "", row).rstrip()


def wait_for(screen: Screen, text: str) -> list[str]:
    give_up_at = time.monotonic() + 60
    while True:
        rows = screen.rows()
        if any(text in plain(row) for row in rows):
            return rows
        if time.monotonic() > give_up_at:
            sys.exit(f"{text!r} is not shown, but:\n" + "\n".join(map(plain, rows)))
        time.sleep(0.05)


def listen(show: Callable[[str], Screen]) -> list[str]:
    with target() as to:
        port = free_port()
        screen = show(
            f"overten-webhook listen --secrets-file secrets.txt --folder deliveries --port {port} "
            f"--forward-to http://127.0.0.1:{to}/hook"
        )
        try:
            wait_for(screen, "Ctrl-C")
            completed = BODY.replace("run.failed", "run.completed")
            post(port, completed)
            wait_for(screen, "204 forwarded")
            post(port, completed)
            wait_for(screen, "200 duplicate")
            post(port, BODY.replace(":", ": "), signed=BODY)
            rows = wait_for(screen, "all of it:")
        finally:
            screen.close()
    return [same(row, {port: "8088", to: "3000"}) for row in rows]


def same(row: str, ports: dict[int, str]) -> str:
    """The row with what differs from run to run made the same, as wide as it was."""
    row = re.sub(r"\d\d:\d\d:\d\dZ", "12:00:00Z", row)
    row = re.sub(r"\d+ ms", lambda took: "5 ms".rjust(len(took[0])), row)
    for port, shown in ports.items():
        row = re.sub(rf"\b{port}\b", shown, row)
    return row


def explain(show: Callable[[str], Screen]) -> list[str]:
    screen = show("overten-webhook explain request.http --secrets-file secrets.txt --now 1760000004")
    try:
        return wait_for(screen, "secret 'organisation': configured")
    finally:
        screen.close()


COLOURS = {"31": "#f47067", "32": "#6bc46d", "33": "#daaa3f", "36": "#56d4dd"}
PLAIN, DIM = "#d5dbe3", "#8b949e"


def svg(rows: list[str], title: str) -> str:
    """The rows as text, so that it can be read, searched and compared."""
    while rows and not plain(rows[-1]):
        rows = rows[:-1]
    rows = [row for row in rows if plain(row) != "$"]
    width, height = WIDTH * 8 + 32, len(rows) * 18 + 32
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">',
        f'<rect width="{width}" height="{height}" rx="8" fill="#1c2128"/>',
        f'<g font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13" fill="{PLAIN}" '
        'xml:space="preserve">',
    ]
    for number, row in enumerate(rows):
        y = 16 + 18 * number + 13
        lines.append(f'<text x="16" y="{y}">{"".join(spans(row))}</text>')
    return "\n".join([*lines, "</g>", "</svg>"]) + "\n"


def spans(row: str) -> Iterator[str]:
    """The row's parts, each at its column, since not every reader has a font in which all are as wide."""
    colour, bold, column = PLAIN, False, 0
    for part in re.split(r"(\x1b\[[0-9;]*m)", row.replace("\x0f", "")):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if code is None:
            if part:
                weight = ' font-weight="bold"' if bold else ""
                place = f'x="{16 + 8 * column}" textLength="{8 * len(part)}"'
                yield f'<tspan {place} fill="{colour}"{weight}>{html.escape(part, quote=False)}</tspan>'
                column += len(part)
            continue
        for number in code[1].split(";"):
            if number in ("", "0", "39"):
                colour, bold = PLAIN, bold and number == "39"
            elif number == "1":
                bold = True
            elif number == "2":
                colour = DIM
            elif number in COLOURS:
                colour = COLOURS[number]


def text_of(picture: str) -> list[str]:
    rows = re.findall(r'<text x="16" y="\d+">(.*)</text>', picture)
    return [html.unescape(re.sub(r"<[^>]*>", "", row)).rstrip() for row in rows]


PICTURES = {"listen": listen, "explain": explain}


def main() -> None:
    program, is_check = Path(sys.argv[1]).resolve(), "--check" in sys.argv
    path = f"{program.parent}:/usr/bin:/bin"
    for name, draw in PICTURES.items():
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "secrets.txt").write_text(f"organisation:{SECRET}\n")
            head = "".join(f"{field}: {value}\r\n" for field, value in sign(1_760_000_000, BODY).items())
            request = f"POST /webhooks/overten HTTP/1.1\r\n{head}\r\n{BODY.replace(':', ': ')}"
            Path(folder, "request.http").write_bytes(request.encode())
            rows = draw(lambda command: (Pipe if is_check else Terminal)(command, Path(folder), path))
        file = HERE / f"{name}.svg"
        if not is_check:
            file.write_text(svg(rows, f"What `overten-webhook {name}` shows"))
            continue
        now = [plain(row) for row in rows]
        if text_of(file.read_text()) != [row for row in now if row != "$"]:
            sys.exit(f"{file.name} is not what the program shows today; `make pictures` makes it anew:\n" + "\n".join(now))


if __name__ == "__main__":
    main()
