"""Who a person is, as Slack knows them: looked up once, and remembered for some minutes.

So are the names of channels.
"""

import asyncio
import logging
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.text import one_line
from bot.errors import SlackError, SlackUnavailable
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.lookups import Lookups
from bot.slack.channel_limits import LookUpLimits
from bot.slack.connection.client import OF_MANY_A_MINUTE, SlackClient
from bot.slack.errors import slack_errors
from bot.slack.payloads import part, text

log = logging.getLogger(__name__)

KNOWN_SECONDS = 300.0
NOT_KNOWN_SECONDS = 30.0  # an answer that says nothing about the person is asked for again sooner
DAY_SECONDS = 24 * 3600
NAMES_SECONDS = 1.0  # for all names of a form, of the 3 s in which it can be opened
MOST_NAMES = 100  # at once: whoever reads more sees IDs
LONGEST_NAME = 80  # characters: https://docs.slack.dev/reference/methods/conversations.rename
PERSON, CHANNEL = ("U", "W"), ("C", "G")  # how their IDs begin


@dataclass(frozen=True, slots=True)
class Profile:
    """`name`: as Slack shows it. `is_active`: not a bot, and not deactivated.

    `zone`: their time zone; None if Slack doesn't say. `is_stranger`: from another
    workspace, and in no channel that the bot sees; whoever is in one by Slack Connect is known by
    their `team_id` alone. `teams`: the workspaces of one organization that the person is in. An ""
    is not known.
    https://docs.slack.dev/reference/objects/user-object
    """

    name: str = ""
    is_active: bool = True
    zone: tzinfo | None = None
    is_guest: bool = False
    is_stranger: bool = False
    team_id: str = ""
    enterprise_id: str = ""
    teams: frozenset[str] = frozenset()


class Profiles:
    def __init__(self, client: SlackClient, *, background: Background, clock: Clock) -> None:
        self._client = client
        self._background = background
        self._clock = clock
        self.limits = LookUpLimits(clock)
        self._lookups = Lookups(
            self._look_up, on_error=_log_failure, background=background, clock=clock
        )
        self._channels = Lookups(
            self._look_up_channel, on_error=_log_failure, background=background, clock=clock
        )

    async def profile(self, user_id: str) -> Profile | None:
        """Of who acts; None if the bot may not look people up (`users:read` was left out).

        Raises SlackUnavailable.
        """
        return await self._lookups.get(user_id)

    async def of_named(self, user_id: str, *, newer_than: float = float("inf")) -> Profile | None:
        """The same, of somebody who is only named; and within `limits`.

        `newer_than`: seconds for which the answer may have been remembered.
        """
        if newer_than < float("inf") or not self._lookups.knows(user_id):
            await self.limits.person()
        return await self._lookups.get(user_id, newer_than=newer_than)

    async def if_known(self, user_id: str) -> Profile | None:
        """`profile`, but None if Slack doesn't answer. Also of reviewers who are to be told."""
        return await _if_known(user_id, self.profile(user_id))

    async def is_turn_of(self, user_id: str) -> bool:
        """Whether this one of many, for whom nobody waits, may be looked up now. If so, it counts.

        Also if there is nothing to look up.
        """
        return self._lookups.knows(user_id) or await self._client.limits.of_many.lets("")

    async def one_of_many(self, user_id: str) -> Profile | None:
        """`if_known`, once it is their turn; None also if the bot stops until then.

        Otherwise many of them use up what Slack answers in a minute, and whoever acts is refused.
        """
        while not await self.is_turn_of(user_id):
            if self._background.is_stopping:
                return None
            await self._clock.sleep(60 / OF_MANY_A_MINUTE)
        return await self.if_known(user_id)

    async def of_named_if_known(
        self, user_id: str, *, newer_than: float = float("inf")
    ) -> Profile | None:
        """`of_named`, but None if Slack doesn't answer."""
        return await _if_known(user_id, self.of_named(user_id, newer_than=newer_than))

    async def name(self, user_id: str) -> str:
        """The name that Slack shows; "" if it isn't known."""
        profile = await self.of_named_if_known(user_id)
        return profile.name if profile else ""

    async def names(
        self, ids: Iterable[str], *, here: str = "", seconds: float = NAMES_SECONDS
    ) -> dict[str, str]:
        """Of people (Ada) and channels (#training), by ID, as far as Slack gives them in time.

        A private channel's name is only for those who see it: it is left out unless it is `here`,
        where the names are shown.
        """
        names: dict[str, str] = {}

        async def look_up(one: str) -> None:
            if one.startswith(PERSON):
                names[one] = await self.name(one)
            elif one.startswith(CHANNEL):
                if not self._channels.knows(one):
                    await self.limits.channel()
                name, is_public = await self._channels.get(one)
                names[one] = name if is_public or one == here else ""

        known = [*dict.fromkeys(one for one in ids if one.startswith(PERSON + CHANNEL))]
        try:
            async with asyncio.timeout(seconds):
                await asyncio.gather(*map(look_up, known[:MOST_NAMES]))
        except (TimeoutError, SlackUnavailable) as error:
            log.info("some names were not looked up: %s", error)
        return {one: name for one, name in names.items() if name}

    async def _look_up_channel(self, channel_id: str) -> tuple[tuple[str, bool], float]:
        channel = await _channel(self._client, channel_id)
        is_public = channel.get("is_private") is False
        return (_channel_name(channel), is_public), KNOWN_SECONDS

    async def _look_up(self, user_id: str) -> tuple[Profile | None, float]:
        try:
            with slack_errors():
                answer = await self._client.users_info(user=user_id)
        except SlackUnavailable:
            raise
        except SlackError as error:
            log.info("user %s could not be looked up: %s", user_id, error)
            is_unknown = error.code in ("user_not_found", "user_not_visible")
            return (Profile(is_active=False) if is_unknown else None), NOT_KNOWN_SECONDS
        user = answer.get("user")
        profile = _profile(user) if isinstance(user, dict) else None
        return profile, KNOWN_SECONDS if profile else NOT_KNOWN_SECONDS


