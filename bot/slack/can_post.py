"""Who and what may post in a conversation: found out with a message to one person only.

Slack tells the bot who is in a conversation only with more scopes; an ephemeral message needs none.
"""

import asyncio
import logging
from time import monotonic

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.takes import is_direct
from bot.errors import ChannelRefused, NotPossible, SlackError, SlackUnavailable
from bot.slack.channel_limits import LookUpLimits
from bot.slack.connection.client import BUSY
from bot.slack.connection.tokens import no_retries
from bot.slack.errors import RATE_LIMITED_CODES, slack_errors
from bot.slack.messages import SlackMessages

log = logging.getLogger(__name__)

LOOKUP_SECONDS = 1.0
KNOWN_SECONDS = 30.0  # while somebody types, the form is updated all the time
MOST_REMEMBERED = 1000
TIMEOUT_SECONDS = 1.0  # for each of both steps, of the 3 s that a submission may take
NOT_A_MEMBER = "user_not_in_channel"
RATE_LIMITED = RATE_LIMITED_CODES | {"http_429", "message_limit_exceeded"}
TOO_MUCH = "That was a lot at once. Wait a minute, then try again."


class NotKnown(NotPossible):
    """Slack didn't say who is there: it is slow, or out. Nobody passes because of that."""

    def __init__(self) -> None:
        super().__init__(SlackUnavailable.sentence)


async def can_post(
    messages: SlackMessages,
    channel_id: str,
    user_id: str,
    text: str,
    *,
    thread_ts: str = "",
    seconds: float | None = None,
) -> None:
    """Sends `text` as an ephemeral message. Slack has TIMEOUT_SECONDS, or `seconds`, for it.

    Raises ChannelRefused if the bot cannot post there, or this person is not in the conversation,
    NotPossible if so many have been sent, to this person or to all, that it can't be found out, and
    NotKnown if Slack doesn't say.
    """
    if not messages.has_room_for(user_id):
        raise NotPossible(TOO_MUCH)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await messages.wait_for_room(user_id)
    except TimeoutError:  # or else a flood would switch the check off
        raise NotPossible(BUSY) from None
    try:
        with no_retries():
            async with asyncio.timeout(seconds or TIMEOUT_SECONDS):  # however long it has waited
                await messages.post_ephemeral(
                    channel_id, user_id, text, thread_ts=thread_ts, has_waited=True
                )
    except ChannelRefused:
        raise
    except (SlackError, TimeoutError) as error:
        if isinstance(error, SlackError) and error.code in RATE_LIMITED:
            raise NotPossible(BUSY) from None
        raise NotKnown from None


async def check_joined(client: AsyncWebClient, channel_id: str) -> None:
    """Whether the bot is a member, which Slack tells without a message: before a form is sent.

    Raises ChannelRefused if it isn't, and SlackError if Slack doesn't say.
    https://docs.slack.dev/reference/methods/conversations.info
    """
    try:
        with slack_errors():
            if is_direct(channel_id):  # of which the bot's scopes let it read only the messages
                await client.conversations_history(channel=channel_id, limit=1)
                return
            channel = (await client.conversations_info(channel=channel_id)).get("channel")
    except SlackError as error:
        if error.code == "channel_not_found":
            raise ChannelRefused(error.code, channel_id=channel_id) from None
        raise
    if not isinstance(channel, dict):
        return
    if channel.get("is_archived"):
        raise ChannelRefused("is_archived")
    if channel.get("is_member") is False:
        raise ChannelRefused("not_in_channel")


async def check_member(
    messages: SlackMessages,
    channel_id: str,
    user_id: str,
    text: str,
    *,
    thread_ts: str = "",
    seconds: float | None = None,
) -> None:
    """The same, where the bot itself need not be able to post."""
    try:
        await can_post(messages, channel_id, user_id, text, thread_ts=thread_ts, seconds=seconds)
    except ChannelRefused as refused:
        if refused.code == NOT_A_MEMBER:
            raise


class ChannelCheck:
    """Whether the bot can post in the channel that a form names, before the form is sent."""

    def __init__(
        self, *, slack_client: AsyncWebClient, slack_messages: SlackMessages, limits: LookUpLimits
    ) -> None:
        self._slack_client = slack_client
        self._limits = limits
        self._slack_messages = slack_messages
        self._known: dict[str, tuple[float, str]] = {}  # channel id -> until, why not

    async def problem(self, channel_id: str, *, again: bool = False) -> str:
        """Why it can't, with what to do; "" if it can, or if Slack doesn't say.

        `again`: if it couldn't, Slack is asked again, as somebody may have invited the bot.
        """
        if not channel_id:
            return ""
        until, why = self._known.get(channel_id, (0.0, ""))
        if monotonic() < until and not (why and again):
            return why
        try:
            await self._limits.channel()
            why = await self._ask(channel_id)
        except (SlackUnavailable, TimeoutError) as error:
            log.info("channel %s was not looked up: %s", channel_id, error)
            return ""  # asked again at the next change
        self._known.pop(channel_id, None)
        self._known[channel_id] = (monotonic() + KNOWN_SECONDS, why)
        while len(self._known) > MOST_REMEMBERED:
            del self._known[next(iter(self._known))]
        return why

    def forget(self, channel_id: str) -> None:
        """The next time, Slack is asked again."""
        self._known.pop(channel_id, None)

    async def _ask(self, channel_id: str) -> str:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                await check_joined(self._slack_client, channel_id)
        except ChannelRefused as refused:
            bot_name = self._slack_messages.bot_name
            return ChannelRefused(refused.code, bot_name, channel_id).sentence
        except SlackUnavailable:
            raise
        except SlackError as error:
            log.info("channel %s can't be looked up: %s", channel_id, error)
        return ""
