"""A receiver as a Django view."""

from collections.abc import Callable

from django.db.transaction import non_atomic_requests
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from overten_webhook._environ import body_chunks, headers_from_environ, target_of, undecoded
from overten_webhook.receiver import Receiver


def webhook_view(receiver: Receiver) -> Callable[[HttpRequest], HttpResponse]:
    """Give the view, for `re_path(r"^webhooks/overten/?$", …)`: with and without its trailing slash.

    It is exempt from CSRF checks, since the signature is the proof, and from ATOMIC_REQUESTS: Django would commit that
    transaction after the answer, and an event whose commit failed would be lost. Open one in your handler
    (`transaction.atomic()`), so that it has committed when the handler returns.
    """

    def overten_webhook(request: HttpRequest) -> HttpResponse:
        headers, body = headers_from_environ(request.META), body_chunks(request.META, request.read)
        # Under ASGI there is no environ; Django has decoded the path, and given its own settings to the rest of META.
        target = target_of(request.META) if hasattr(request, "environ") else undecoded(request.path)
        reply = receiver.receive(request.method or "", headers, body, target=target)
        replied = {**dict(reply.headers), "Content-Length": str(len(reply.body))}
        return HttpResponse(reply.body, status=reply.status, headers=replied)

    view: Callable[[HttpRequest], HttpResponse] = non_atomic_requests(csrf_exempt(overten_webhook))
    return view
