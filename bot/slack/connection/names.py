"""The names of people and channels, for a program that isn't the bot."""

import asyncio
from collections.abc import Iterable

from bot.errors import SlackError, SlackUnavailable
from bot.process.background import Background
from bot.process.clock import Clock
from bot.settings.table import Settings
from bot.slack.connection.session import slack_session
from bot.slack.connection.tokens import slack_client
from bot.slack.profiles import CHANNEL, PERSON, Profiles, channel_name

AT_ONCE = 10  # names that Slack is asked for
LOOK_UP_SECONDS = 10.0  # for all of them: whoever waits can also read IDs


async def look_up_names(settings: Settings, ids: Iterable[str]) -> tuple[dict[str, str], str]:
    """By ID, as far as Slack gives them, and why some are missing; "" if it answered."""
    names: dict[str, str] = {}
    known = [one for one in dict.fromkeys(ids) if one.startswith(PERSON + CHANNEL)]
    async with slack_session() as session:
        slack = slack_client(settings, session)
        profiles = Profiles(slack, background=Background(), clock=Clock())

        async def look_up(one: str) -> None:
            if one.startswith(CHANNEL):
                names[one] = await channel_name(slack, one)
            elif profile := await profiles.profile(one):
                names[one] = profile.name

        why = ""
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                for first in range(0, len(known), AT_ONCE):
                    await asyncio.gather(*map(look_up, known[first : first + AT_ONCE]))
        except SlackUnavailable as error:
            why = f"Slack didn't answer ({error.code}), so some names are missing."
        except TimeoutError:
            why = "Slack didn't answer in time, so some names are missing."
        except SlackError as error:
            why = f"Slack gives no names ({error.code})."
    return {one: name for one, name in names.items() if name}, why