def _profile(user: dict[str, Any]) -> Profile:
    organization, shown = part(user, "enterprise_user"), part(user, "profile")
    names = (text(shown, "display_name"), text(user, "real_name"), text(user, "name"))
    teams = organization.get("teams")
    return Profile(
        name=next(filter(None, map(one_line, names)), "")[:LONGEST_NAME],
        zone=_zone(user.get("tz"), user.get("tz_offset")),
        is_active=not (user.get("deleted") or user.get("is_bot")),
        is_guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        is_stranger=bool(user.get("is_stranger")),
        team_id=text(user, "team_id"),
        enterprise_id=text(organization, "enterprise_id"),
        teams=frozenset(map(str, teams) if isinstance(teams, list) else ()),
    )


def _zone(name: object, offset: object) -> tzinfo | None:
    """By its name, so that daylight saving time is known; else by today's offset in seconds.

    None also for what Slack has sent as null, or can't be.
    """
    if isinstance(name, str) and name:
        try:
            return ZoneInfo(name)
        except (ValueError, LookupError, OSError):
            log.info("time zone %r isn't known here", name)
    # An offset of a whole day isn't one: https://docs.python.org/3/library/datetime.html
    if not isinstance(offset, int) or abs(offset) >= DAY_SECONDS:
        return None
    return timezone(timedelta(seconds=offset))


async def _log_failure(error: BaseException) -> None:
    """Whoever waits for it shows the error to the person."""
    log.info("a person or channel could not be looked up: %s", error)


async def channel_name(client: AsyncWebClient, channel_id: str) -> str:
    """“#marketing”; "" if the bot may not see it: `channels:read` is for public channels.

    Raises SlackUnavailable.
    """
    return _channel_name(await _channel(client, channel_id))


def _channel_name(channel: dict[str, Any]) -> str:
    name = text(channel, "name")[:LONGEST_NAME]
    return f"#{name}" if name else ""


async def _channel(client: AsyncWebClient, channel_id: str) -> dict[str, Any]:
    """Empty if the bot may not see it. Raises SlackUnavailable."""
    try:
        with slack_errors():
            answer = await client.conversations_info(channel=channel_id)
    except SlackUnavailable:
        raise
    except SlackError as error:
        log.info("channel %s could not be looked up: %s", channel_id, error)
        return {}
    channel = answer.get("channel")
    return channel if isinstance(channel, dict) else {}


async def _if_known(user_id: str, look_up: Awaitable[Profile | None]) -> Profile | None:
    try:
        return await look_up
    except SlackUnavailable as error:
        log.info("user %s could not be looked up: %s", user_id, error)
        return None
