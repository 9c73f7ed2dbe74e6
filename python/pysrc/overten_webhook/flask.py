"""A receiver as a Flask view."""

from collections.abc import Callable, Iterator

from flask import Response, request

from overten_webhook._environ import body_chunks, headers_from_environ, target_of
from overten_webhook.receiver import Receiver


def webhook_view(receiver: Receiver) -> Callable[[], Response]:
    """Give the view, for `app.add_url_rule(path, view_func=…, strict_slashes=False, merge_slashes=False)`.

    It takes every method, so that the receiver answers 405 itself. Without `strict_slashes=False` Flask would not take
    the path with its trailing slash for the same, and without `merge_slashes=False` it redirects a doubled slash, which
    loses a delivery. A body that something read before (`request.data` in a `before_request`) is in Flask's cache.
    """

    def overten_webhook() -> Response:
        headers, target = headers_from_environ(request.environ), target_of(request.environ)
        reply = receiver.receive(request.method, headers, _chunks(), target=target)
        return Response(reply.body, reply.status, reply.headers)

    overten_webhook.methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]  # type: ignore[attr-defined]
    overten_webhook.provide_automatic_options = False  # type: ignore[attr-defined]
    return overten_webhook


def _chunks() -> Iterator[bytes]:
    is_empty = True
    for chunk in body_chunks(request.environ, request.stream.read):
        is_empty = False
        yield chunk
    if is_empty:
        yield request.get_data()
