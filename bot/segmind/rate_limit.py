"""The API key's rate limit, and this process's share of it.

There is one token bucket for the whole key. With N processes, each request takes N tokens, so a
request that is already waiting follows the share as it changes.
"""

import asyncio
from enum import Enum
from time import monotonic

from aiolimiter import AsyncLimiter


class Turn(Enum):
    """Who goes first, in tokens: aiolimiter serves the smallest waiting amount first."""

    STARTED = 0.997  # a request that already has some of its tokens
    SUBMISSION = 0.998
    BALANCE = 0.9985  # whether the queue may go on
    RESULT = 0.999  # of a render that is finished
    LOOK_UP = 0.9995  # in the history
    GET = 1.0


# The most of the limit that submissions and look-ups may use together, and submissions of that.
# However many there are, such as of forms that Segmind refuses at once, neither stops the other, or
# the polls and results of what was submitted.
BOTH, SUBMISSIONS = 1 / 2, 3 / 8
BALANCES = 1 / 4  # looks at the balance: somebody may press *resume* all the time


class RateLimit:
    """`await acquire()` before each request; `share_between` can be called at any time."""

    def __init__(self, requests_per_minute: float) -> None:
        # A fifth of the limit may be used in a burst and the rest refills evenly, so that no
        # 60-second window holds more than the limit.
        self._burst = max(1.0, requests_per_minute / 5)
        self._per_second = requests_per_minute * 0.8 / 60
        self._bucket = self._bucket_of(1)
        both = self._bucket_of(BOTH)
        self._shares = {
            Turn.SUBMISSION: (self._bucket_of(SUBMISSIONS), both),
            Turn.LOOK_UP: (both,),
            Turn.BALANCE: (self._bucket_of(BALANCES),),
        }
        self._processes = 1
        self._drain_since: float | None = monotonic()  # None: nothing has to be drained

    def _bucket_of(self, share: float) -> AsyncLimiter:
        burst = max(1.0, self._burst * share)
        return AsyncLimiter(burst, burst / (self._per_second * share))

    def share_between(self, processes: int) -> None:
        """Tells how many processes use the key from now on."""
        if processes < self._processes:  # the saved tokens belonged to a smaller share
            self._drain_since = monotonic()
        self._processes = processes

    async def acquire(self, turn: Turn = Turn.GET) -> None:
        """Waits until one more request is within the limit."""
        for share in self._shares.get(turn, ()):
            await self._acquire(share, turn)
        if self._drain_since is not None:
            await self._drain(monotonic() - self._drain_since)
        await self._acquire(self._bucket, turn)

    async def _acquire(self, limiter: AsyncLimiter, turn: Turn) -> None:
        acquired = 0
        while acquired < self._processes:  # which may change while this waits
            await limiter.acquire((Turn.STARTED if acquired else turn).value)
            acquired += 1

    async def acquire_spare(self) -> None:
        """For a poll: first waits for as long as another request needs to have room, too.

        So a submission, or the result of a render that the poll finds finished, need not wait. If
        others have used that room meanwhile, it has its turn among them.
        """
        if missing := self._missing(2.0 * self._processes):
            await asyncio.sleep(missing / self._per_second)
        await self.acquire()

    def _missing(self, tokens: float) -> float:
        """How many of these there are not yet, to about 2 %; 0 if there can't be so many."""
        if self._burst < tokens or self._bucket.has_capacity(tokens):
            return 0.0
        there, missing = 0.0, tokens
        while missing > tokens / 64:
            missing /= 2
            if self._bucket.has_capacity(there + missing):
                there += missing
        return tokens - there

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
