"""Test your own handlers with deliveries that verify: a pytest plugin, on wherever this package is installed.

The fixture `overten_sender` signs with a secret that it makes up, so that no test needs a real one::

    def test_my_endpoint(client, overten_sender, monkeypatch):
        monkeypatch.setenv("OVERTEN_WEBHOOK_SECRETS", overten_sender.secret)
        request = overten_sender.request("run.failed", run_id="run_01", error="generation_failed")
        assert client.post("/webhooks/overten", content=request.body, headers=request.headers).status_code == 200

`check_store` tries a store of your own: `check_store(lambda: MyStore(an_empty_database()))`.
"""

import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime

import pytest

from overten_webhook import EVENT_HEADER, sign
from overten_webhook.stores.suite import check_store

__all__ = ["Sender", "SignedRequest", "check_store", "overten_sender"]


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """What Overten would POST: send `body` as it is, with `headers`."""

    body: bytes
    headers: dict[str, str]


class Sender:
    """Signs requests as Overten does, with one secret.

    >>> from overten_webhook import Verifier
    >>> from overten_webhook.testing import Sender
    >>> sender = Sender()
    >>> request = sender.request("run.completed", run_id="run_01")
    >>> Verifier(sender.secret).verify(request.body, request.headers).event().run_id
    'run_01'
    """

    def __init__(self, secret: str | None = None) -> None:
        """Take the secret, or make up a new one."""
        self.secret = "whsec_" + secrets.token_urlsafe(32) if secret is None else secret

    def __repr__(self) -> str:
        """Show no secret."""
        return "<Sender>"

    def request(
        self,
        event: str = "run.completed",
        *,
        run_id: str = "run_test",
        now: datetime | float | None = None,
        **fields: object,
    ) -> SignedRequest:
        """Sign an event with these members, at `now` or at the host's clock."""
        members = {"event": event, "run_id": run_id, **fields}
        return self.sign(json.dumps(members).encode(), now=now, event=event)

    def sign(self, body: bytes, *, now: datetime | float | None = None, event: str | None = None) -> SignedRequest:
        """Sign any body, such as one that was captured or one that no event is in."""
        headers = {"Content-Type": "application/json", "User-Agent": "Overten-Webhook/1.0"}
        if event is not None:
            headers[EVENT_HEADER] = event
        headers |= sign(body, self.secret, now=time.time() if now is None else now)
        return SignedRequest(body, headers)


@pytest.fixture
def overten_sender() -> Sender:
    """Give a sender with a secret of its own, made up for this test."""
    return Sender()
