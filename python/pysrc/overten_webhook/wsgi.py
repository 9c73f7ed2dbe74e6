"""A receiver as a WSGI application, to run by itself or beside another: needs nothing but this package."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from overten_webhook._environ import body_chunks, headers_from_environ, target_of
from overten_webhook.receiver import Receiver


def webhook_app(receiver: Receiver) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Give the application. Give the receiver its whole `path`, wherever the application is mounted."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers, target = headers_from_environ(environ), target_of(environ)
        reply = receiver.receive(environ["REQUEST_METHOD"], headers, body_chunks(environ), target=target)
        status = f"{reply.status} {HTTPStatus(reply.status).phrase}"
        start_response(status, [*reply.headers, ("Content-Length", str(len(reply.body)))])
        return [reply.body]

    return app
