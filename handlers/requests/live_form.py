"""The modal while a person fills it in: the estimate follows, more options open, nothing is lost.

Slack sends an event a key stroke. Only the newest of a view is answered, and one at a time: an
update that is based on an older view must not close what a newer one opened.
"""

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import modal
from bot.domain.estimates import estimate
from bot.errors import SlackError
from bot.services import Services
from bot.slack.errors import view_errors

log = logging.getLogger(__name__)

SETTLE_SECONDS = 0.15  # key strokes closer together than that make one update
VIEWS_REMEMBERED = 1000


class LiveModal:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._newest: dict[str, dict[str, Any]] = {}  # view id -> the view to answer next
        # Views whose options were asked for: an event on its way may still show them closed.
        self._opened: dict[str, None] = {}
        self._sent: set[str] = set()

    def register(self, app: AsyncApp) -> None:
        for name in modal.LIVE_FIELDS:
            app.action(name)(self.changed)
        app.action(modal.MORE_OPTIONS)(self.more_options)

    async def changed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self._answer(body["view"], after=SETTLE_SECONDS)

    async def more_options(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self._opened[body["view"]["id"]] = None
        while len(self._opened) > VIEWS_REMEMBERED:
            del self._opened[next(iter(self._opened))]
        self._answer(body["view"], after=0.0)

    def drop(self, view_id: str) -> None:
        """It was sent: an update on its way would wipe the errors that the answer shows."""
        if view_id in self._newest:
            self._sent.add(view_id)

    def _answer(self, view: dict[str, Any], *, after: float) -> None:
        at_work = view["id"] in self._newest
        self._newest[view["id"]] = view
        if not at_work:
            self._services.background.start(self._update(view["id"], after))

    async def _update(self, view_id: str, after: float) -> None:
        try:
            shown: dict[str, Any] | None = None
            while self._newest[view_id] is not shown:
                await asyncio.sleep(after)
                if view_id in self._sent:
                    return
                shown = self._newest[view_id]
                await self._draw(shown)
        finally:
            del self._newest[view_id]
            self._sent.discard(view_id)

    async def _draw(self, view: dict[str, Any]) -> None:
        draft = modal.parse(view)
        pace = await self._services.log.pace(self._services.settings.pace)
        more = modal.more_is_open(view) or view["id"] in self._opened
        fresh = modal.build(draft, estimate(draft.parameters, pace), more=more)
        try:
            with view_errors():
                await self._services.slack.views_update(view_id=view["id"], view=fresh)
        except SlackError as error:  # closed meanwhile, or Slack is busy: the next one mends it
            log.info("a modal was not updated: %s", error)
