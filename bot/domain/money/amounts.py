"""Money in words. Pure: the one place that rounds it, so that no two figures contradict each other.

What is charged, used or left, and a price a minute, is to the nearest cent, as on a bill. A sum is
of the exact amounts, and rounded once. What a video will cost is cautious, so it is rounded up.
"""

import math
from collections.abc import Sequence

ROUNDING = 1e-9  # USD; sums of the same prices in another order differ by less


def rounded(usd: float) -> float:
    """To the nearest cent."""
    return math.floor(usd * 100 + 0.5 + ROUNDING) / 100 if math.isfinite(usd) else usd


def rounded_up(usd: float) -> float:
    """To whole cents."""
    return math.ceil((usd - ROUNDING) * 100) / 100 if math.isfinite(usd) else usd


def charged(usd: float) -> str:
    """$0.67, also for an amount that is in whole cents, such as a list price; $? for none."""
    return f"${rounded(usd):,.2f}" if math.isfinite(usd) else "$?"


def estimated(usd: float) -> str:
    """What a video will cost; the words around it say “about”."""
    return charged(rounded_up(usd))


def amount(usd: float) -> str:
    """Of a limit, or what is used or left of it; without .00: $40, $12.40, $1,200."""
    return charged(usd).removesuffix(".00")


def add_up(usd: Sequence[float]) -> bool:
    """Whether these amounts, as people read them, add up to their sum as they read it."""
    return abs(sum(map(rounded, usd)) - rounded(sum(usd))) < ROUNDING
