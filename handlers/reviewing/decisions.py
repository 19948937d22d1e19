"""Decisions: approve, request changes, take it back. One a person and take."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import review
from bot.domain.captions import Timecode
from bot.domain.reviews import Decision
from bot.errors import NotPossible
from bot.request_log.reviews import NotCurrentTake, ReviewResult
from bot.request_log.statements import NotInLog
from bot.services import Services
from bot.slack.errors import view_errors
from handlers.buttons import ButtonPress, button, current, replaced
from handlers.errors import Errors
from handlers.review_messages import ReviewMessages
from handlers.reviewing.notes import place_of


class Review:
    def __init__(self, services: Services, errors: Errors, messages: ReviewMessages) -> None:
        self._services = services
        self._errors = errors
        self._messages = messages

    def register(self, app: AsyncApp) -> None:
        app.action(review.APPROVE)(button(self._services, self._errors, self._approve))
        app.action(review.WITHDRAW)(button(self._services, self._errors, self._withdraw))
        app.action(review.REQUEST_CHANGES)(button(self._services, self._errors, self._ask_why))
        app.view(review.REQUEST_CHANGES)(self.changes_requested)

    async def _approve(self, press: ButtonPress) -> None:
        take = await self._services.log.take(press.take_id)
        asked = await self._services.reviews.requesters(take)
        if press.user_id in asked and not self._services.settings.self_approval:
            raise NotPossible(
                "You asked for this video, so somebody else has to approve it. "
                "You can still request changes, or make a new take."
            )
        await self._decide(press.take_id, press.user_id, Decision.APPROVED)

    async def _withdraw(self, press: ButtonPress) -> None:
        decided = await self._services.reviews.of_take(press.take_id)
        if press.user_id not in {one.user_id for one in decided}:
            raise NotPossible("You have not decided about this take, so nothing was taken back.")
        await self._decide(press.take_id, press.user_id, None)

    async def _ask_why(self, press: ButtonPress) -> None:
        take = await current(self._services, press.take_id)
        decided = await self._services.reviews.of_take(take.id)
        note = next((one.note for one in decided if one.user_id == press.user_id), "")
        with view_errors():
            await self._services.slack.views_open(
                trigger_id=press.trigger_id, view=review.changes_form(take, note)
            )

    async def changes_requested(
        self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]
    ) -> None:
        note = review.text_of(view, review.NOTE)
        if not note:
            await ack(response_action="errors", errors={review.NOTE: "Say what should change."})
            return
        take_id, user_id = view["private_metadata"], body["user"]["id"]
        try:
            place = place_of(note, await self._services.log.take(take_id))
            decided = await self._keep(take_id, user_id, Decision.CHANGES, note, *place)
        except (NotPossible, NotInLog) as error:
            why = error.sentence if isinstance(error, NotPossible) else "This video is gone."
            await ack(response_action="errors", errors={review.NOTE: why})
            return
        await ack()
        self._services.background.start(self._show(decided, user_id, note))

    async def _decide(self, take_id: str, user_id: str, decision: Decision | None) -> None:
        await self._show(await self._keep(take_id, user_id, decision, ""), user_id)

    async def _show(self, decided: ReviewResult, by: str, note: str = "") -> None:
        await self._messages.show_quietly(decided.take.id)
        if decided.is_news:
            await self._messages.tell_who_asked(decided, by, note)

    async def _keep(
        self,
        take_id: str,
        user_id: str,
        decision: Decision | None,
        note: str,
        at: Timecode | None = None,
        spoken: str = "",
    ) -> ReviewResult:
        """Raises NotPossible and NotInLog."""
        needed = self._services.settings.approvals_needed
        try:
            return await self._services.reviews.decide(
                take_id, user_id, decision, note, needed=needed, at=at, spoken=spoken
            )
        except NotCurrentTake as by:
            number = (await self._services.log.take(take_id)).number
            raise replaced(number, by.args[0]) from None
