"""Whether a conversation has a new id, by what Slack has under it."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError, SlackUnavailable
from bot.slack.errors import slack_errors


async def is_there(client: AsyncWebClient, channel_id: str, ts: str) -> bool:
    """Whether Slack has this message in that conversation. Raises SlackUnavailable."""
    try:
        with slack_errors():
            await client.chat_getPermalink(channel=channel_id, message_ts=ts)
    except SlackUnavailable:
        raise
    except SlackError:
        return False
    return True


async def has_become(client: AsyncWebClient, old: str, new: str) -> bool:
    """Whether Slack, asked for the conversation `old`, answers with `new`.

    That it shows none proves nothing: the bot may not be in it. Raises SlackUnavailable.
    """
    try:
        with slack_errors():
            channel = (await client.conversations_info(channel=old)).get("channel")
    except SlackUnavailable:
        raise
    except SlackError:
        return False
    return isinstance(channel, dict) and channel.get("id") == new
