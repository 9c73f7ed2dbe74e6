"""A receiver as a WSGI application, to run by itself or to mount: needs nothing but this package."""

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import Any

from overten_webhook._environ import headers_from_environ
from overten_webhook.receiver import Receiver

_CHUNK_BYTES = 64 * 1024


def webhook_app(receiver: Receiver) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Give the application. Give the receiver its `path`, unless the application is mounted at one."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        target = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        headers = headers_from_environ(environ)
        reply = receiver.receive(environ["REQUEST_METHOD"], headers, body_chunks(environ), target=target)
        status = f"{reply.status} {HTTPStatus(reply.status).phrase}"
        start_response(status, [*reply.headers, ("Content-Length", str(len(reply.body)))])
        return [reply.body]

    return app


def body_chunks(environ: dict[str, Any]) -> Iterator[bytes]:
    """Give the body as it arrives. What ends before its `Content-Length`, or cannot be read at all, raises."""
    stream, length = environ["wsgi.input"], environ.get("CONTENT_LENGTH")
    if length:
        missing = int(length)
        while missing > 0:
            chunk = stream.read(min(missing, _CHUNK_BYTES))
            if not chunk:
                raise EOFError(f"{missing} of {length} bytes never came: the client went away, or something read them")
            missing -= len(chunk)
            yield chunk
    elif environ.get("wsgi.input_terminated"):
        while chunk := stream.read(_CHUNK_BYTES):
            yield chunk
    elif "HTTP_TRANSFER_ENCODING" in environ:
        raise EOFError("this WSGI server does not hand on a chunked body; use one that sets wsgi.input_terminated")
