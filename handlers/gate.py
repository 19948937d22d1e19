"""The gate before every submission: shut while the queue rests, and why.

A 429 shuts it for as long as Segmind says. A 406 (no credits) shuts it until somebody has topped up
and says so. It stands in the request log, so it holds for all processes; the admins are told once.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import card
from bot.errors import OutOfCredits, RateLimited, SegmindError
from bot.parts import Parts
from bot.takes import RestReason, State
from handlers.admins import Admins
from handlers.cards import Cards
from handlers.errors import Errors

log = logging.getLogger(__name__)

LONG_REST_SECONDS = 120.0  # a shorter 429 is no news for an admin


class Gate:
    def __init__(self, parts: Parts, cards: Cards, admins: Admins, errors: Errors) -> None:
        self._parts = parts
        self._log = parts.log
        self._rests = parts.rests
        self._cards = cards
        self._admins = admins
        self._errors = errors
        self._beat = parts.settings.poll_seconds

    def register(self, app: AsyncApp) -> None:
        app.action(card.GO_ON)(self.go_on_pressed)

    async def open(self, take_id: str) -> bool:
        """Waits until the queue goes on. False: the take left the queue meanwhile."""
        shown = False
        while rest := await self._rests.resting():
            if not shown:
                await self._cards.show_state(take_id)
                shown = True
            ends_at = datetime.fromisoformat(rest.ends_at) if rest.ends_at else None
            left = (ends_at - datetime.now(UTC)).total_seconds() if ends_at else self._beat
            await asyncio.sleep(min(max(left, 0.0) + 0.01, self._beat))
            if (await self._log.take(take_id)).state is not State.QUEUED:
                return False
        return (await self._log.take(take_id)).state is State.QUEUED

    async def slow_down(self, error: RateLimited) -> None:
        ends_at = datetime.now(UTC) + timedelta(seconds=error.retry_after)
        new = await self._rests.begin(RestReason.RATE, ends_at.isoformat(timespec="milliseconds"))
        if new and error.retry_after >= LONG_REST_SECONDS:
            await self._admins.tell(error)

    async def out_of_credits(self, error: OutOfCredits) -> None:
        if await self._rests.begin(RestReason.CREDITS):
            await self._admins.tell(error, card.rest_buttons())
            self._parts.background.start(self._cards.show_queue())

    # --- the button ---------------------------------------------------------------------------

    async def go_on_pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        user_id, channel_id = body["user"]["id"], body["channel"]["id"]
        self._parts.background.start(
            self._go_on(user_id, channel_id), on_error=self._errors.shown_to(user_id, channel_id)
        )

    async def _go_on(self, user_id: str, channel_id: str) -> None:
        """Anybody who sees the button may say that there are credits: the balance decides."""
        try:
            balance = await self._parts.segmind.balance()
        except SegmindError as error:  # then a submission will show it
            log.info("the balance could not be read: %s", error)
        else:
            if balance <= 0:
                sentence = "The Segmind account is still empty. Top it up, then press again."
                await self._parts.messages.whisper(channel_id, user_id, sentence)
                return
        if await self._rests.go_on(RestReason.CREDITS, by=user_id):
            log.info("the queue goes on: %s says there are credits", user_id)
        await self._cards.show_queue()
        await self._parts.messages.whisper(channel_id, user_id, "The queue goes on.")
