"""How much is measured: enough for medians that hold, or just enough to see that it runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    rounds: int  # the variants take turns, and the median of the rounds counts
    commands: int  # a round, many at once
    alone: int  # commands a round, one at a time
    people: int  # who type /avatar in the same moment
    small_mb: int
    large_mb: int
    relays: int  # at once, of `small_mb` each
    requests: int  # into the log, a round
    starts: int
    waiting: tuple[int, ...]  # renders, a row each
    beat: float  # seconds between two polls of one of them
    watched: float  # seconds


FULL = Size(
    rounds=3, commands=1500, alone=150, people=200, small_mb=20, large_mb=200, relays=20,
    requests=500, starts=3, waiting=(1000, 3000), beat=3.0, watched=9.0,
)  # fmt: skip
TINY = Size(
    rounds=1, commands=20, alone=3, people=10, small_mb=1, large_mb=2, relays=2, requests=10,
    starts=1, waiting=(10,), beat=0.2, watched=0.5,
)  # fmt: skip
