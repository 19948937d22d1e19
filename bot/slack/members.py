"""Who is in a channel. For a private one that needs the scope `groups:read`, which may have been
left out; then, and in very large channels, an ephemeral message to one person tells."""

import logging
from collections.abc import Awaitable, Callable, Set
from dataclasses import dataclass
from typing import Any, TypeVar

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.takes import is_direct
from bot.errors import ChannelRefused, SlackError, SlackUnavailable
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.limit_per_person import SharedLimit, who_acts
from bot.process.lookups import Lookups
from bot.slack.can_post import NOT_A_MEMBER
from bot.slack.channel_limits import LookUpLimits
from bot.slack.errors import slack_errors
from bot.slack.messages import SlackMessages
from bot.slack.payloads import next_cursor
from bot.slack.senders import Team, public_in

log = logging.getLogger(__name__)
T = TypeVar("T")

KNOWN_SECONDS = 300.0
INVITED_SECONDS = 3.0  # somebody who isn't in it may have been invited since it was looked up
LEFT_SECONDS = 60.0  # the same, of what is looked at all the time
# conversations.members is in tier 4, 100 calls a minute: these are at most 60 in any minute, of
# which one person gets half. The others are for channels that weren't looked up lately.
# https://docs.slack.dev/apis/web-api/rate-limits
AGAIN_A_MINUTE = 30

# https://docs.slack.dev/reference/methods/conversations.members
PAGE_SIZE, MAX_PAGES = 1000, 3

CHECKED = "I've checked that you're in this conversation, because Slack doesn't list its members."


@dataclass(frozen=True, slots=True)
class PrivateChannel:
    name: str
    members: frozenset[str]  # user ids


class Members:
    """Remembers for some minutes who is in a channel."""

    def __init__(
        self, client: AsyncWebClient, messages: SlackMessages, *, background: Background,
        clock: Clock, team: Team,
    ) -> None:  # fmt: skip
        async def listed(channel_id: str) -> tuple[frozenset[str] | None, float]:
            try:
                return await _members(client, channel_id), KNOWN_SECONDS
            except SlackUnavailable:
                raise
            except SlackError as error:
                log.info("the members of %s could not be looked up: %s", channel_id, error)
                return None, KNOWN_SECONDS

        async def is_shown(place: str) -> tuple[bool, float]:
            channel_id, user_id = place.split()
            try:
                await messages.post_ephemeral(channel_id, user_id, CHECKED)
            except ChannelRefused as refused:
                if refused.code == NOT_A_MEMBER:
                    return False, INVITED_SECONDS
                raise
            return True, KNOWN_SECONDS

        async def is_public_in(channel_id: str) -> tuple[frozenset[str], float]:
            try:
                return public_in(await _channel(client, channel_id), team), KNOWN_SECONDS
            except SlackUnavailable:
                raise
            except SlackError as error:
                log.info("channel %s could not be looked up: %s", channel_id, error)
                return frozenset(), KNOWN_SECONDS

        def remembered(look_up: Callable[[str], Awaitable[tuple[T, float]]]) -> Lookups[T]:
            return Lookups(look_up, on_error=_log_failure, background=background, clock=clock)

        self._public, self._listed = remembered(is_public_in), remembered(listed)
        self._shown = remembered(is_shown)
        self._again = SharedLimit(AGAIN_A_MINUTE, clock.scaled(60))

    def knows(self, channel_id: str) -> bool:
        """Whether Slack was asked about this channel in the last minutes."""
        return self._public.knows(channel_id) or self._listed.knows(channel_id)

    def forget_public(self, channel_id: str) -> None:
        """It isn't anymore."""
        self._public.forget(channel_id)

    async def is_public(self, channel_id: str, workspaces: Set[str]) -> bool:
        """Whether it is a public channel of one of these workspaces. Raises SlackUnavailable."""
        return bool(workspaces and workspaces & await self._public.get(channel_id))

    async def may_see(self, channel_id: str, user_id: str, workspaces: Set[str]) -> bool:
        """If Slack doesn't say who is in the channel, or more are than are read, it is found out
        with a message to this person.

        `workspaces`: those whose public channels the person sees, also without being in them.
        Raises SlackUnavailable, and ChannelRefused if the bot can't post there.
        """
        if await self.is_public(channel_id, workspaces):
            return True
        if (members := await self._members(channel_id, user_id)) is None:
            return await self._shown.get(f"{channel_id} {user_id}")
        return user_id in members

    async def surely_sees(
        self,
        channel_id: str,
        user_id: str,
        workspaces: Set[str],
        *,
        invited: float,
    ) -> bool:
        """Like `may_see`, but False if it isn't known: for what nobody there has shown them.

        So it is in channels that the bot has left. `invited`: seconds after which Slack is asked
        again about somebody who wasn't there. Raises SlackUnavailable.
        """
        if await self.is_public(channel_id, workspaces):
            return True
        members = await self._members(channel_id, user_id, invited=invited)
        return members is not None and user_id in members

    async def has_left(
        self, channel_id: str, user_id: str, limits: LookUpLimits, workspaces: Set[str]
    ) -> bool:
        """Whether this person surely doesn't see it: False if it isn't known.

        For what is shown again and again. Raises SlackUnavailable.
        """
        if is_direct(channel_id):
            return False
        if not self.knows(channel_id):
            await limits.channel()
        if await self.is_public(channel_id, workspaces):
            return False
        members = await self._members(channel_id, user_id, invited=LEFT_SECONDS)
        return members is not None and user_id not in members

    async def _members(
        self, channel_id: str, user_id: str, *, invited: float = INVITED_SECONDS
    ) -> frozenset[str] | None:
        members = await self._listed.get(channel_id)
        if members is None or user_id in members:
            return members
        if not (self._listed.knows(channel_id, invited) or await self._again.lets(who_acts())):
            return members  # who was there is remembered for some minutes
        return await self._listed.get(channel_id, newer_than=invited)


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


async def _members(client: AsyncWebClient, channel_id: str) -> frozenset[str] | None:
    found: set[str] = set()
    cursor = ""
    for _ in range(MAX_PAGES):
        with slack_errors():
            answer = await client.conversations_members(
                channel=channel_id, limit=PAGE_SIZE, cursor=cursor or None
            )
        members = answer.get("members")
        if not isinstance(members, list):
            raise SlackUnavailable("unreadable")
        found.update(str(one) for one in members)
        if not (cursor := next_cursor(answer)):
            return frozenset(found)
    return None
