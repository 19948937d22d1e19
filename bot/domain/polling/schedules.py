"""The ages at which a render is polled: evenly spaced, or densely where a finish is likely."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

from bot.domain.polling.render_times import RenderTimes

# Evenly spaced polls: after SLOWER_AFTER seconds, their wait grows by a second for every
# SLOWER_EVERY that pass.
SLOWER_AFTER = 180.0
SLOWER_EVERY = 36.0
LONGEST_WAIT = 30.0
LEAST_POLL_SECONDS = 0.01
# A schedule ends where so few renders are unfinished, or after so many polls; its last wait then
# repeats. It is computed in the event loop, within milliseconds.
RARE = 0.001
MOST_POLLS = 3000
# What the polls of one render may need on average, of those of even spacing: the others are for the
# renders that take longer.
SHARE = 0.9
TRIES = 4  # to come close to it


@dataclass(frozen=True, slots=True)
class Schedule:
    """`ages`: seconds since the submission, ascending; after them a poll each `then` seconds."""

    ages: tuple[float, ...]
    then: float

    def count(self, age: float) -> int:
        """How many polls are planned up to that age."""
        if age < self.ages[-1]:
            return bisect_right(self.ages, age)
        return len(self.ages) + int((age - self.ages[-1]) / self.then)

    def age(self, number: int) -> float:
        """The age of that poll; the first has number 0."""
        beyond = number - len(self.ages) + 1
        return self.ages[number] if beyond <= 0 else self.ages[-1] + beyond * self.then

    def wait(self, age: float) -> float:
        """Seconds from a poll at that age to the next one."""
        number = self.count(age)
        return self.age(number) - self.age(number - 1) if number else self.ages[0] - age

    def expected(self, times: RenderTimes) -> float:
        """How many polls a render needs on average, the one that finds it finished included."""
        return 1 + sum(map(times.unfinished, self.ages))


@lru_cache(maxsize=8)
def evenly_spaced(poll_seconds: float) -> Schedule:
    """A poll at once, then one each `poll_seconds`, later ones less often."""
    poll_seconds = max(poll_seconds, LEAST_POLL_SECONDS)
    longest = max(poll_seconds, LONGEST_WAIT)
    ages, wait = [0.0], poll_seconds
    while wait < longest:
        ages.append(ages[-1] + wait)
        wait = min(poll_seconds + max(0.0, ages[-1] - SLOWER_AFTER) / SLOWER_EVERY, longest)
    return Schedule(tuple(ages), longest)


@lru_cache(maxsize=8)
def where_likely(times: RenderTimes, poll_seconds: float) -> Schedule:
    """As many polls as evenly spaced ones would be on average, but where a finish is likely.

    Where a render finishes with the rate r, polls with the wait w notice it w/2 later and cost 1/w
    each second. The sum of all delays is least if w is proportional to 1/√r.
    """
    budget = SHARE * evenly_spaced(poll_seconds).expected(times)
    c = poll_seconds * sqrt(times.finish_rate(times.usual))
    for _ in range(TRIES):
        schedule = _with_waits(times, c, poll_seconds)
        c *= schedule.expected(times) / budget
    return schedule


def _with_waits(times: RenderTimes, c: float, poll_seconds: float) -> Schedule:
    """Waits of c/√r, but none that is very short or long."""
    age, ages = times.fastest, list[float]()
    shortest = max(poll_seconds / 20, times.usual / 300)
    longest = max(poll_seconds, LONGEST_WAIT)
    while True:
        ages.append(age)
        wait = min(max(c / sqrt(times.finish_rate(age)), shortest), longest)
        if times.unfinished(age) < RARE or len(ages) == MOST_POLLS:
            return Schedule(tuple(ages), wait)
        age += wait
