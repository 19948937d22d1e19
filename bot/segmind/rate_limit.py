"""The key's budget of requests a minute, and this process's share of it.

One bucket for the whole key, which is never made anew: with several processes each request costs
as many units of it, and so whatever waits, waits by the share of the moment.
"""

from time import monotonic

from aiolimiter import AsyncLimiter

# Of those who wait, aiolimiter lets the smallest amount go first.
READ = 1.0
SUBMISSION = 0.999
BEGUN = 0.998  # what has paid for a part of its request


class RateLimit:
    """`share` may be called at any time, `spend` is awaited before each request."""

    def __init__(self, requests_per_minute: float) -> None:
        # A fifth of the budget may go at once and the rest flows evenly, so that no minute,
        # wherever it begins, holds more than the whole.
        self._most = max(1.0, requests_per_minute / 5)
        self._per_second = requests_per_minute * 0.8 / 60
        self._bucket = AsyncLimiter(self._most, self._most / self._per_second)
        self._among = 1
        self._empty_since: float | None = monotonic()  # until that is seen to

    def share(self, among: int) -> None:
        """So many processes use the key from here on."""
        if among < self._among:  # what this one has saved up was counted as a smaller share
            self._empty_since = monotonic()
        self._among = among

    async def spend(self, amount: float = READ) -> None:
        """Waits until one more request fits: SUBMISSION before READ."""
        if self._empty_since is not None:
            await self._pour_out(monotonic() - self._empty_since)
        paid = 0
        while paid < self._among:
            await self._bucket.acquire(BEGUN if paid else amount)
            paid += 1

    async def _pour_out(self, seconds: float) -> None:
        """Leaves room for one request, and for what has flowed in since. Never waits.

        Others have used the budget before this process came, or while it was theirs.
        """
        self._empty_since = None
        kept = self._among + seconds * self._per_second
        room = self._most
        while room >= 0.5:
            if self._bucket.has_capacity(room + kept):
                await self._bucket.acquire(room)
            room /= 2
