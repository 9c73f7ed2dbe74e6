"""A receiver as a FastAPI dependency (and a Starlette endpoint)."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from overten_webhook._environ import undecoded
from overten_webhook.async_receiver import AsyncReceiver


def webhook_dependency(receiver: AsyncReceiver) -> Callable[[Request], Awaitable[Response]]:
    """Give the dependency: it takes the request in, and gives the response that your endpoint returns.

    The endpoint must declare no body of its own, since FastAPI would read that first. Register it with and without the
    trailing slash: FastAPI's redirect from one to the other would lose a delivery. FastAPI answers other methods (405)
    and other paths (404) itself.
    """

    async def receive_webhook(request: Request) -> Response:
        target = request.scope.get("raw_path") or undecoded(request.scope["path"])
        reply = await receiver.receive(request.method, request.headers.raw, request.stream(), target=target)
        return Response(reply.body, reply.status, dict(reply.headers))

    return receive_webhook
