"""What a receiver asks of a store."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

Claim: TypeAlias = Literal["new", "duplicate", "in_flight"]
"""A store's answer to a claim: the caller holds the key and will commit or release it; it was handled before; another
holder is at it."""


class Store(Protocol):
    """Takes claims of idempotency keys. Every method may be called from any thread at any time.

    It keeps three things of a key: the ``token`` of its holder (32 hex digits, made anew for each request; no secret),
    whether it is committed, and *since when* it is either. How long that holds is judged when the next claim comes, by
    the lease and the retention in force then, so that a retention made longer reaches keys already held.

    Times are whole Unix seconds of the caller's clock; a store reads no clock of its own to decide anything. A method
    that cannot do its work raises (anything), within a few seconds: the receiver then answers 503 and Overten delivers
    again.
    """

    @property
    def durable(self) -> bool:
        """Whether what is committed survives a restart of the process. The receiver's default window depends on it."""
        ...

    def claim(self, key: str, *, token: str, now: int, lease_seconds: int, retention_seconds: int) -> Claim:
        """Take ``key`` for ``token``, unless it is committed or held; atomically.

        ``overten_webhook.stores.judge`` says which, from what the store knows of the key. The same token again is given
        the claim that it has: a client may send a command twice.
        """
        ...

    def commit(self, key: str, *, token: str, now: int, retention_seconds: int) -> bool:
        """Mark the key as handled since ``now``. Where it is committed already, nothing changes.

        A commit stands even if the claim has lapsed or was taken over since, or if nothing is known of the key: the
        caller *has* handled the event, and no later delivery should be handled again. False says that the claim was
        no longer the caller's. ``retention_seconds`` is for a database that forgets by itself.
        """
        ...

    def release(self, key: str, *, token: str) -> None:
        """Give the key back, so that the next delivery is new. Does nothing unless ``token`` holds it, uncommitted.

        It is called after a failed claim too, since only the answer may have been lost.
        """
        ...
