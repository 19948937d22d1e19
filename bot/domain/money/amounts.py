"""Money in words. Pure: the one place that rounds it, so that no two sums contradict each other.

What is charged, and a price a minute, is to the nearest cent, as on a bill. What isn't charged yet
is cautious: what a video will cost, and what is used of a budget, is rounded up; what is left is
rounded down. So used and left add up to the budget.
"""

import math
from collections.abc import Sequence

ROUNDING = 1e-9  # USD; sums of the same prices in another order differ by less


def charged(usd: float) -> str:
    """$0.67, also for an amount that is in whole cents, such as a list price."""
    return f"${usd:,.2f}"


def estimated(usd: float) -> str:
    """What a video will cost; the words around it say “about”."""
    return charged(_up(usd))


def used(usd: float) -> str:
    """Of a budget: charged, or estimated while a cost isn't known."""
    return amount(_up(usd))


def left(usd: float) -> str:
    """Of a budget: never more than what is really left."""
    return amount(math.floor((usd + ROUNDING) * 100) / 100)


def amount(usd: float) -> str:
    """Without the cents where there are none: $40, $12.40, $1,200."""
    return charged(usd).removesuffix(".00")


def adding_up(values: Sequence[float], unit: float) -> list[float]:
    """The values in whole units (0.01 for cents), so that they add up to their rounded total.

    Each is rounded down, and those that lose most by it get the units that are missing.
    """
    floors = [math.floor(value / unit + ROUNDING) for value in values]
    missing = round(sum(values) / unit) - sum(floors)
    by_loss = sorted(range(len(values)), key=lambda i: floors[i] - values[i] / unit)
    for i in by_loss[:missing]:
        floors[i] += 1
    return [floor * unit for floor in floors]


def _up(usd: float) -> float:
    return math.ceil((usd - ROUNDING) * 100) / 100
