"""Direct messages that are owed (bot/request_log/owed): each is there once, whenever the bot dies.

A decision, an overdue review and one's turn in a review concern one person, so they don't fill the
thread of the video.
"""

from datetime import datetime, timedelta

from bot.blocks.text import Block
from bot.domain.takes import Request
from bot.errors import ChannelRefused
from bot.request_log.owed.messages import OwedMessage, OwedMessages
from bot.slack.messages import SlackMessages


class DirectMessages:
    """Every method raises ChannelRefused and SlackUnavailable."""

    def __init__(self, owed_messages: OwedMessages, slack_messages: SlackMessages) -> None:
        self._owed_messages = owed_messages
        self._slack_messages = slack_messages

    async def find(self, owed: OwedMessage, user_id: str, key: str) -> tuple[str, str] | None:
        """Where an attempt that was cut off has posted it: the channel and the ts.

        Slack tells the channel of a direct message only once something was posted there; so None
        if the bot has never written to this person, whether or not it is there.
        """
        channel_id = await self._owed_messages.direct_channel(user_id)
        ts = channel_id and await self._only_one(owed, channel_id, key)
        return (channel_id, ts) if ts else None

    async def is_sent(self, owed: OwedMessage, user_id: str) -> bool:
        """Whether an attempt with other words, which was cut off, has sent it.

        Its key was that of what was wanted then: see `key_of_words`.
        """
        if owed.tried in (owed.shown, owed.wanted):
            return False
        before = f"{owed.message_key}.{owed.tried}"
        return await self.find(owed, user_id, before) is not None

    async def send(
        self,
        owed: OwedMessage,
        user_id: str,
        text: str,
        blocks: list[Block] | None = None,
        *,
        key: str,
        instead: Request | None = None,
    ) -> tuple[str, str]:
        """Sends it unless an earlier attempt has, and returns its channel and its ts.

        `instead`: in whose thread somebody is mentioned who can't get direct messages.
        """
        may_be_there = owed.tried != owed.shown
        if may_be_there and (found := await self.find(owed, user_id, key)):
            return found
        try:
            channel_id, ts = await self._slack_messages.send_dm(user_id, text, blocks, key=key)
        except ChannelRefused:
            if instead is None:
                raise
            return await self._mention(owed, user_id, text, instead, key)
        if may_be_there:  # now its channel is known
            ts = await self._only_one(owed, channel_id, key) or ts
        return channel_id, ts

    async def _mention(
        self, owed: OwedMessage, user_id: str, text: str, request: Request, key: str
    ) -> tuple[str, str]:
        channel_id, thread_ts = request.channel_id, request.card_ts
        ts = None
        if owed.tried != owed.shown:
            ts = await self._slack_messages.find(
                channel_id, key, since=_since(owed), thread_ts=thread_ts
            )
        ts = ts or await self._slack_messages.post(
            channel_id, f"<@{user_id}>: {text}", thread_ts=thread_ts, key=key
        )
        return channel_id, ts

    async def _only_one(self, owed: OwedMessage, channel_id: str, key: str) -> str:
        """The first of the messages with this key, once it is the only one; "" if there is none."""
        found = await self._slack_messages.find_all(channel_id, key, since=_since(owed))
        first, *others = sorted(found) or [""]
        for ts in others:
            await self._slack_messages.delete(channel_id, ts)
        return first


def key_of_words(owed: OwedMessage) -> str:
    """The key of a message that is sent again with other words, unless it was sent before."""
    return f"{owed.message_key}.{owed.wanted}"


def _since(owed: OwedMessage) -> datetime:
    return datetime.fromisoformat(owed.changed_at) - timedelta(days=1)
