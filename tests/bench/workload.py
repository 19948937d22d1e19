"""How much is measured: enough for stable medians, or just enough to show that it runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    rounds: int  # bot and baseline take turns; the median of the rounds counts
    commands: int  # a round, many at once
    single_commands: int  # a round, one at a time
    people: int  # who type /avatar in the same moment
    small_mb: int
    medium_mb: int
    large_mb: int
    relays: int  # at once, of `small_mb` each
    single_deliveries: int  # of `medium_mb`, one after the other
    requests: int  # written to the request log, a round
    starts: int
    takes_in_log: int  # when a start and `log` are compared with an empty log
    acts: int  # of a person, with each of these logs
    waiting_renders: tuple[int, ...]  # measured one after the other
    poll_seconds: float  # between two polls of one render
    measured_seconds: float  # how long polling is measured
    histories: int  # of videos that are estimated
    simulated_renders: int  # whose end is noticed, for each key


FULL = Workload(
    rounds=3, commands=1500, single_commands=150, people=200, small_mb=20, medium_mb=10,
    large_mb=200, relays=20, single_deliveries=9,
    requests=500, starts=3, takes_in_log=100_000, acts=30,
    waiting_renders=(1000, 3000), poll_seconds=3.0, measured_seconds=9.0,
    histories=50, simulated_renders=1000,
)  # fmt: skip
TINY = Workload(
    rounds=1, commands=20, single_commands=3, people=10, small_mb=1, medium_mb=1, large_mb=2,
    relays=2, single_deliveries=2,
    requests=10, starts=1, takes_in_log=50, acts=2,
    waiting_renders=(10,), poll_seconds=0.2, measured_seconds=0.5,
    histories=5, simulated_renders=20,
)  # fmt: skip
