"""Messages: posted, updated, whispered. Slack's own errors become ours on the way."""

from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.text import Block
from bot.errors import ChannelRefused, SlackError
from bot.slack.errors import channel_errors

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
    ) -> str:
        """Posts and returns the message's ts."""
        arguments: dict[str, Any] = {"channel": channel_id, "text": text, "blocks": blocks}
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
        return str(answer["ts"])

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

    async def whisper(self, channel_id: str, user_id: str, text: str) -> None:
        """To one person: in the conversation they are in, or directly where the bot cannot."""
        try:
            with channel_errors():
                await self._client.chat_postEphemeral(channel=channel_id, user=user_id, text=text)
        except SlackError:
            await self.tell(user_id, text)

    async def tell(self, user_id: str, text: str, blocks: list[Block] | None = None) -> str:
        """A direct message from the bot."""
        return await self.post(user_id, text, blocks)
