"""Who is in a private channel. That needs the scope `groups:read`, which may have been left out."""

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.slack.errors import slack_errors

# https://docs.slack.dev/reference/methods/conversations.members
PAGE_SIZE, MAX_PAGES = 1000, 3


@dataclass(frozen=True, slots=True)
class PrivateChannel:
    name: str
    members: frozenset[str]  # user ids


async def private_channel(client: AsyncWebClient, channel_id: str) -> PrivateChannel | None:
    """None for a public channel, and for one with more members than are read.

    Raises SlackError, also if the bot may not see it, and SlackUnavailable.
    """
    with slack_errors():
        channel = (await client.conversations_info(channel=channel_id)).get("channel")
    if not isinstance(channel, dict):
        raise SlackUnavailable("unreadable")
    if not channel.get("is_private"):
        return None
    members = await _members(client, channel_id)
    return None if members is None else PrivateChannel(str(channel.get("name")), members)


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
