"""Take each delivery in exactly once: verify, claim, hand on, commit, answer."""

from collections.abc import Iterable
from typing import TypeGuard, cast

from overten_webhook._driver import Driver, Reply, WholeBody
from overten_webhook._settings import HeadersInput


class Receiver(Driver):
    """Takes in deliveries, each exactly once, and says how to answer. Its async twin is `AsyncReceiver`.

    - `secrets`: as `Verifier` takes them, or `EnvSecrets()`.
    - `handler`: called with each event once. It returns when the event is durable (enqueued, or inserted and
      committed); what it returns does not matter, unless that is still to be run, which is a failure: a coroutine, an
      iterator, a future, a thread, a function.
      One that raises gives the claim back, and Overten sends the delivery again; one that raises `PermanentFailure` has
      it set aside. Overten waits 15 seconds: let it only write the event down.
    - `set_aside`: called with a delivery that nobody can handle, and why: the `PayloadError` of one that cannot be
      read, or the handler's `PermanentFailure`. It keeps the delivery durably, or raises. `SetAsideInFolder(path)` and
      `SetAsideInLog()` do.
    - `store`: who remembers what was taken in; see `overten_webhook.stores`. None remembers in this process alone.
    - `path`: where deliveries are sent, compared with `target`; None takes any.
    - `scope`: `"run"`, or `"task"` for a receiver that resumes runs; a key of your own must tell as much apart:
      `event.idempotency_key("task")` does under either. A change of it makes other keys: what was taken in under the
      old ones counts as new once more, where it is sent again.
    - `tolerance`: what `Verifier` takes. By default 300 s, and 3 days in the past where the store is durable, because
      then the key stops every replay and a short window would only lose what an outage held up.
    - `max_body_bytes`: reading stops there, whatever `Content-Length` says.
    - `retention`: how long a committed key is kept, counted from the first acceptance; the same for all receivers that
      share a store. It must be longer than both sides of the tolerance together; with a side switched off, a replay
      after the retention counts as new.
    - `lease`: after this long a claim lapses whose holder died. A handler that runs longer may run twice.
    - `mismatch_status`: 503 until the first delivery has verified and while secrets are being changed, since 401 is
      final with Overten and a wrong secret is then likelier than a forger; 401 afterwards.
    - `log_raw`: for debugging, `"failures"` (or `"all"`) writes one more JSON line for such a request, to the logger
      `overten_webhook.raw`: the headers that matter, the signature shortened, and the body's length, SHA-256 and first
      16 KiB; 30 lines a minute at most. Bodies may hold personal data.
    - `clock`: gives Unix seconds; for tests.

    Raises `SecretError`, `InvalidArgument`, `ValueError` or `TypeError` for settings that make no sense. When it is
    made it logs one line: the settings, and each secret's label and fingerprint; or what is wrong.

    >>> from overten_webhook import SetAsideInLog, sign
    >>> secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    >>> def handle(event):
    ...     print(event.name, event.run_id)
    >>> receiver = Receiver(secret, handler=handle, set_aside=SetAsideInLog(), clock=lambda: 1_760_000_000)
    >>> body = b'{"event":"run.completed","run_id":"run_01"}'
    >>> receiver.receive("POST", sign(body, secret, now=1_760_000_000), body).status
    run.completed run_01
    200
    >>> receiver.receive("POST", sign(body, secret, now=1_760_000_000), body).body
    b'{"status":"duplicate"}'
    """

    _may_await = False

    def receive(
        self,
        method: str | bytes,
        headers: HeadersInput,
        body: WholeBody | Iterable[bytes],
        *,
        target: str | bytes | None = None,
    ) -> Reply:
        """Take in one request and give the reply to send.

        `headers` are all that were received, as `Verifier.verify` takes them; `body` the raw body, whole or as chunks
        that are read only where the headers are in order, and only up to the limit; `target` the requested path, with
        or without a query, which is compared with the receiver's `path`.

        Chunks that raise while they are read are answered with 503. What is no body or no headers is a `TypeError`. A
        `SystemExit` or `KeyboardInterrupt` goes on once the claim is given back and the line written, and takes the
        place of the reply: it ends what the server runs the request in.
        """
        if isinstance(body, list | tuple) and not body:
            raise TypeError('body is an empty list, of which nobody can tell what it was; b"" is an empty body')
        work = self._begin(method, headers, target)
        if work.asked == "read_body":
            try:
                whole = _collect(body, work.reception.max_body_bytes) if _is_chunks(body) else body
            except BaseException as error:
                work.broken_off(error)
            else:
                self._read_whole(work, whole)
        while work.asked != "answer":
            self._take_step(work)
        return cast("Reply", self._end(work))


def _is_chunks(body: object) -> TypeGuard[Iterable[bytes]]:
    return hasattr(body, "__iter__") and not isinstance(body, bytes | bytearray | memoryview | str | dict)


def _collect(body: Iterable[bytes], max_body_bytes: int) -> bytes:
    chunks, size = [], 0
    for chunk in body:
        chunks.append(chunk)
        size += len(chunk)
        if size > max_body_bytes:
            break
    return b"".join(chunks)
