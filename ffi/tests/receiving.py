"""A running receiver, and requests written by hand: a client library would refuse or mend what a test is about."""

import hashlib
import hmac
import json
import os
import pathlib
import socket
import subprocess
import tempfile

import export
from building import FFI, compiled

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NOW = 1760000000
BODY = b'{"event":"run.completed","run_id":"run_01","data":{"ok":true}}'
SIGNATURE = "sha256=f28888a08ad78128cfaa478ed699bbc4a9155929c0e8b1b0e14b671d1efe46c9"
PATH = "/webhooks/overten"
SECONDS = 30  # to wait at most for an answer that does not come
WRAPPED = [FFI / "tests" / "doubles.c", "-Wl,--wrap=time,--wrap=clock_gettime,--wrap=ftruncate,--wrap=overten_delivery_timestamp"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]


def built(name, flags=()):
    """The example as it ships, but for the clock and the gate of doubles.c."""
    return compiled(FFI / "examples" / "receiver.c", name, "gcc", flags, "overten_webhook_static libmicrohttpd", WRAPPED)


def signed(body=BODY, at=NOW, secret=SECRET):
    mac = hmac.new(secret.encode(), str(at).encode() + b"." + body, hashlib.sha256).hexdigest()
    return [("X-Overten-Signature", f"sha256={mac}"), ("X-Overten-Timestamp", str(at))]


class Receiver:
    """A process of its own, with the settings given; `with` ends it and asks that it ended well."""

    def __init__(self, program, secrets=SECRET, now=NOW, spooled=b"", gate=None, log=None, **settings):
        self.folder = tempfile.TemporaryDirectory()
        self.clock = pathlib.Path(self.folder.name, "clock")
        self.spool = pathlib.Path(self.folder.name, "spool")
        self.spool.write_bytes(spooled)
        self.set_clock(now)
        self.is_told_to_end = False
        environment = {"PATH": os.environ["PATH"], "TEST_CLOCK": str(self.clock)}
        environment |= {name: str(value) for name, value in settings.items()}
        if secrets is not None:
            environment["OVERTEN_WEBHOOK_SECRETS"] = secrets
        if gate:
            environment["TEST_GATE"] = ",".join(map(str, gate))
        self.errors = open(pathlib.Path(self.folder.name, "errors"), "w+b")
        self.process = subprocess.Popen([program, "0", self.spool], stdout=subprocess.PIPE, stderr=log or self.errors, env=environment,
                                        pass_fds=gate or ())
        self.port = int(self.process.stdout.readline().rsplit(b":", 1)[1])

    def set_clock(self, now, passed_ms=0):
        """The Unix time, and what has passed on the monotonic clock since the start."""
        fresh = self.clock.with_suffix(".fresh")
        fresh.write_text(f"{now} {passed_ms}")
        fresh.replace(self.clock)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        alive = self.process.poll() is None or self.is_told_to_end
        self.process.terminate() if kind is None else self.process.kill()
        status = self.process.wait(SECONDS)
        said = self.logged()
        self.close()
        if kind is None and (not alive or status != 0 or "ERROR:" in said or "runtime error:" in said):
            raise AssertionError(f"the receiver ended with {status}, alive before: {alive}\n{said}")

    def terminate(self):
        self.is_told_to_end = True
        self.process.terminate()

    def close(self):
        self.process.stdout.close()
        self.errors.close()
        self.folder.cleanup()

    def logged(self):
        return os.pread(self.errors.fileno(), 1 << 26, 0).decode()

    def lines(self):
        """The log line of each request, in the order of their answers; the first of all is the start's."""
        return [json.loads(line) for line in self.logged().splitlines() if line.startswith("{")][1:]

    def start_line(self):
        return json.loads(next(line for line in self.logged().splitlines() if line.startswith("{")))

    def peak_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), SECONDS)

    def post(self, body=BODY, headers=None, method="POST", path=PATH):
        return post(self.port, body, headers, method, path)


def post(port, body=BODY, headers=None, method="POST", path=PATH):
    """The answer to one request: what `Answer` holds."""
    headers = signed(body) if headers is None else headers
    head = request_head(method, path, [*headers, ("Content-Length", str(len(body)))])
    with socket.create_connection(("127.0.0.1", port), SECONDS) as connection:
        return exchange(connection, [head, body])[0]


def request_head(method, path, headers):
    names = {name.lower() for name, _ in headers}
    headers = [*headers, ("Connection", "close")] + ([] if "host" in names else [("Host", "test")])
    lines = [f"{method} {path} HTTP/1.1".encode()]
    lines += [name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def exchange(connection, parts):
    """Sends the parts for as long as they are taken: the answer, and how many bytes went out."""
    sent = 0
    try:
        for part in parts:
            connection.sendall(part)
            sent += len(part)
    except (BrokenPipeError, ConnectionResetError):
        pass  # answered before it had read all
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass  # closed with bytes unread; what was answered came first
    return Answer(received), sent


class Answer:
    def __init__(self, received):
        head, _, self.body = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if received else None
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}

    def __eq__(self, other):
        return (self.status, self.body.decode()) == other

    def __repr__(self):
        return repr((self.status, self.body.decode()))


CODES = {code["code"]: code for code in json.loads((export.VECTORS / "codes.json").read_text("utf-8"))["codes"]}


def answered(code, status=None):
    """What an answer with that code equals; its status is the catalogue's unless another one is given."""
    return status or CODES[code]["status"], CODES[code]["reply"]
