"""One receiver with one of its stores under fire, from its start to its verdict."""

import http.client
import shutil
import time
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median

import sending
from faults import ClockOff, FullDisk, RedisKilled
from place import BUILT, LEASE_SECONDS, PATH, Place
from plan import Plan
from program import Program
from surroundings import Clock, Disk, Redis, free_port, wait_until

CLOCK_MINUTES = (10, -10)
UP_SECONDS = 120
SETTLE_SECONDS = 120
SAMPLES = 60
# What a receiver may grow by for each delivery: a store in memory keeps its key, nothing else keeps anything.
MOST_BYTES_A_DELIVERY = 1500
MORE_THREADS = 48


@dataclass
class Outcome:
    """One line of the table, and what is wrong."""

    receiver: str
    store: str
    deliveries: int
    answers: sending.Answers
    seconds: float
    calm_per_second: float
    kills: int
    starts: int
    own_ends: int
    faults: list
    not_done: list
    repeats: int
    bytes_a_delivery: float
    most_mib: float
    threads: tuple
    problems: list


def run(receiver, store, *, deliveries, kills, concurrency, seed, send, say):
    """Runs it, and gives its outcome."""
    slug = "".join(letter if letter.isalnum() else "-" for letter in f"{receiver.NAME}-{store}".lower())
    folder = BUILT / "run" / slug
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "redis").mkdir(parents=True)
    with ExitStack() as stack:
        disk = stack.enter_context(Disk(folder / "disk"))
        clock = stack.enter_context(Clock(folder / "clock"))
        redis = None
        if store.startswith("Redis"):
            redis = stack.enter_context(Redis(folder / "redis", folder / "redis.log", store.rpartition(" ")[2]))
        place = Place(store, disk.folder, folder / "log", free_port(), free_port(), disk, clock, redis)
        command, environment = receiver.start(place)
        consumer = receiver.Consumer(place)
        with consumer:
            program = Program(command, folder=place.folder, environment=environment, log=place.log)
            with program:
                wait_until(lambda: is_up(place), UP_SECONDS, f"{receiver.NAME} does not answer, see {place.log}:")
                under_fire = UnderFire(place, consumer, program, deliveries, kills, seed)
                under_fire.drive(send, concurrency, say)
                wait_until(lambda: is_up(place), UP_SECONDS, f"{receiver.NAME} does not come back, see {place.log}:")
                stuck = settled(receiver, place, consumer)
                last_use = program.use()
        return under_fire.outcome(receiver, store, stuck, last_use)


