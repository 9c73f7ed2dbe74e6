"""A receiver as a Django view."""

from collections.abc import Callable, Iterator

from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from overten_webhook.receiver import Receiver
from overten_webhook.wsgi import body_chunks

_CHUNK_BYTES = 64 * 1024


def webhook_view(receiver: Receiver) -> Callable[[HttpRequest], HttpResponse]:
    """Give the view, for `re_path(r"^webhooks/overten/?$", …)`: with and without its trailing slash.

    It is exempt from CSRF checks, since the signature is the proof, and from ATOMIC_REQUESTS: Django would commit that
    transaction after the answer, and an event whose commit failed would be lost. Open one in your handler
    (`transaction.atomic()`), so that it has committed when the handler returns.
    """

    def overten_webhook(request: HttpRequest) -> HttpResponse:
        method = request.method or ""
        reply = receiver.receive(method, request.headers, _chunks(request), target=request.path)
        headers = {**dict(reply.headers), "Content-Length": str(len(reply.body))}
        return HttpResponse(reply.body, status=reply.status, headers=headers)

    view: Callable[[HttpRequest], HttpResponse] = non_atomic_requests(csrf_exempt(overten_webhook))
    return view


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    length = request.META.get("CONTENT_LENGTH")
    if not length and hasattr(request, "environ"):
        # Django takes a chunked body for an empty one; the server under it may not.
        yield from body_chunks(request.environ)
        return
    missing = int(length or 0)
    while chunk := request.read(_CHUNK_BYTES):
        missing -= len(chunk)
        yield chunk
    if length and missing > 0:
        raise EOFError(f"{missing} of {length} bytes never came: the client went away, or something read them")
