"""What goes wrong on purpose. Each begins and ends; when is the plan's to say."""

MINUTES = 60


class Fault:
    """Something that goes wrong for a while."""

    name = "nothing"

    def begin(self):
        """Makes it so."""

    def end(self):
        """Puts it right."""


class FullDisk(Fault):
    name = "disk full"

    def __init__(self, place):
        self._disk = place.disk

    def begin(self):
        self._disk.fill()

    def end(self):
        self._disk.free()


class ClockOff(Fault):
    def __init__(self, place, minutes):
        self.name = f"clock {minutes:+} min"
        self._clock, self._seconds = place.clock, minutes * MINUTES

    def begin(self):
        self._clock.put_off(self._seconds)

    def end(self):
        self._clock.put_off(0)


class RedisKilled(Fault):
    """Twice, at both ends of the while; a server that an error ended comes back by itself too."""

    name = "Redis killed"

    def __init__(self, place):
        self._redis = place.redis

    def begin(self):
        self._redis.kill()

    def end(self):
        self._redis.wait_until_up()
        self._redis.kill()
        self._redis.wait_until_up()


class SqliteLocked(Fault):
    name = "ledger locked"

    def __init__(self, lock):
        self._lock = lock

    def begin(self):
        self._lock.take()

    def end(self):
        self._lock.give_back()


class SlowInbox(Fault):
    """Whoever works through the inbox does so inside a transaction, and keeps writers out meanwhile."""

    name = "consumer slow"

    def __init__(self, inbox):
        self._inbox = inbox

    def begin(self):
        self._inbox.begin_slow()

    def end(self):
        self._inbox.end_slow()


class SlowService(Fault):
    name = "consumer slow"

    def __init__(self, service, seconds):
        self._service, self._seconds = service, seconds

    def begin(self):
        self._service.delay_seconds = self._seconds

    def end(self):
        self._service.delay_seconds = 0


class ServiceDown(Fault):
    def __init__(self, service, what):
        self.name = f"{what} down"
        self._service = service

    def begin(self):
        self._service.end()

    def end(self):
        self._service.begin()


class AnswersLost(Fault):
    """The service does its work and dies before it says so: what it was given comes again."""

    def __init__(self, service, what, count):
        self.name = f"{what}'s answers lost"
        self._service, self._count = service, count

    def begin(self):
        self._service.answers_to_lose = self._count

    def end(self):
        self._service.answers_to_lose = 0
