"""A receiver as a Flask view."""

from collections.abc import Callable, Iterator

from flask import Response, request

from overten_webhook.receiver import Receiver

_CHUNK_BYTES = 64 * 1024


def webhook_view(receiver: Receiver) -> Callable[[], Response]:
    """Give the view, for `app.add_url_rule(path, view_func=…, strict_slashes=False)`.

    It takes every method, so that the receiver answers 405 itself. Without `strict_slashes=False` Flask would not take
    the path with its trailing slash for the same. A body that something read before (`request.data` in a
    `before_request`) is found in Flask's cache.
    """

    def overten_webhook() -> Response:
        reply = receiver.receive(request.method, request.headers, _chunks(), target=request.path)
        return Response(reply.body, reply.status, reply.headers)

    overten_webhook.methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]  # type: ignore[attr-defined]
    overten_webhook.provide_automatic_options = False  # type: ignore[attr-defined]
    return overten_webhook


def _chunks() -> Iterator[bytes]:
    size, expected = 0, request.content_length
    while chunk := request.stream.read(_CHUNK_BYTES):
        size += len(chunk)
        yield chunk
    if not size:
        cached = request.get_data()
        size = len(cached)
        yield cached
    if size < (1 if expected is None else expected):
        raise EOFError(f"only {size} bytes of the body came: the client went away, or something read them")
