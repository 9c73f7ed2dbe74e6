"""What must hold once a run has settled, and what was measured meanwhile."""

from statistics import median

from sending import percentile

# What a receiver may grow by for each delivery: a store in memory keeps its key, nothing else keeps anything.
MOST_BYTES_A_DELIVERY = 1024
# A slope needs so many deliveries, and a leak so many bytes in all: an allocator that takes an arena more is none.
LEAST_DELIVERIES = 1000
LEAST_GROWTH_BYTES = 8 << 20
# Pools of threads fill up to what they hold at most: 36 in Python's async receiver, 24 on gunicorn.
MORE_THREADS = 48


class Measures:
    """Time, memory and threads of a run."""

    def __init__(self, first_use):
        self.first_use = self.last_use = first_use
        self.most_kib = 0
        self._samples = []
        self._calm_from = None
        self.seconds = self.calm_per_second = None

    def begin(self, now):
        self._begun_at = now

    def sample(self, use, kib, answers, now, *, is_calm):
        """`kib` is what must not grow; None while that cannot be asked."""
        if use:
            self.most_kib = max(self.most_kib, use.kib)
        if is_calm and self._calm_from is None:
            self._calm_from = now, answers.attempts
        if kib and is_calm:
            self._samples.append((answers.settled, kib))

    def end(self, now, answers):
        self.seconds = now - self._begun_at
        if self._calm_from and now > self._calm_from[0]:
            self.calm_per_second = (answers.attempts - self._calm_from[1]) / (now - self._calm_from[0])

    def growth(self):
        """Bytes a delivery, and over how many; None where there were too few.

        It is the median of the slopes between all samples of the last life, less its first half, in which it takes what
        it needs.
        """
        samples = self._samples[len(self._samples) // 2 :]
        span = samples[-1][0] - samples[0][0] if samples else 0
        if span < LEAST_DELIVERIES:
            return None, span
        slopes = [(b - a) * 1024 / (n - m) for at, (m, a) in enumerate(samples) for n, b in samples[at + 1 :] if n > m]
        return round(median(slopes)), span


def promises_to_remember(store):
    """Whether a key outlives the process and the store's own: a Redis that syncs each second may lose the last one."""
    return not store.startswith("memory") and not store.endswith("everysec")


def judged(receiver, place, under_fire, stuck):
    """The outcome: what the tables say of this run, and in `problems` what should not be."""
    answers, program, measures, arrived = (
        under_fire.answers,
        under_fire.program,
        under_fire.measures,
        place.counts.effects,
    )
    growth, span = measures.growth()
    grew = growth is not None and growth > MOST_BYTES_A_DELIVERY and growth * span > LEAST_GROWTH_BYTES
    more_threads = measures.last_use.threads - measures.first_use.threads if measures.last_use else 0
    must_be_0 = {
        "lost": len(answers.authentic - set(arrived)),
        "lost_after_2xx": len((answers.acknowledged & answers.authentic) - set(arrived)),
        "forged_handed_on": len(answers.not_to_be_handed_on & set(arrived)),
        "never_sent": len(set(arrived) - answers.authentic - answers.not_to_be_handed_on),
        "doubled": sum(count - 1 for count in arrived.values()),
        "outside": answers.outside.total(),
        "stuck": len(stuck),
        "forgotten": answers.forgotten if promises_to_remember(place.store) else 0,
        "ended_by_itself": program.own_ends,
        "kills_that_hit_nothing": program.kills + program.own_ends + program.refused_starts + 1 - program.starts,
        "kills_not_made": 0 if under_fire.plan.is_over else under_fire.arguments.kills - program.kills or 1,
        "grew": growth if grew else 0,
        "more_threads": more_threads if more_threads > MORE_THREADS else 0,
    }
    details = [*stuck, *(f"{answer} ({count} times)" for answer, count in answers.outside.items())]
    return {
        "receiver": receiver.NAME,
        "store": place.store,
        **must_be_0,
        "forgotten_keys": answers.forgotten,
        "problems": [f"{name}: {count}" for name, count in must_be_0.items() if count] + details,
        "deliveries": under_fire.arguments.deliveries,
        "attempts": answers.attempts,
        "retries": answers.retries,
        "unanswered": answers.unanswered,
        "cut_answers": answers.cut,
        "repeats": place.counts.repeats(),
        "kills": program.kills,
        "faults": under_fire.plan.begun,
        "not_done": under_fire.not_done,
        "p50": percentile(answers.calm_milliseconds, 50),
        "p99": percentile(answers.calm_milliseconds, 99),
        "fire_p50": percentile(answers.milliseconds, 50),
        "fire_p99": percentile(answers.milliseconds, 99),
        "per_second": measures.calm_per_second,
        "seconds": measures.seconds,
        "bytes_a_delivery": growth,
        "most_mib": measures.most_kib / 1024,
        "threads": [measures.first_use.threads, measures.last_use.threads if measures.last_use else 0],
    }
