"""Messages: posted, updated, whispered. Slack's own errors become ours on the way."""

import logging
from datetime import datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.text import Block
from bot.domain.clocks import CLOCK_SKEW
from bot.errors import ChannelRefused, SlackError
from bot.slack.errors import channel_errors

log = logging.getLogger(__name__)

EVENT_TYPE = "avatar_message"  # of the metadata by which a message is found again
# A card or a thread that somebody deleted takes no update, and none is owed.
GONE = {"message_not_found", "cant_update_message", "thread_not_found", "edit_window_closed"}


class SlackMessages:
    """Every call raises ChannelRefused or SlackUnavailable, nothing of the SDK."""

    def __init__(self, client: AsyncWebClient, bot_name: str) -> None:
        self._client = client
        self.bot_name = bot_name

    async def post(
        self,
        channel_id: str,
        text: str,
        blocks: list[Block] | None = None,
        *,
        thread_ts: str = "",
        key: str = "",
    ) -> str:
        """Posts and returns the message's ts. `key`: `find` finds it by that."""
        return (await self._post(channel_id, text, blocks, thread_ts, key))[1]

    async def _post(
        self,
        channel_id: str,
        text: str,
        blocks: list[Block] | None,
        thread_ts: str = "",
        key: str = "",
    ) -> tuple[str, str]:
        arguments: dict[str, Any] = {"channel": channel_id, "text": text, "blocks": blocks}
        if key:  # https://docs.slack.dev/messaging/message-metadata
            arguments["metadata"] = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
        try:
            with channel_errors():
                answer = await self._client.chat_postMessage(
                    **arguments,
                    thread_ts=thread_ts or None,
                    unfurl_links=False,
                    unfurl_media=False,
                )
        except ChannelRefused as refused:
            raise ChannelRefused(refused.code, self.bot_name) from None
        return str(answer["channel"]), str(answer["ts"])

    async def find(
        self, channel_id: str, key: str, *, since: datetime, thread_ts: str = ""
    ) -> str | None:
        """The ts of a message of ours whose posting was not confirmed; None where there is none."""
        found = await self.find_all(channel_id, key, since=since, thread_ts=thread_ts)
        return found[0] if found else None

    async def find_all(
        self, channel_id: str, key: str, *, since: datetime, thread_ts: str = ""
    ) -> list[str]:
        """The ts of each message of ours that was posted with that key; `since` is by our clock.

        Where the bot may not read, it cannot know. Raises SlackUnavailable.
        """
        place: dict[str, Any] = {
            "channel": channel_id,
            "oldest": f"{(since - CLOCK_SKEW).timestamp():.6f}",
            "include_all_metadata": True,
            "limit": 200,
        }
        try:
            with channel_errors():
                if thread_ts:
                    answer = await self._client.conversations_replies(ts=thread_ts, **place)
                else:
                    answer = await self._client.conversations_history(**place)
        except ChannelRefused as refused:  # missing_scope, not_in_channel
            log.info("%s cannot be read: %s", channel_id, refused.code)
            return []
        return [
            str(message["ts"])
            for message in answer.get("messages") or []
            if (message.get("metadata") or {}).get("event_payload") == {"key": key}
        ]

    async def permalink(self, channel_id: str, ts: str) -> str:
        """The address of a message; "" where it is gone, or cannot be seen any more."""
        try:
            with channel_errors():
                answer = await self._client.chat_getPermalink(channel=channel_id, message_ts=ts)
        except SlackError as error:
            log.info("no link to %s in %s: %s", ts, channel_id, error)
            return ""
        return str(answer["permalink"])

    async def update(self, channel_id: str, ts: str, text: str, blocks: list[Block]) -> bool:
        """False when there is nothing left to update."""
        try:
            with channel_errors():
                await self._client.chat_update(channel=channel_id, ts=ts, text=text, blocks=blocks)
        except SlackError as error:
            if error.code in GONE:
                return False
            raise
        return True

    async def delete(self, channel_id: str, ts: str) -> None:
        """One of the bot's own. What is gone already is as good. Raises SlackUnavailable."""
        try:
            with channel_errors():
                await self._client.chat_delete(channel=channel_id, ts=ts)
        except ChannelRefused as refused:
            log.info("%s in %s was not deleted: %s", ts, channel_id, refused.code)

    async def post_ephemeral(
        self, channel_id: str, user_id: str, text: str, *, thread_ts: str = ""
    ) -> None:
        """To one person: in the conversation they are in, or directly where the bot cannot."""
        try:
            await self.post_ephemeral_only(channel_id, user_id, text, thread_ts=thread_ts)
        except SlackError:
            await self.send_dm(user_id, text)

    async def post_ephemeral_only(
        self, channel_id: str, user_id: str, text: str, *, thread_ts: str = ""
    ) -> None:
        """The same, and nowhere else: shows whether the bot can post there."""
        try:
            with channel_errors():
                await self._client.chat_postEphemeral(
                    channel=channel_id, user=user_id, text=text, thread_ts=thread_ts or None
                )
        except ChannelRefused as refused:
            raise ChannelRefused(refused.code, self.bot_name) from None

    async def send_dm(
        self, user_id: str, text: str, blocks: list[Block] | None = None
    ) -> tuple[str, str]:
        """A direct message from the bot; where it stands: the id of its channel, and its ts."""
        return await self._post(user_id, text, blocks)
