"""What a receiver asks of a store."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Literal, Protocol


@dataclass(frozen=True)
class Claim:
    """A store's answer to `Store.claim`.

    ``state`` is ``"new"`` (the caller holds the key and must commit or release it), ``"duplicate"`` (handled before) or
    ``"in_flight"`` (another holder is at it). ``token`` names the holder: 32 hex digits, no secret.
    """

    key: str
    state: Literal["new", "duplicate", "in_flight"]
    token: str = field(default_factory=lambda: os.urandom(16).hex())


class Store(Protocol):
    """Takes claims of idempotency keys. Every method may be called from any thread at any time.

    Times are whole Unix seconds of the caller's clock; a store reads no clock of its own to decide anything. A method
    that cannot do its work raises (anything): the receiver then answers 503 and Overten delivers again.
    """

    @property
    def durable(self) -> bool:
        """Whether what is committed survives a restart of the process. The receiver's default window depends on it."""
        ...

    def claim(self, key: str, *, now: int, until: int) -> Claim:
        """Take ``key`` until ``until`` unless it is committed or held at ``now``; atomically.

        A claim or a committed key whose own ``until`` is not after ``now`` has lapsed: the key is new again.
        """
        ...

    def commit(self, claim: Claim, *, now: int, until: int) -> None:
        """Mark the key as handled until ``until``. Where it is committed already, nothing changes.

        A commit stands even if the claim has lapsed or was taken over since: the caller *has* handled the event, and no
        later delivery should be handled again.
        """
        ...

    def release(self, claim: Claim) -> None:
        """Give the key back, so that the next delivery is new. Does nothing unless ``claim`` still holds the key."""
        ...
