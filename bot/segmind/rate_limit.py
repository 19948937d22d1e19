"""The API key's rate limit, and this process's share of it.

There is one token bucket for the whole key. With N processes, each request takes N tokens, so a
request that is already waiting follows the share as it changes.
"""

from time import monotonic

from aiolimiter import AsyncLimiter

# aiolimiter serves the smallest waiting amount first, so these small differences are priorities:
# finish a request that already has some of its tokens, then submissions, then GETs.
GET_TOKENS = 1.0
SUBMISSION_TOKENS = 0.999
NEXT_TOKENS = 0.998


class RateLimit:
    """`await acquire()` before each request; `share_between` can be called at any time."""

    def __init__(self, requests_per_minute: float) -> None:
        # A fifth of the limit may be used in a burst and the rest refills evenly, so that no
        # 60-second window holds more than the limit.
        self._burst = max(1.0, requests_per_minute / 5)
        self._per_second = requests_per_minute * 0.8 / 60
        self._bucket = AsyncLimiter(self._burst, self._burst / self._per_second)
        self._processes = 1
        self._drain_since: float | None = monotonic()  # None: nothing has to be drained

    def share_between(self, processes: int) -> None:
        """Tells how many processes use the key from now on."""
        if processes < self._processes:  # the saved tokens belonged to a smaller share
            self._drain_since = monotonic()
        self._processes = processes

    async def acquire(self, *, for_submission: bool = False) -> None:
        """Waits until one more request is within the limit; submissions go before GETs."""
        if self._drain_since is not None:
            await self._drain(monotonic() - self._drain_since)
        first = SUBMISSION_TOKENS if for_submission else GET_TOKENS
        acquired = 0
        while acquired < self._processes:  # which may change while this waits
            await self._bucket.acquire(NEXT_TOKENS if acquired else first)
            acquired += 1

    async def _drain(self, seconds: float) -> None:
        """Leaves one request and what has refilled in the last `seconds`. Never waits.

        Before that, other processes may have used the limit.
        """
        self._drain_since = None
        kept = self._processes + seconds * self._per_second
        amount = self._burst
        while amount >= 0.5:
            if self._bucket.has_capacity(amount + kept):
                await self._bucket.acquire(amount)
            amount /= 2
