"""SPEC section 5: what any right store answers to a claim, its clock being the request's."""


class Ledger:
    """Claims and commitments by key."""

    def __init__(self, lease_seconds, retention_seconds):
        self._lease_seconds = lease_seconds
        self._retention_seconds = retention_seconds
        self._claimed = {}
        self._committed = {}

    def claim(self, key, now):
        if key in self._committed and now - self._committed[key] <= self._retention_seconds:
            return "duplicate"
        if key in self._claimed and abs(now - self._claimed[key]) <= self._lease_seconds:
            return "in_flight"
        self._committed.pop(key, None)
        self._claimed[key] = now
        return "new"

    def commit(self, key, now):
        self._claimed.pop(key, None)
        self._committed.setdefault(key, now)

    def release(self, key):
        self._claimed.pop(key, None)
