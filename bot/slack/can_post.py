"""Who and what may post in a conversation: found out with a message to one person only.

Slack tells the bot who is in a conversation only with more scopes; an ephemeral message needs none.
"""

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ChannelRefused, NotPossible, SlackError
from bot.slack.errors import slack_errors
from bot.slack.messages import SlackMessages

TIMEOUT_SECONDS = 1.0  # of the 3 s that a submission may take
NOT_A_MEMBER = "user_not_in_channel"
BUSY = "I'm very busy right now. Wait a minute, then try again."
TOO_MUCH = "That was a lot at once. Wait a minute, then try again."


async def can_post(
    messages: SlackMessages, channel_id: str, user_id: str, text: str, *, thread_ts: str = ""
) -> None:
    """Sends `text` as an ephemeral message.

    Raises ChannelRefused if the bot cannot post there, or this person is not in the conversation,
    and NotPossible if so many have been sent, to this person or to all, that it can't be found out.
    """
    if not messages.has_room_for(user_id):
        raise NotPossible(TOO_MUCH)
    deadline = asyncio.get_running_loop().time() + TIMEOUT_SECONDS
    try:
        async with asyncio.timeout_at(deadline):
            await messages.wait_for_room(user_id)
    except TimeoutError:  # or else a flood would switch the check off
        raise NotPossible(BUSY) from None
    try:
        async with asyncio.timeout_at(deadline):
            await messages.post_ephemeral(
                channel_id, user_id, text, thread_ts=thread_ts, has_waited=True
            )
    except ChannelRefused:
        raise
    except (SlackError, TimeoutError):
        return  # Slack is slow, which says nothing about the conversation


async def check_joined(client: AsyncWebClient, channel_id: str) -> None:
    """Whether the bot is a member, which Slack tells without a message: before a form is sent.

    Raises ChannelRefused if it isn't, and SlackError if Slack doesn't say.
    https://docs.slack.dev/reference/methods/conversations.info
    """
    try:
        with slack_errors():
            channel = (await client.conversations_info(channel=channel_id)).get("channel")
    except SlackError as error:
        if error.code == "channel_not_found":
            raise ChannelRefused(error.code) from None
        raise
    if not isinstance(channel, dict):
        return
    if channel.get("is_archived"):
        raise ChannelRefused("is_archived")
    if channel.get("is_member") is False:
        raise ChannelRefused("not_in_channel")


async def check_member(
    messages: SlackMessages, channel_id: str, user_id: str, text: str, *, thread_ts: str = ""
) -> None:
    """The same, where the bot itself need not be able to post."""
    try:
        await can_post(messages, channel_id, user_id, text, thread_ts=thread_ts)
    except ChannelRefused as refused:
        if refused.code == NOT_A_MEMBER:
            raise
