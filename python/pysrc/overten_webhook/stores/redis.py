"""The store in Redis (``pip install overten-webhook[redis]``)."""

from __future__ import annotations

from typing import Any, Final, cast

import redis

from .protocol import Claim

# A script runs alone in Redis. Each is safe to send twice (a client retries after a time-out): a claim knows its own
# token. The rule is that of `judge`, and a test holds it equal over a grid of times.
_CLAIM: Final = """
local token, committed, at = unpack(redis.call('HMGET', KEYS[1], 'token', 'committed', 'at'))
local now, lease, retention = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if token and token ~= ARGV[1] then
    local age = now - tonumber(at)
    if committed == '1' and age <= retention then
        return 'duplicate'
    elseif committed == '0' and math.abs(age) <= lease then
        return 'in_flight'
    end
end
redis.call('HSET', KEYS[1], 'token', ARGV[1], 'committed', '0', 'at', ARGV[2])
redis.call('EXPIRE', KEYS[1], lease * 2)
return 'new'
"""
_COMMIT: Final = """
local token, committed = unpack(redis.call('HMGET', KEYS[1], 'token', 'committed'))
if committed ~= '1' then
    redis.call('HSET', KEYS[1], 'token', ARGV[1], 'committed', '1', 'at', ARGV[2])
    redis.call('EXPIRE', KEYS[1], tonumber(ARGV[3]) * 2)
end
return token == ARGV[1] and 1 or 0
"""
_RELEASE: Final = """
local token, committed = unpack(redis.call('HMGET', KEYS[1], 'token', 'committed'))
if token == ARGV[1] and committed == '0' then
    redis.call('DEL', KEYS[1])
end
"""


class RedisStore:
    """Remembers keys in Redis, for all processes of all hosts that reach it.

    ``client`` is yours, and so are its time-outs and retries: redis-py sends a command again after a time-out, so that
    three seconds become half a minute while Overten waits 15 s. Give it ``socket_timeout=3``,
    ``socket_connect_timeout=3`` and ``retry=Retry(NoBackoff(), 0)``, as `from_url` does.

    Give each service a ``prefix`` of its own, as keys do not name the service.

    Each key is one hash named ``prefix`` + key (so a cluster works too). Redis removes it by itself after twice the
    retention in force when it was committed: a retention made longer reaches keys already held up to that. Hosts must
    agree on the time to a few seconds, as they must for the freshness of a delivery.

    It counts as durable. That is as true as your Redis makes it: switch on ``appendonly``, and keep
    ``maxmemory-policy`` at ``noeviction``; otherwise a restart forgets keys, and a replay within the receiver's
    window counts as new.
    """

    durable = True

    def __init__(self, client: redis.Redis, *, prefix: str = "overten-webhook:") -> None:
        self._client = client
        self._prefix = prefix
        self._claim = client.register_script(_CLAIM)
        self._commit = client.register_script(_COMMIT)
        self._release = client.register_script(_RELEASE)

    @classmethod
    def from_url(cls, url: str, *, prefix: str = "overten-webhook:") -> RedisStore:
        """Give a store over ``redis://…``, with time-outs of 3 s and no retries: Overten waits 15 s."""
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        never = Retry(NoBackoff(), 0)
        return cls(redis.Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3, retry=never), prefix=prefix)

    def claim(self, key: str, *, token: str, now: int, lease_seconds: int, retention_seconds: int) -> Claim:
        """See `Store.claim`."""
        answer = self._run(self._claim, key, token, now, lease_seconds, retention_seconds)
        return cast("Claim", answer.decode() if isinstance(answer, bytes) else answer)

    def commit(self, key: str, *, token: str, now: int, retention_seconds: int) -> bool:
        """See `Store.commit`."""
        return bool(self._run(self._commit, key, token, now, retention_seconds))

    def release(self, key: str, *, token: str) -> None:
        """See `Store.release`."""
        self._run(self._release, key, token)

    def _run(self, script: Any, key: str, *arguments: str | int) -> Any:
        return script(keys=[self._prefix + key], args=arguments)
