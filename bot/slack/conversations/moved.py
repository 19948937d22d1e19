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


async def is_gone(client: AsyncWebClient, channel_id: str) -> bool:
    """Whether Slack shows the bot no conversation of this id, or one whose id is another by now.

    Also true of a private one that the bot isn't in. Raises SlackUnavailable.
    """
    try:
        with slack_errors():
            channel = (await client.conversations_info(channel=channel_id)).get("channel")
    except SlackUnavailable:
        raise
    except SlackError as error:
        return error.code == "channel_not_found"
    return isinstance(channel, dict) and channel.get("id") not in (None, channel_id)
