"""Permalinks that are asked for again and again: they never change."""

from bot.slack.messages import SlackMessages

MOST_REMEMBERED = 5000


class Permalinks:
    def __init__(self, messages: SlackMessages) -> None:
        self._messages = messages
        self._known: dict[tuple[str, str], str] = {}  # by the channel and the ts of a message

    async def of(self, channel_id: str, ts: str) -> str:
        """As `SlackMessages.permalink`; "" isn't remembered."""
        place = channel_id, ts
        if not (link := self._known.get(place, "")):
            link = await self._messages.permalink(channel_id, ts)
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            if link:
                self._known[place] = link
        return link
