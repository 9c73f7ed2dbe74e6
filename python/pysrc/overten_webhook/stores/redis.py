"""The store in Redis (``pip install overten-webhook[redis]``)."""

from __future__ import annotations

from typing import Any, Final, Literal, cast

import redis

from .protocol import Claim

# A script runs alone in Redis. Each is safe to send twice (a client retries after a time-out): a claim knows its own
# token.
_CLAIM: Final = """
local token, committed, ends = unpack(redis.call('HMGET', KEYS[1], 'token', 'committed', 'until'))
local now, ends_if_claimed = tonumber(ARGV[2]), tonumber(ARGV[3])
if token and token ~= ARGV[1] and tonumber(ends) > now then
    return committed == '1' and 'duplicate' or 'in_flight'
end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'committed', '0', 'until', ARGV[3])
redis.call('EXPIRE', KEYS[1], ends_if_claimed - now)
return 'new'
"""
_COMMIT: Final = """
local committed, ends = unpack(redis.call('HMGET', KEYS[1], 'committed', 'until'))
local now, ends_if_committed = tonumber(ARGV[2]), tonumber(ARGV[3])
if committed == '1' and tonumber(ends) > now then
    return
end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'committed', '1', 'until', ARGV[3])
redis.call('EXPIRE', KEYS[1], ends_if_committed - now)
"""
_RELEASE: Final = """
local token, committed = unpack(redis.call('HMGET', KEYS[1], 'token', 'committed'))
if token == ARGV[1] and committed == '0' then
    redis.call('DEL', KEYS[1])
end
"""


class RedisStore:
    """Remembers keys in Redis, for all processes of all hosts that reach it.

    ``client`` is yours, and so are its time-outs: give it ``socket_timeout``, or use `from_url`. Each key is one hash
    named ``prefix`` + key that Redis removes by itself (so a cluster works too). Hosts must agree on the time to a
    few seconds, as they must for the freshness of a delivery.

    It counts as durable. That is as true as your Redis makes it: switch on ``appendonly``, and keep
    ``maxmemory-policy`` at ``noeviction``; otherwise a restart forgets keys, and a replay within the receiver's
    window counts as new.
    """

    durable = True

    def __init__(self, client: redis.Redis, *, prefix: str = "overten-webhook:") -> None:
        self._prefix = prefix
        self._claim = client.register_script(_CLAIM)
        self._commit = client.register_script(_COMMIT)
        self._release = client.register_script(_RELEASE)

    @classmethod
    def from_url(cls, url: str, *, prefix: str = "overten-webhook:") -> RedisStore:
        """Give a store over ``redis://…``, with time-outs of 3 s, well within the 15 s that Overten waits."""
        return cls(redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3), prefix=prefix)

    def claim(self, key: str, *, now: int, until: int) -> Claim:
        """See `Store.claim`."""
        claim = Claim(key, "new")
        answer = self._run(self._claim, claim, now, until)
        state = answer.decode() if isinstance(answer, bytes) else answer
        return Claim(key, cast("Literal['new', 'duplicate', 'in_flight']", state), claim.token)

    def commit(self, claim: Claim, *, now: int, until: int) -> None:
        """See `Store.commit`."""
        self._run(self._commit, claim, now, until)

    def release(self, claim: Claim) -> None:
        """See `Store.release`."""
        self._run(self._release, claim)

    def _run(self, script: Any, claim: Claim, *times: int) -> Any:
        return script(keys=[self._prefix + claim.key], args=[claim.token, *times])
