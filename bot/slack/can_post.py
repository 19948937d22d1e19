"""Can the bot post there? Found out by what it says to one person, before anything is done."""

import asyncio

from bot.errors import ChannelRefused, SlackError
from bot.slack.messages import SlackMessages

PROBE_SECONDS = 2.0  # of the 3 s that a submission may take


async def can_post(
    messages: SlackMessages, channel_id: str, user_id: str, text: str, *, thread_ts: str = ""
) -> None:
    """Whispers `text` there. Raises ChannelRefused."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await messages.post_ephemeral(channel_id, user_id, text, thread_ts=thread_ts)
    except ChannelRefused as refused:
        if refused.code != "user_not_in_channel":  # the bot is, and that is what counts
            raise
    except (SlackError, TimeoutError):
        return  # Slack is slow: that says nothing of the channel
