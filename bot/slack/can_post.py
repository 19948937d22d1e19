"""Whether the bot can post in a conversation, tested with a message that one person sees."""

import asyncio

from bot.errors import ChannelRefused, SlackError
from bot.slack.messages import SlackMessages

TIMEOUT_SECONDS = 2.0  # of the 3 s that a submission may take


async def can_post(
    messages: SlackMessages, channel_id: str, user_id: str, text: str, *, thread_ts: str = ""
) -> None:
    """Sends `text` as an ephemeral message. Raises ChannelRefused if the bot cannot post there."""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await messages.post_ephemeral(channel_id, user_id, text, thread_ts=thread_ts)
    except ChannelRefused as refused:
        if (
            refused.code != "user_not_in_channel"
        ):  # the bot is in the channel, only the person isn't
            raise
    except (SlackError, TimeoutError):
        return  # Slack is slow, which says nothing about the channel
