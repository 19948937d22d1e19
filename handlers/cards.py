"""The card in the channel, kept true: always drawn anew from the request log."""

import asyncio
import logging
from collections import defaultdict
from datetime import UTC, datetime
from functools import partial

from aiolimiter import AsyncLimiter

from bot.blocks import card
from bot.blocks.review import decision_line
from bot.blocks.text import Block
from bot.domain.estimates import estimate
from bot.domain.takes import Request, State, Take
from bot.errors import SlackError
from bot.monitoring.logs import set_log_take
from bot.process.retry import retry
from bot.services import Services

log = logging.getLogger(__name__)

# chat.update is in Slack's tier 3, 50 a minute; the rest is kept for what is more than a bar.
# https://docs.slack.dev/apis/web-api/rate-limits
PROGRESS_UPDATES_A_MINUTE = 30
# A message whose answer was lost is there by then, or it never comes.
LATE_MESSAGE_SECONDS = 120
RUNNING = (State.SUBMITTING, State.RENDERING)


class Cards:
    def __init__(self, services: Services) -> None:
        self._log = services.log
        self._pauses = services.pauses
        self._admin_user_ids = services.settings.admin_user_ids
        self._messages = services.messages
        self._background = services.background
        self._clock = services.clock
        self._pace = services.settings.pace
        self._max_renders = services.settings.max_renders
        self._reviews = services.reviews
        self._approvals_needed = services.settings.approvals_needed
        self._progress = AsyncLimiter(PROGRESS_UPDATES_A_MINUTE, 60)
        self._drawn: dict[str, int] = {}  # what stands in Slack now: its hash, a card is 2 KB
        self._drawing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def place(self, request: Request, take: Take, *, again: bool = False) -> None:
        """The first drawing, kept in the log. Raises ChannelRefused, SlackUnavailable.

        `again`: the first try was not confirmed, so one that stands there is used.
        """
        key = f"card.{request.id}"
        found = await self._find_all(request, key) if again else []
        ts = found[0] if found else await self._post(request, take, key)
        stands = await self._log.set_card(request.id, ts)
        if stands != ts:  # two tried at once: a channel sees one card a video
            self._background.start(self.remove(request, ts))
        if again:
            look = partial(self._look_for_late, request, key, stands)
            self._background.later(self._clock.scaled(LATE_MESSAGE_SECONDS), look)

    async def _look_for_late(self, request: Request, key: str, stands: str) -> None:
        """The message of a first try may land after the second one was posted."""
        try:
            found = await self._find_all(request, key)
        except SlackError as error:
            log.info("%s was not looked through again: %s", request.channel_id, error)
            return
        for ts in found:
            if ts != stands:
                await self.remove(request, ts)

    async def remove(self, request: Request, ts: str) -> None:
        """A message that another one, of another try or process, was quicker than."""
        try:
            await retry(lambda: self._messages.delete(request.channel_id, ts), self._clock)
        except SlackError as error:
            log.warning("%s in %s is one too many: %s", ts, request.channel_id, error)

    async def _post(self, request: Request, take: Take, key: str) -> str:
        text, blocks = await self.draw(request, take)
        return await self._messages.post(request.channel_id, text, blocks, key=key)

    async def _find_all(self, request: Request, key: str) -> list[str]:
        since = datetime.fromisoformat(request.created_at)
        return await self._messages.find_all(request.channel_id, key, since=since)

    async def show(self, take_id: str) -> None:
        """Draws the card as the log has it now. Raises SlackUnavailable."""
        request = await self._log.request((await self._log.take(take_id)).request_id)
        if not request.card_ts:
            return
        async with self._drawing[request.id]:  # so that the newest drawing is the last one sent
            shown: tuple[Take, str] | None = None
            # Again when it changed meanwhile: the lock is this process's, and another may draw.
            while (now := await self._stands(request)) != shown:
                shown, take = now, now[0]
                drawn = await self.draw(request, take)
                if (known := hash(repr(drawn))) != self._drawn.get(request.id):
                    await self._messages.update(request.channel_id, request.card_ts, *drawn)
                    self._drawn[request.id] = known
        if now[0].state in (State.DELIVERED, State.CANCELLED):
            self._drawing.pop(request.id, None)
            self._drawn.pop(request.id, None)

    async def _stands(self, request: Request) -> tuple[Take, str]:
        """What a drawing shows that another process can change; the bar moves by itself."""
        take = await self._log.latest_take(request.id)
        return take, await self._reviewed(take)

    async def show_state(self, take_id: str) -> None:
        """A new state that the next one will draw over: worth a call, not worth a failure."""
        try:
            await self.show(take_id)
        except SlackError as error:
            log.info("take %s: its card was not updated: %s", take_id, error)

    async def show_progress(self, take_id: str) -> None:
        """A moving bar: left out when the minute's updates are used up."""
        if self._progress.has_capacity():
            async with self._progress:
                await self.show_state(take_id)

    async def show_queue(self) -> None:
        """The places of those who wait, after one of them went ahead."""
        if not self._progress.has_capacity():
            return
        for take in await self._log.takes_in([State.QUEUED]):
            set_log_take(take.id)  # none of them is the one that went
            await self.show_progress(take.id)
        set_log_take("")

    async def _reviewed(self, take: Take) -> str:
        reviews = await self._reviews.of_take(take.id) if take.state is State.DELIVERED else []
        return decision_line(take.decision, self._approvals_needed, reviews)

    async def draw(self, request: Request, take: Take) -> tuple[str, list[Block]]:
        pace = await self._log.pace(self._pace)
        began = take.submitted_at or take.marked_at
        ran = datetime.now(UTC) - datetime.fromisoformat(began) if began else None
        queued = take.state is State.QUEUED
        place = await self._log.queue_position(take.id) if queued else 0
        progress = card.Progress(
            place=place,
            starts_in_seconds=place // self._max_renders * pace.render_seconds,
            rest=await self._pauses.current() if queued else None,
            has_admins=bool(self._admin_user_ids),
            running_seconds=ran.total_seconds() if ran and take.state in RUNNING else 0.0,
            typical_seconds=pace.render_seconds,
            reviewed=await self._reviewed(take),
        )
        blocks = card.build(request, take, estimate(take.parameters, pace), progress)
        return card.fallback(request, take, progress), blocks
