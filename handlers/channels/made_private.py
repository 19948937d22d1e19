"""A public channel that somebody makes private: from then on only its members see what is there.

https://docs.slack.dev/reference/events/message/channel_convert_to_private
"""

from typing import Any

from bot.domain.rights import Act
from bot.slack.members import Members
from bot.slack.payloads import text
from handlers.access import Listeners

MESSAGE = "message"  # the event
MADE_PRIVATE = "channel_convert_to_private"  # its subtype


async def is_made_private(event: dict[str, Any]) -> bool:
    """A Bolt matcher."""
    return event.get("subtype") == MADE_PRIVATE


class MadePrivate:
    def __init__(self, members: Members) -> None:
        self._members = members

    def register(self, app: Listeners) -> None:
        """Before the other listeners of messages, of which the first one gets the event."""
        app.event(MESSAGE, Act.LEAVE_NOTE, self.forget, is_made_private)

    async def forget(self, event: dict[str, Any]) -> None:
        self._members.forget_public(text(event, "channel"))
