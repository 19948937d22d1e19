"""The buttons of a card whose take did not end well: try, look or deliver again, leave it."""

import logging
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import card
from bot.domain.takes import NextStep, State, Take, WrongMove
from bot.errors import NothingThere
from bot.monitoring.logs import set_log_take
from bot.request_log.statements import AlreadyMatched
from bot.services import Services
from handlers.admins import Admins
from handlers.cards import Cards
from handlers.errors import Errors
from handlers.rendering.reconciliation import unmatched_rows
from handlers.requests.new_take import queued_take

log = logging.getLogger(__name__)

TOO_LATE = "That came too late: the card shows how the video stands by now."


class TakeButtons:
    def __init__(self, services: Services, cards: Cards, admins: Admins, errors: Errors) -> None:
        self._services = services
        self._log = services.log
        self._cards = cards
        self._admins = admins
        self._errors = errors

    def register(self, app: AsyncApp) -> None:
        app.action(card.TRY_AGAIN)(self._button(self._try_again))
        app.action(card.RENDER_AGAIN)(self._button(self._render_again))
        app.action(card.LOOK_AGAIN)(self._button(self._look_again))
        app.action(card.DELIVER_AGAIN)(self._button(self._deliver_again))
        app.action(card.CANCEL)(self._button(self._cancel))
        app.action(card.USE_IT)(self._button(self._use_it))
        app.action(card.LEAVE_IT)(self._button(self._leave_it))

    def _button(self, act: Any) -> Any:
        async def pressed(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            user_id, channel_id = body["user"]["id"], body["channel"]["id"]
            self._services.background.start(
                self._press(act, body["actions"][0]["value"], user_id, channel_id),
                on_error=self._errors.shown_to(user_id, channel_id),
            )

        return pressed

    async def _press(self, act: Any, take_id: str, user_id: str, channel_id: str) -> None:
        set_log_take(take_id)
        take = await self._log.take(take_id)
        request = await self._log.request(take.request_id)
        if user_id != request.user_id and user_id not in self._admins:
            await self._services.messages.post_ephemeral_or_dm(
                channel_id,
                user_id,
                f"Only <@{request.user_id}>, who asked for this video, or an admin can do that.",
            )
            return
        try:
            await act(take, user_id)
        except WrongMove:  # somebody was quicker, or Segmind was
            log.info("take %s: a button came too late", take_id)
            await self._cards.show_state(take_id)
            await self._services.messages.post_ephemeral_or_dm(channel_id, user_id, TOO_LATE)
        else:
            await self._cards.show(take_id)

    async def _try_again(self, take: Take, user_id: str) -> None:
        """A new take with the same settings. Pressed twice, it is still one."""
        latest = await self._log.latest_take(take.request_id)
        if latest.id != take.id or take.state is not State.FAILED:
            raise WrongMove(f"take {take.id} is not the failed one any more")
        again = await self._next(take)
        await self._log.add_take(again, by=user_id, instead_of=take.id)
        await self._services.jobs.enqueue(again.id, again.runs, again.priority)

    async def _render_again(self, take: Take, user_id: str) -> None:
        again = await self._next(take)
        await self._log.replace(
            take.id,
            again,
            by=user_id,
            expect=[State.IN_DOUBT],
            why="Rendered again, though the first one may have been charged, too.",
        )
        await self._services.jobs.enqueue(again.id, again.runs, again.priority)

    async def _next(self, take: Take) -> Take:
        request = await self._log.request(take.request_id)
        return await queued_take(self._services, request, take.number + 1, take.parameters)

    async def _look_again(self, take: Take, user_id: str) -> None:
        await self._resume(take, State.RENDERING, NextStep.LOOK_AGAIN, user_id)

    async def _deliver_again(self, take: Take, user_id: str) -> None:
        await self._resume(take, State.DELIVERING, NextStep.DELIVER_AGAIN, user_id)

    async def _resume(self, take: Take, to: State, offered: NextStep, user_id: str) -> None:
        if take.next_step != offered:
            raise WrongMove(f"take {take.id} does not offer {offered}")
        runs = take.runs + 1
        await self._log.move(
            take.id,
            to,
            by=user_id,
            expect=[State.FAILED, State.CANCELLED],
            runs=runs,
            error="",
            error_kind="",
            next_step="",
        )
        await self._services.jobs.enqueue(take.id, runs, take.priority, paid=True)

    async def _cancel(self, take: Take, user_id: str) -> None:
        """Free while queued. Segmind has no way to stop a render: it is only not followed."""
        if take.state is State.RENDERING:
            await self._log.move(
                take.id,
                State.CANCELLED,
                by=user_id,
                expect=[State.RENDERING],
                error="Cancelled while Segmind was rendering it: it is charged all the same.",
                next_step=NextStep.LOOK_AGAIN,
            )
        else:
            await self._log.move(
                take.id,
                State.CANCELLED,
                by=user_id,
                expect=[State.QUEUED],
                error="Cancelled. Nothing was made, and nothing is charged.",
            )
        self._services.background.start(self._cards.show_queue())

    async def _use_it(self, take: Take, user_id: str) -> None:
        """Looks into Segmind's history once more; the oldest request that fits is this take's."""
        if take.state is not State.IN_DOUBT:
            raise WrongMove(f"take {take.id} is not in doubt any more")
        rows = await unmatched_rows(self._services, take)
        if not rows:
            raise NothingThere
        runs = take.runs + 1
        try:
            await self._log.move(
                take.id,
                State.RENDERING,
                by=user_id,
                expect=[State.IN_DOUBT],
                segmind_request_id=rows[0].request_id,
                submitted_at=take.marked_at,
                runs=runs,
                error="",
                error_kind="",
            )
        except AlreadyMatched:  # by another take, a moment ago
            raise NothingThere from None
        await self._services.jobs.enqueue(take.id, runs, take.priority, paid=True)

    async def _leave_it(self, take: Take, user_id: str) -> None:
        await self._log.move(
            take.id,
            State.CANCELLED,
            by=user_id,
            expect=[State.IN_DOUBT],
            error="Left alone. If Segmind has charged for it, its history shows that.",
        )
