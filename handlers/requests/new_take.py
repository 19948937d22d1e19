"""*New take*: the form again, filled with the last take and the notes that are open.

The video comes into the same thread. Nothing is rendered that nobody has sent.
"""

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import card, modal
from bot.blocks.checklist import MOST_NOTES, checkbox_text
from bot.blocks.review import checklist_text
from bot.domain.drafts import Draft, NewTakeOf, OpenNote
from bot.domain.estimates import estimate
from bot.domain.parameters import Parameters, problems
from bot.domain.takes import Request, State, Take
from bot.errors import ChannelRefused, NotPossible
from bot.monitoring.logs import set_log_take
from bot.request_log.rows import now
from bot.request_log.statements import NotInLog
from bot.services import Services
from bot.slack.can_post import can_post
from bot.slack.errors import view_errors
from handlers.buttons import ButtonPress, button
from handlers.cards import Cards
from handlers.errors import Errors

ENDED = (State.DELIVERED, State.FAILED, State.CANCELLED)


async def queued_take(
    services: Services, request: Request, number: int, parameters: Parameters
) -> Take:
    """Take `number` of a request as it goes into the log. Two of the same number have one id."""
    pace = await services.log.pace(services.settings.pace)
    return Take(
        id=f"{request.id}-{number}",
        request_id=request.id,
        number=number,
        parameters=parameters,
        requested_at=now(),
        priority=await services.queue.next_priority(request.user_id),
        estimated_usd=estimate(parameters, pace).usd,
    )


def named_themselves(
    services: Services, draft: Draft, user_id: str, first_asked: str = ""
) -> dict[str, str]:
    """Who asks for a video, or asked first, is no reviewer of it, unless a setting says so."""
    if services.settings.self_approval or not {user_id, first_asked} & set(draft.reviewers):
        return {}
    who = "You ask" if user_id in draft.reviewers else "One of them asked"
    return {modal.REVIEWERS: f"{who} for this video, so name others to review it."}


class NewTake:
    def __init__(self, services: Services, cards: Cards, errors: Errors) -> None:
        self._services = services
        self._log = services.log
        self._cards = cards
        self._errors = errors

    def register(self, app: AsyncApp) -> None:
        app.action(card.NEW_TAKE)(button(self._services, self._errors, self._open))
        app.view(card.NEW_TAKE)(self.submission)

    async def _open(self, press: ButtonPress) -> None:
        services = self._services
        request = await self._log.request((await self._log.take(press.take_id)).request_id)
        latest = await self._log.latest_take(request.id)
        check_ended(latest)
        named = await services.reviews.reviewers(request.id)
        draft = Draft(
            replace(latest.parameters, video_url=""),  # a twin is trained, and charged, once
            reviewers=tuple(
                r.user_id
                for r in named
                if not r.away_at and (services.settings.self_approval or r.user_id != press.user_id)
            ),
            new_take=await self._again(latest),
        )
        pace = await self._log.pace(services.settings.pace)
        with view_errors():
            await services.slack.views_open(
                trigger_id=press.trigger_id,
                view=modal.build(draft, estimate(draft.parameters, pace)),
            )

    async def _again(self, latest: Take) -> NewTakeOf:
        notes = await self._services.reviews.notes(latest.request_id)
        still_open = [note for note in notes if not note.answered_by]
        boxes = [OpenNote(n.id, checkbox_text(checklist_text(n))) for n in still_open[:MOST_NOTES]]
        more = max(0, len(still_open) - MOST_NOTES)
        return NewTakeOf(latest.id, latest.number + 1, tuple(boxes), more)

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        draft, user_id = modal.parse(view), body["user"]["id"]
        assert draft.new_take is not None  # this form has no other kind
        try:
            request = await self._request_of(draft.new_take)
            named = named_themselves(self._services, draft, user_id, request.user_id)
            if found := problems(draft.parameters) | named:
                await ack(response_action="errors", errors=found)
                return
            take = await self._make(request, draft, draft.new_take, user_id)
        except (NotPossible, ChannelRefused) as error:
            await ack(response_action="errors", errors={"prompt": error.sentence})
            return
        await ack()
        self._services.background.start(self._cards.show_state(take.id))
        self._services.background.start(self._cards.show_queue())

    async def _request_of(self, again: NewTakeOf) -> Request:
        """Raises NotPossible where another take was asked for since the form was opened."""
        try:
            replaced = await self._log.take(again.replaces)
            request = await self._log.request(replaced.request_id)
        except NotInLog:
            raise NotPossible(
                "This bot's log does not know that video any more: make it anew with /avatar."
            ) from None
        latest = await self._log.latest_take(request.id)
        if latest.id != replaced.id:  # somebody was quicker; a form that comes twice is as late
            raise NotPossible(
                f"Take {latest.number} has been asked for meanwhile. Nothing was made from this "
                "form: look at that take first."
            )
        check_ended(latest)
        return request

    async def _make(self, request: Request, draft: Draft, again: NewTakeOf, user_id: str) -> Take:
        """Raises NotPossible and ChannelRefused; then nothing is made."""
        await can_post(
            self._services.messages,
            request.channel_id,
            user_id,
            f"Take {again.number} comes into this thread. Its card shows how far it is.",
            thread_ts=request.card_ts,
        )
        take = await queued_take(self._services, request, again.number, draft.parameters)
        set_log_take(take.id)
        answers = await self._answered(request, again)
        if not await self._log.add_take(
            take, by=user_id, answers=answers, reviewers=draft.reviewers
        ):
            raise NotPossible(f"Take {take.number} has been asked for by somebody else just now.")
        await self._services.jobs.enqueue(take.id, take.runs, take.priority)
        return take

    async def _answered(self, request: Request, again: NewTakeOf) -> list[str]:
        """The notes that were ticked and still read as they did then."""
        notes = {note.id: note for note in await self._services.reviews.notes(request.id)}
        return [
            box.id
            for box in again.notes
            if box.ticked
            and box.id in notes
            and checkbox_text(checklist_text(notes[box.id])) == box.text
        ]


def check_ended(latest: Take) -> None:
    if latest.state is State.IN_DOUBT:
        raise NotPossible(
            f"It is not certain whether take {latest.number} is being made: choose what to do "
            "with it on the card first."
        )
    in_thread = latest.state is State.DELIVERING and latest.review_ts
    if latest.state not in ENDED and not in_thread:
        raise NotPossible(
            f"Take {latest.number} is on its way already; its card shows how far it is."
        )
