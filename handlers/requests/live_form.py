"""The form while a person fills it in: the estimate follows, and more options open.

Slack sends an event for each key stroke. Only the newest of a view is answered, and one at a time:
an update that is based on an older view must not close what a newer one opened.
"""

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import modal
from bot.domain.estimates import Pace, estimate
from bot.domain.rights import Act
from bot.errors import SlackError
from bot.process.background import Background
from bot.request_log.log import RequestLog
from bot.slack.errors import view_errors
from handlers.access import Listeners

log = logging.getLogger(__name__)

SETTLE_SECONDS = 0.15  # key strokes closer together make one update
VIEWS_REMEMBERED = 1000


class LiveForm:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        slack_client: AsyncWebClient,
        background: Background,
        default_pace: Pace,
    ) -> None:
        self._request_log = request_log
        self._slack_client = slack_client
        self._background = background
        self._default_pace = default_pace
        self._newest: dict[str, dict[str, Any]] = {}  # view id -> the view to answer next
        # Views whose options were asked for: an event on its way may still show them closed.
        self._expanded: dict[str, None] = {}
        self._submitted: set[str] = set()

    def register(self, app: Listeners) -> None:
        for name in modal.LIVE_FIELDS:
            app.action(name, Act.MAKE_VIDEO, self.changed)
        app.action(modal.MORE_OPTIONS, Act.MAKE_VIDEO, self.more_options)

    async def changed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self._schedule_update(body["view"], after=SETTLE_SECONDS)

    async def more_options(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self._expanded[body["view"]["id"]] = None
        while len(self._expanded) > VIEWS_REMEMBERED:
            del self._expanded[next(iter(self._expanded))]
        self._schedule_update(body["view"], after=0.0)

    def stop_updates(self, view_id: str) -> None:
        """The form was submitted: an update would remove the errors that the answer shows."""
        if view_id in self._newest:
            self._submitted.add(view_id)

    def _schedule_update(self, view: dict[str, Any], *, after: float) -> None:
        under_way = view["id"] in self._newest
        self._newest[view["id"]] = view
        if not under_way:
            self._background.start(self._update(view["id"], after))

    async def _update(self, view_id: str, after: float) -> None:
        try:
            shown: dict[str, Any] | None = None
            while self._newest[view_id] is not shown:
                await asyncio.sleep(after)
                if view_id in self._submitted:
                    return
                shown = self._newest[view_id]
                await self._redraw(shown)
        finally:
            del self._newest[view_id]
            self._submitted.discard(view_id)

    async def _redraw(self, view: dict[str, Any]) -> None:
        draft = modal.parse(view)
        pace = await self._request_log.pace(self._default_pace)
        more = modal.more_is_open(view) or view["id"] in self._expanded
        fresh = modal.build(draft, estimate(draft.parameters, pace), more=more)
        try:
            with view_errors():
                await self._slack_client.views_update(view_id=view["id"], view=fresh)
        except SlackError as error:  # closed, or Slack is busy; the next key stroke updates it
            log.info("a modal was not updated: %s", error)
