"""A receiver as a WSGI application, to run by itself or to mount: needs nothing but this package."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from overten_webhook._environ import body_chunks, headers_from_environ, target_of
from overten_webhook.receiver import Receiver


def webhook_app(receiver: Receiver) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Give the application. Give the receiver its `path`, unless the application is mounted at one."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers, target = headers_from_environ(environ), target_of(environ)
        reply = receiver.receive(environ["REQUEST_METHOD"], headers, body_chunks(environ), target=target)
        status = f"{reply.status} {HTTPStatus(reply.status).phrase}"
        start_response(status, [*reply.headers, ("Content-Length", str(len(reply.body)))])
        return [reply.body]

    return app
