"""How often the bot may post in a channel, and look up whom and what somebody names."""

import asyncio
from weakref import WeakValueDictionary

from aiolimiter import AsyncLimiter

from bot.process.clock import Clock
from bot.process.limit_per_person import SharedLimit, who_acts
from bot.slack.connection.client import TooManyCalls

# Slack accepts about one message a second per channel and tolerates short bursts.
# https://docs.slack.dev/apis/web-api/rate-limits
POSTS_AT_ONCE, POST_SECONDS = 4, 1.1
# users.info is in tier 4, 100 calls a minute, and conversations.info in tier 3, 50 a minute: these
# are at most 80 and 30 in any minute. The others are for who acts, and for where they do it. One
# person gets half of them: all 20 people whom one message or form can name.
PEOPLE_A_MINUTE, CHANNELS_A_MINUTE = 40, 15
MAX_CHANNELS = 1000  # whose limits are remembered although nothing was posted lately


class ChannelLimit:
    def __init__(self, clock: Clock) -> None:
        self.rate = AsyncLimiter(POSTS_AT_ONCE, clock.scaled(POSTS_AT_ONCE * POST_SECONDS))
        # Otherwise posts that were held up on their way arrive all at the same time.
        self.one_at_a_time = asyncio.Lock()
        self.unhurried = asyncio.Lock()
        self._of_each: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of_one(self, user_id: str) -> asyncio.Lock:
        """Only one post for each person waits among the others', however many they cause."""
        return self._of_each.setdefault(user_id, asyncio.Lock())

    @property
    def is_idle(self) -> bool:
        return self.rate.has_capacity(POSTS_AT_ONCE) and not self.one_at_a_time.locked()


class ChannelLimits:
    """By the id of a channel; or of a person, for direct messages."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._limits: dict[str, ChannelLimit] = {}

    def of(self, channel_id: str) -> ChannelLimit:
        if channel_id not in self._limits:
            if len(self._limits) >= MAX_CHANNELS:
                self._limits = {c: limit for c, limit in self._limits.items() if not limit.is_idle}
            self._limits[channel_id] = ChannelLimit(self._clock)
        return self._limits[channel_id]


class LookUpLimits:
    """For people and channels that are only named, in a form or a message.

    Otherwise those who name many keep everybody else out until Slack answers again.
    """

    def __init__(self, clock: Clock) -> None:
        minute = clock.scaled(60)
        self._people = SharedLimit(PEOPLE_A_MINUTE, minute)
        self._channels = SharedLimit(CHANNELS_A_MINUTE, minute)

    async def person(self) -> None:
        """Call it before a look-up. Raises TooManyCalls."""
        await _begin(self._people)

    async def channel(self) -> None:
        """The same."""
        await _begin(self._channels)


async def _begin(limit: SharedLimit) -> None:
    if not await limit.lets(who_acts()):
        raise TooManyCalls("too many look-ups")
