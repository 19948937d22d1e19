"""A member of the workspace, and how what they do is sent to the app."""

from __future__ import annotations

from typing import Any

from bot.demo.slack.installation import Installation
from bot.demo.slack.transport.delivery import Delivery, EnvelopeType, Undelivered
from bot.demo.slack.workspace.conversations import User

Json = dict[str, Any]


class SlackShowed(Exception):
    """What Slack shows a person when the app fails them; the text is Slack's."""


class Member:
    def __init__(self, installation: Installation, delivery: Delivery, user: User) -> None:
        self.installation = installation
        self.user = user
        self._delivery = delivery

    @property
    def id(self) -> str:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    async def send(self, kind: EnvelopeType, name: str, payload: Json) -> Any:
        """Send a payload to the app; what it acknowledged with. Raises SlackShowed."""
        try:
            return await self._delivery.send(kind, name, payload)
        except Undelivered as failure:
            raise SlackShowed(f'{name} failed with the error "{failure.code}"') from failure