def is_up(place):
    """Whether it answers, to what it must refuse."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=15)
        connection.request("GET", PATH)
        return connection.getresponse().status == 405
    except (OSError, http.client.HTTPException):
        return False


def settled(receiver, place, consumer):
    """Waits until nothing is on its way any more; what still is, in words."""
    stuck = []
    try:
        wait_until(consumer.is_idle, SETTLE_SECONDS, "the consumer's queue is not empty")
        wait_until(lambda: not receiver.claims_in_flight(place), LEASE_SECONDS + 60, "claims are in flight")
    except TimeoutError as error:
        stuck.append(str(error))
    return stuck


class UnderFire:
    """The run itself: what is sent, what goes wrong meanwhile, and what is seen of it."""

    def __init__(self, place, consumer, program, deliveries, kills, seed):
        self._place, self._program, self._deliveries = place, program, deliveries
        self._answers = sending.Answers()
        self._was_answered = True
        self._killed_at_start = 0
        self._samples = []
        self._first_use = program.use()
        self._most_kib = 0
        self._not_done = []
        self._plan = Plan(seed, deliveries, kills, self._faults(consumer), self._kill)

    def _faults(self, consumer):
        place = self._place
        faults = [*consumer.faults, *(ClockOff(place, minutes) for minutes in CLOCK_MINUTES)]
        if place.redis:
            faults.append(RedisKilled(place))
        if place.disk.why_never_full is None:
            faults.append(FullDisk(place))
        else:
            self._not_done.append(f"disk full ({place.disk.why_never_full})")
        return faults

    def _kill(self):
        self._was_answered, self._killed_at_start = False, self._program.starts
        self._program.kill()

    def _note_answer(self):
        """An answer that was under way when it was killed says nothing of its next life."""
        if self._program.starts > self._killed_at_start:
            self._was_answered = True

    def drive(self, send, concurrency, say):
        begun_at = calm_since = time.monotonic()
        calm_from = None
        answers, plan = self._answers, self._plan
        step = max(1, self._deliveries // SAMPLES)
        for attempt in sending.attempts(send, self._place, self._deliveries, concurrency):
            is_calm = plan.is_over
            if is_calm and calm_from is None:
                calm_from, calm_since = answers.attempts, time.monotonic()
            answers.count(attempt, is_calm=is_calm)
            if attempt["status"] is not None:
                self._note_answer()
            plan.advance(answers.settled, answers.attempts, was_answered=self._was_answered)
            if answers.attempts % step == 0:
                self._sample(is_calm)
            if answers.attempts % (10 * step) == 0:
                say(f"{answers.settled} settled, {self._program.kills} kills, {', '.join(plan.begun) or 'no fault yet'}")
        plan.end()
        now = time.monotonic()
        self._seconds = now - begun_at
        self._calm_per_second = (answers.attempts - calm_from) / (now - calm_since) if calm_from is not None else float("nan")

    def _sample(self, is_calm):
        use = self._program.use()
        if use:
            self._most_kib = max(self._most_kib, use.kib)
            if is_calm:
                self._samples.append((self._answers.settled, use.kib))

    def _bytes_a_delivery(self):
        """The median of the slopes between all pairs, once what a new process needs has come."""
        samples = self._samples[len(self._samples) // 3:]
        slopes = [(b - a) * 1024 / (n - m) for at, (m, a) in enumerate(samples) for n, b in samples[at + 1:] if n > m]
        return median(slopes) if slopes else float("nan")

    def outcome(self, receiver, store, stuck, last_use):
        answers, counts, program = self._answers, self._place.counts, self._program
        arrived = set(counts.effects)
        growth = self._bytes_a_delivery()
        found = {
            "lost after a 2xx": len((answers.acknowledged & answers.authentic) - arrived),
            "lost": len(answers.authentic - arrived),
            "handed on though not authentic": len(answers.not_to_be_handed_on & arrived),
            "handed on though never sent": len(arrived - answers.authentic - answers.not_to_be_handed_on),
            "effects doubled": sum(count - 1 for count in counts.effects.values()),
            "answers outside section 6": dict(answers.outside),
            "kills not made": 0 if self._plan.is_over else "the plan was not over",
            "keys forgotten after a 2xx": answers.forgotten if promises_to_remember(store) else 0,
            "ended by itself": program.own_ends,
            "kills that hit nothing": program.kills + program.own_ends + 1 - program.starts,
            "grew, bytes a delivery": round(growth) if growth > MOST_BYTES_A_DELIVERY else 0,
            "threads": last_use.threads if last_use and last_use.threads > self._first_use.threads + MORE_THREADS else 0,
        }
        problems = [f"{what}: {count}" for what, count in found.items() if count] + stuck
        return Outcome(
            receiver.NAME, store, self._deliveries, answers, self._seconds, self._calm_per_second, program.kills, program.starts,
            program.own_ends, self._plan.begun, self._not_done, counts.repeats(), growth, self._most_kib / 1024,
            (self._first_use.threads, last_use.threads if last_use else 0), problems,
        )


def promises_to_remember(store):
    """Whether a key outlives the process, and its store's: a Redis that syncs each second promises all but the last one."""
    return not store.startswith("memory") and not store.endswith("everysec")
