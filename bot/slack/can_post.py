"""Who and what may post in a conversation: found out with a message to one person only.

Slack tells the bot who is in a conversation only with more scopes; an ephemeral message needs none.
"""

import asyncio

from bot.errors import ChannelRefused, SlackError
from bot.slack.messages import SlackMessages

TIMEOUT_SECONDS = 1.0  # of the 3 s that a submission may take
NOT_A_MEMBER = "user_not_in_channel"


async def can_post(
    messages: SlackMessages, channel_id: str, user_id: str, text: str, *, thread_ts: str = ""
) -> None:
    """Sends `text` as an ephemeral message.

    Raises ChannelRefused if the bot cannot post there, or this person is not in the conversation.
    """
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await messages.post_ephemeral(channel_id, user_id, text, thread_ts=thread_ts)
    except ChannelRefused:
        raise
    except (SlackError, TimeoutError):
        return  # Slack is slow, which says nothing about the conversation


async def check_member(
    messages: SlackMessages, channel_id: str, user_id: str, text: str, *, thread_ts: str = ""
) -> None:
    """The same, where the bot itself need not be able to post."""
    try:
        await can_post(messages, channel_id, user_id, text, thread_ts=thread_ts)
    except ChannelRefused as refused:
        if refused.code == NOT_A_MEMBER:
            raise
