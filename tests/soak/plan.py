"""When what goes wrong: after so many deliveries have settled, never by a clock."""

import random
import time

# The rest of the run is without faults: what memory does is seen there, and how fast a receiver is when left alone.
WITH_FAULTS = 0.5
# A fault ends after this share of the deliveries in answers, so that it is met whatever is killed meanwhile; or after
# so long where hardly any come.
FAULT_SHARE = 0.015
LEAST_ANSWERS = 30
MOST_SECONDS = 15


class Plan:
    """The kills and faults of one run, each once, the same for the same seed."""

    def __init__(self, seed, deliveries, kills, faults, kill):
        order = random.Random(seed)
        span = int(deliveries * WITH_FAULTS)
        self._kill = kill
        self._kills_at = sorted(order.randrange(span) for _ in range(kills))
        faults = order.sample(faults, len(faults))
        self._faults = [
            (int(span * (at + order.random() * 0.5) / len(faults)), fault) for at, fault in enumerate(faults)
        ]
        self._lasts = max(LEAST_ANSWERS, int(deliveries * FAULT_SHARE))
        self._current = None
        self.begun = []

    @property
    def is_over(self):
        return not (self._kills_at or self._faults or self._current)

    @property
    def is_calm(self):
        return self._current is None

    def advance(self, settled, answered, *, was_answered):
        """Does what is due. `was_answered` says that the receiver has answered since it was last killed."""
        if self._kills_at and settled >= self._kills_at[0] and was_answered:
            self._kills_at.pop(0)
            self._kill()
        if self._current:
            fault, began_at, began = self._current
            if answered - began_at >= self._lasts or time.monotonic() - began > MOST_SECONDS:
                fault.end()
                self._current = None
        elif self._faults and settled >= self._faults[0][0]:
            _, fault = self._faults.pop(0)
            fault.begin()
            self.begun.append(fault.name)
            self._current = fault, answered, time.monotonic()

    def end(self):
        """Puts right what is wrong at this moment."""
        if self._current:
            self._current[0].end()
            self._current = None
