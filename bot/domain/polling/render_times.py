"""How long renders take, learned from finished ones, and how likely one is to finish next."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, log, pi, sqrt
from statistics import median

# Until renders have finished, their times are thought to spread this much (the standard deviation
# of their logarithm), and that counts as much as so many renders do.
DEFAULT_SPREAD = 0.4
DEFAULT_COUNTS_AS = 2
ENOUGH = 3  # with fewer renders, a median means nothing
LEAST_SPREAD = 0.05
LARGEST_SPREAD = 1.0  # a first render that took a second must not spread them over years
DEVIATION_OF_MEDIAN = 1.4826  # a standard deviation, in medians of the absolute deviation
# Some renders take far longer or shorter than usual, for instance when Segmind is overloaded.
UNUSUAL_SHARE, UNUSUAL_SPREAD = 0.05, 1.0
# Faster than 199 of 200 usual renders; and somewhat faster than the fastest that is known.
FASTEST_DEVIATIONS = 2.6
FASTER_THAN_KNOWN = 0.9


@dataclass(frozen=True, slots=True)
class RenderTimes:
    """The times of renders, as a log-normal distribution with some unusual ones mixed in."""

    usual: float  # seconds; half of the renders take longer
    spread: float  # the standard deviation of the logarithm
    fastest: float  # seconds, before which none is finished

    def unfinished(self, age: float) -> float:
        """The share of renders that take longer than `age` seconds."""
        if age <= 0:
            return 1.0
        z = log(age / self.usual)
        usual, unusual = _tail(z / self.spread), _tail(z / UNUSUAL_SPREAD)
        return (1 - UNUSUAL_SHARE) * usual + UNUSUAL_SHARE * unusual

    def finish_rate(self, age: float) -> float:
        """How likely a render of this age (above 0) is to finish within the next second."""
        z = log(age / self.usual)
        usual = _bell(z / self.spread) / self.spread
        unusual = _bell(z / UNUSUAL_SPREAD) / UNUSUAL_SPREAD
        density = ((1 - UNUSUAL_SHARE) * usual + UNUSUAL_SHARE * unusual) / age
        return density / max(self.unfinished(age), 1e-12)


def learned(seconds: Sequence[float], default: float) -> RenderTimes:
    """From the seconds (above 0) that renders took. `default`: the usual, while few are known.

    One that took hours changes little: it is all about medians.
    """
    usual = median(seconds) if len(seconds) >= ENOUGH else default
    found = DEVIATION_OF_MEDIAN * median([abs(log(s / usual)) for s in seconds] or [0.0])
    squares = DEFAULT_COUNTS_AS * DEFAULT_SPREAD**2 + len(seconds) * found**2
    spread = sqrt(squares / (DEFAULT_COUNTS_AS + len(seconds)))
    spread = min(max(spread, LEAST_SPREAD), LARGEST_SPREAD)
    fastest = usual * exp(-FASTEST_DEVIATIONS * spread)
    return RenderTimes(usual, spread, min([fastest, *(FASTER_THAN_KNOWN * s for s in seconds)]))


def _tail(deviations: float) -> float:
    return erfc(deviations / sqrt(2)) / 2


def _bell(deviations: float) -> float:
    return exp(-(deviations**2) / 2) / sqrt(2 * pi)
