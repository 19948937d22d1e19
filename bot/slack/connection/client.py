"""The Slack client, which calls no method so often for one person that others couldn't anymore.

Slack's limits are for the whole bot: so many calls of each method in a minute.
https://docs.slack.dev/apis/web-api/rate-limits
"""

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackUnavailable
from bot.monitoring.metrics import counted
from bot.process.clock import Clock
from bot.process.limit_per_person import FairLimit, SharedLimit, who_acts

BUSY = "I'm very busy right now. Wait a minute, then try again."
# So many at once, and as many again in a minute: less than Slack's 50 of tier 3 and 100 of tier 4.
# The first of each person is beyond them.
TIER_3, TIER_4 = 24, 45
FORM_UPDATES = TIER_4  # views.update
# What the bot does by itself for many people: looks them up, for reminders and open Home tabs, and
# publishes those tabs again. One person who does all they can leaves some 35 calls a minute.
OF_MANY_A_MINUTE = 16
# What is called for who acts, and can be refused to them. Messages, and how often they are drawn
# again, have limits that wait: see bot/slack/messages.py and bot/slack/redraws.py.
AT_ONCE = {
    "conversations.info": TIER_3,
    "conversations.members": TIER_4,
    "files.info": TIER_4,
    "users.info": TIER_4,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
}


class TooManyCalls(SlackUnavailable):
    """This person has caused many in the last minute, or all people together have."""

    sentence = BUSY


class CallLimits:
    """Of one process, for all methods. Where several share Slack's limits, each has its part."""

    def __init__(self, clock: Clock, at_once: Mapping[str, int] = AT_ONCE) -> None:
        minute = clock.scaled(60)
        self._of = {method: SharedLimit(most, minute) for method, most in at_once.items()}
        self.form_updates = FairLimit(FORM_UPDATES, minute)
        self.of_many = SharedLimit(OF_MANY_A_MINUTE, minute)
        self.home_updates = SharedLimit(OF_MANY_A_MINUTE, minute)

    def share_between(self, processes: int) -> None:
        of_the_bot = (self.of_many, self.home_updates)
        for limit in (*self._of.values(), *of_the_bot, self.form_updates):
            limit.share_between(processes)

    async def check(self, method: str) -> None:
        """Raises TooManyCalls: only for a person, since what the bot does by itself can wait for as
        long as Slack says."""
        limit, user_id = self._of.get(method), who_acts()
        if limit and user_id and not await limit.lets(user_id):
            raise counted(TooManyCalls("ratelimited"))


class SlackClient(AsyncWebClient):
    """Raises TooManyCalls instead of calling a method of AT_ONCE too often for one person.

    Before it updates an open form, the caller waits for `limits.form_updates`: the form may be sent
    meanwhile.
    """

    def __init__(self, limits: CallLimits, **options: Any) -> None:
        super().__init__(**options)
        self.limits = limits

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
        await self.limits.check(api_method)
        return await super().api_call(api_method, **options)
