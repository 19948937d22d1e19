"""Who is in a channel. For a private one that needs the scope `groups:read`, which may have been
left out."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError, SlackUnavailable
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.lookups import Lookups
from bot.slack.errors import slack_errors

log = logging.getLogger(__name__)

KNOWN_SECONDS = 300.0
INVITED_SECONDS = 3.0  # somebody who isn't in it may have been invited since it was looked up

# https://docs.slack.dev/reference/methods/conversations.members
PAGE_SIZE, MAX_PAGES = 1000, 3


@dataclass(frozen=True, slots=True)
class PrivateChannel:
    name: str
    members: frozenset[str]  # user ids


Find = Callable[[AsyncWebClient, str], Awaitable[frozenset[str] | None]]


class Members:
    """Remembers for some minutes who is in a channel."""

    def __init__(self, client: AsyncWebClient, *, background: Background, clock: Clock) -> None:
        def remembered(find: Find) -> Lookups[frozenset[str] | None]:
            async def look_up(channel_id: str) -> tuple[frozenset[str] | None, float]:
                try:
                    return await find(client, channel_id), KNOWN_SECONDS
                except SlackUnavailable:
                    raise
                except SlackError as error:
                    log.info("the members of %s could not be looked up: %s", channel_id, error)
                    return None, KNOWN_SECONDS

            return Lookups(look_up, on_error=_log_failure, background=background, clock=clock)

        async def is_public(channel_id: str) -> tuple[bool, float]:
            try:
                channel = await _channel(client, channel_id)
                return channel.get("is_private") is False, KNOWN_SECONDS
            except SlackUnavailable:
                raise
            except SlackError as error:
                log.info("channel %s could not be looked up: %s", channel_id, error)
                return False, KNOWN_SECONDS

        self._public = Lookups(is_public, on_error=_log_failure, background=background, clock=clock)
        self._of_private, self._of_any = remembered(_private_members), remembered(_members)

    async def may_see(self, channel_id: str, user_id: str, *, sees_public: bool) -> bool:
        """True also if Slack doesn't say who is in the channel, or more are than are read.

        `sees_public`: whether the person sees public channels that they are not in.
        Raises SlackUnavailable.
        """
        lookups = self._of_private if sees_public else self._of_any
        members = await lookups.get(channel_id)
        if members is not None and user_id not in members:
            members = await lookups.get(channel_id, newer_than=INVITED_SECONDS)
        return members is None or user_id in members

    async def surely_sees(self, channel_id: str, user_id: str, *, sees_public: bool) -> bool:
        """Like `may_see`, but False if it isn't known: for what nobody there has shown them.

        So it is in channels that the bot has left. Raises SlackUnavailable.
        """
        if sees_public and await self._public.get(channel_id):
            return True
        members = await self._of_any.get(channel_id)
        if members is not None and user_id not in members:
            members = await self._of_any.get(channel_id, newer_than=INVITED_SECONDS)
        return members is not None and user_id in members


async def _log_failure(error: BaseException) -> None:
    """Whoever waits for it shows the error to the person."""
    log.info("the members of a channel could not be looked up: %s", error)


async def private_channel(client: AsyncWebClient, channel_id: str) -> PrivateChannel | None:
    """None for a public channel, and for one with more members than are read.

    Raises SlackError, also if the bot may not see it, and SlackUnavailable.
    """
    channel = await _channel(client, channel_id)
    if not channel.get("is_private"):
        return None
    members = await _members(client, channel_id)
    return None if members is None else PrivateChannel(str(channel.get("name")), members)


async def _channel(client: AsyncWebClient, channel_id: str) -> dict[str, Any]:
    with slack_errors():
        channel = (await client.conversations_info(channel=channel_id)).get("channel")
    if not isinstance(channel, dict):
        raise SlackUnavailable("unreadable")
    return channel


async def _private_members(client: AsyncWebClient, channel_id: str) -> frozenset[str] | None:
    channel = await private_channel(client, channel_id)
    return channel.members if channel else None


async def _members(client: AsyncWebClient, channel_id: str) -> frozenset[str] | None:
    found: set[str] = set()
    cursor: str | None = None
    for _ in range(MAX_PAGES):
        with slack_errors():
            answer = await client.conversations_members(
                channel=channel_id, limit=PAGE_SIZE, cursor=cursor
            )
        members = answer.get("members")
        if not isinstance(members, list):
            raise SlackUnavailable("unreadable")
        found.update(str(one) for one in members)
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return frozenset(found)
    return None
