"""One receiver with one of its stores under fire, from its start until nothing is on its way any more."""

import http.client
import shutil
import subprocess
import time
from contextlib import ExitStack

from faults import ClockOff, FullDisk, RedisKilled
from judging import Measures, judged
from place import BUILT, LEASE_SECONDS, PATH, Place
from plan import Plan
from program import Program
from sending import Answers, attempts
from surroundings import Clock, Disk, Redis, free_port, wait_until

CLOCK_MINUTES = (10, -10)
UP_SECONDS = 180
SETTLE_SECONDS = 180
SAMPLES = 200


def folder_of(receiver, store):
    """Where a run has its files; its logs stay there."""
    return BUILT / "run" / "".join(letter if letter.isalnum() else "-" for letter in f"{receiver.NAME} {store}".lower())


def run(receiver, store, arguments, say):
    """Runs it, and gives its outcome, which is plain data."""
    folder = folder_of(receiver, store)
    if (folder / "disk").is_mount():  # of a run that could not end itself
        subprocess.run(["umount", "--lazy", folder / "disk"], check=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        disk = stack.enter_context(Disk(folder / "disk"))
        clock = stack.enter_context(Clock(folder / "clock"))
        redis = None
        if store.startswith("Redis"):
            (disk.folder / "redis").mkdir()
            redis = stack.enter_context(Redis(disk.folder / "redis", folder / "redis.log", store.rpartition(" ")[2]))
        place = Place(
            store, disk.folder, folder / "log", free_port(), free_port(), disk, clock, redis, arguments.program
        )
        command, environment = receiver.start(place)
        with receiver.Consumer(place) as consumer:
            with Program(command, folder=place.folder, environment=environment, log=place.log) as program:
                wait_until(lambda: is_up(place), UP_SECONDS, f"{receiver.NAME} does not answer (see {place.log})")
                under_fire = UnderFire(receiver, place, consumer, program, arguments)
                under_fire.send_all(say)
                wait_until(lambda: is_up(place), UP_SECONDS, f"{receiver.NAME} does not come back (see {place.log})")
                stuck = what_is_stuck(receiver, place, consumer)
                under_fire.measures.last_use = program.use()
        return judged(receiver, place, under_fire, stuck)


def is_up(place):
    """Whether it answers, to what it must refuse."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=15)
        connection.request("GET", PATH)
        return connection.getresponse().status == 405
    except (OSError, http.client.HTTPException):
        return False


def what_is_stuck(receiver, place, consumer):
    """Waits until nothing is on its way; what still is, in words."""
    try:
        wait_until(consumer.is_idle, SETTLE_SECONDS, "the consumer's queue is not empty")
        wait_until(lambda: not receiver.claims_in_flight(place), 2 * LEASE_SECONDS, "claims are in flight")
    except TimeoutError as error:
        return [str(error)]
    return []


class UnderFire:
    """What is sent, what goes wrong meanwhile, and what is seen of it."""

    def __init__(self, receiver, place, consumer, program, arguments):
        self._receiver = receiver
        self.place, self.program, self.arguments = place, program, arguments
        self.answers = Answers()
        self.measures = Measures(program.use())
        self.not_done = []
        self._was_answered, self._killed_in_life = True, 0
        self.plan = Plan(arguments.seed, arguments.deliveries, arguments.kills, self._faults(consumer), self._kill)

    def _faults(self, consumer):
        place = self.place
        faults = [*consumer.faults, *(ClockOff(place, minutes) for minutes in CLOCK_MINUTES)]
        if place.redis:
            faults.append(RedisKilled(place))
        if place.disk.why_never_full is None:
            faults.append(FullDisk(place))
        else:
            self.not_done.append(f"disk full ({place.disk.why_never_full})")
        return faults

    def _kib(self, use):
        """The memory that must not grow: where a platform's is in the same process, the receiver says what is its own."""
        if hasattr(self._receiver, "own_kib"):
            return self._receiver.own_kib(self.place)
        return use.kib if use else None

    def _kill(self):
        self._was_answered, self._killed_in_life = False, self.program.starts
        self.program.kill()

    def _note_answer(self):
        """An answer that was under way when the receiver was killed says nothing of its next life."""
        if self.program.starts > self._killed_in_life:
            self._was_answered = self.program.has_answered = True

    def send_all(self, say):
        """Sends, and does what the plan says meanwhile, until each delivery has settled."""
        answers, plan = self.answers, self.plan
        step = max(1, self.arguments.deliveries // SAMPLES)
        self.measures.begin(time.monotonic())
        try:
            for attempt in attempts(
                self.arguments.program, self.place, self.arguments.deliveries, self.arguments.concurrency
            ):
                is_calm = plan.is_over
                answers.count(attempt, is_calm=is_calm, is_near_a_kill=not self._was_answered)
                if attempt["status"] is not None:
                    self._note_answer()
                plan.advance(answers.settled, answers.attempts - answers.unanswered, was_answered=self._was_answered)
                if answers.attempts % step == 0:
                    use = self.program.use()
                    self.measures.sample(use, self._kib(use), answers, time.monotonic(), is_calm=is_calm)
                if answers.attempts % (50 * step) == 0:
                    faults = ", ".join(plan.begun) or "no fault yet"
                    say(f"{answers.settled} settled, {self.program.kills} kills, {faults}")
        finally:
            plan.end()
        self.measures.end(time.monotonic(), answers)
