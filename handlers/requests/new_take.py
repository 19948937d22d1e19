"""The form for the next take, once it is sent: the video is posted in the same thread."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.blocks import card, modal
from bot.blocks.forms.errors import field_errors
from bot.domain.form_values import FormValues, NewTakeOf, draft_problem
from bot.domain.parameters import problems
from bot.domain.reviewing.rounds import Rounds
from bot.domain.rights import Act
from bot.domain.takes import Request, State, Take
from bot.errors import ChannelRefused, NotPossible
from bot.monitoring.logs import set_log_take
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.can_post import can_post
from bot.slack.messages import SlackMessages
from handlers.access import UNREADABLE, Listeners
from handlers.cards import Cards
from handlers.enqueue import ALREADY, RenderQueue
from handlers.requests.audio.own_audio import OwnAudios
from handlers.requests.form import Form
from handlers.requests.review_choices import ReviewChoices

ENDED = (State.DELIVERED, State.FAILED, State.CANCELLED)


class NextTakes:
    """A take that follows another one, in its thread."""

    def __init__(
        self, *, slack_messages: SlackMessages, cards: Cards, render_queue: RenderQueue
    ) -> None:
        self._slack_messages = slack_messages
        self._cards = cards
        self._render_queue = render_queue

    async def check_and_announce(
        self, request: Request, take: Take, *, by: str, asks: bool, sign_off: bool = False
    ) -> None:
        """Tells whoever asks for it. Raises ChannelRefused, and NotPossible over a limit."""
        added = await self._render_queue.would_add(take, by=by, asks=asks, sign_off=sign_off)
        await can_post(
            self._slack_messages,
            request.channel_id,
            by,
            card.coming(added),
            thread_ts=request.card_ts,
        )

    async def add(
        self,
        take: Take,
        *,
        by: str,
        asks: bool,
        sign_off: bool = False,
        answers: Sequence[str] = (),
        reviewers: Rounds | None = None,
    ) -> None:
        """Logs and enqueues it. Raises NotPossible, and then adds nothing."""
        if not await self._render_queue.add_take(
            take, by=by, answers=answers, reviewers=reviewers, asks=asks, sign_off=sign_off
        ):
            raise NotPossible(ALREADY.format(take.number))
        self._cards.redraw_soon(take.id)
        self._cards.redraw_queue()


class NewTake:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        next_takes: NextTakes,
        render_queue: RenderQueue,
        form: Form,
        review_choices: ReviewChoices,
        own_audios: OwnAudios,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._next_takes = next_takes
        self._render_queue = render_queue
        self._live_form = form.live
        self._unfinished = form.unfinished
        self._review_choices = review_choices
        self._own_audios = own_audios

    def register(self, app: Listeners) -> None:
        app.view(card.NEW_TAKE, Act.NEW_TAKE, self.submission)

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        self._live_form.drop_pending_update(view["id"])
        values, user_id = modal.parse(view), payloads.user_id(body)
        await self._unfinished.keep(view, user_id)
        try:
            if values.new_take is None:
                raise NotPossible(UNREADABLE)
            request = await self._request_of(values.new_take)
            values = replace(values, channel_id=request.channel_id)  # whatever the form says
            if values.has_new_look:  # nobody has seen yet what it fills in
                fresh = await self._live_form.fresh(view, user_id)
                await ack(response_action="update", view=fresh)
                return
            values = await self._own_audios.checked(values, user_id, request.id)
            if values.audio_file:  # or a form that is closed now would lose it
                await self._unfinished.keep(view, user_id, values)
            if found := await self._problems(values, user_id):
                await ack(response_action="errors", errors=found)
                return
            if confirms := await self._live_form.to_confirm(view, values, user_id):
                fresh = await self._live_form.fresh(
                    view, user_id, confirms=confirms, audio=values.audio
                )
                await ack(response_action="update", view=fresh)
                return
            await self._add(request, values, user_id)
        except (NotPossible, ChannelRefused, NotInLog) as error:
            if isinstance(error, NotPossible) and error.can_ask:
                fresh = await self._live_form.fresh(view, user_id, audio=values.audio)
                await ack(response_action="update", view=fresh)
                return
            field = error.field if isinstance(error, NotPossible) else "prompt"
            field = field if field != modal.CHANNEL else "prompt"  # this form has no channel
            errors = field_errors(view, {field: error.sentence})
            await ack(response_action="errors", errors=errors)
            return
        await ack()
        await self._unfinished.sent(view["id"], user_id)

    async def _problems(self, values: FormValues, user_id: str) -> dict[str, str]:
        found = problems(values.parameters)
        if problem := draft_problem(values):
            found |= {"resolution": problem}
        return found | await self._review_choices.problems(values, user_id)

    async def _request_of(self, new_take: NewTakeOf) -> Request:
        """Raises NotInLog, and NotPossible if another take was requested meanwhile."""
        replaced = await self._request_log.take(new_take.replaces)
        request = await self._request_log.request(replaced.request_id)
        latest = await self._request_log.latest_take(request.id)
        is_next = new_take.number == latest.number + 1
        # Somebody else was faster, this form was submitted twice, or it is forged.
        if latest.id != replaced.id or not is_next:
            raise NotPossible(
                f"Take {latest.number} has already been requested, so this form was not used. "
                "Look at that take first."
            )
        check_ended(latest)
        return request

    async def _add(self, request: Request, values: FormValues, user_id: str) -> None:
        """Logs and enqueues the take. Adds nothing if it raises NotPossible or ChannelRefused."""
        new_take = values.new_take
        assert new_take
        replaced = await self._request_log.take(new_take.replaces)
        take = await self._render_queue.new_take(
            request.id, new_take.number, values.rendered, requester_id=user_id,
            audio=values.audio, final_resolution=values.final_resolution,
            due_at=await self._review_choices.due_at(values, user_id, replaced),
        )  # fmt: skip
        set_log_take(take.id)
        asks, sign_off = values.asks, values.sign_off
        await self._next_takes.check_and_announce(
            request, take, by=user_id, asks=asks, sign_off=sign_off
        )
        answers = await self._answered_notes(request, new_take)
        await self._next_takes.add(
            take, by=user_id, answers=answers, reviewers=values.rounds, asks=asks,
            sign_off=sign_off,
        )  # fmt: skip

    async def _answered_notes(self, request: Request, new_take: NewTakeOf) -> list[str]:
        """Ids of the ticked notes whose text hasn't changed since the form was opened."""
        answered = []
        for box in new_take.notes:
            note = await self._review_log.note(box.id) if box.ticked else None
            is_of_request = note is not None and note.request_id == request.id
            if note and is_of_request and box.digest in ("", note.digest):
                answered.append(box.id)
        return answered


def check_ended(latest: Take) -> None:
    """Raises NotPossible if this take has to end before a new one can be made."""
    if latest.state is State.IN_DOUBT:
        raise NotPossible(
            f"I don't know yet whether take {latest.number} is rendering. Choose what to do with "
            "it on the card first."
        )
    if latest.state is State.ON_HOLD:
        raise NotPossible(
            f"Take {latest.number} is on hold. To change it, cancel it on the card first, which is "
            "free."
        )
    in_thread = latest.state is State.DELIVERING and latest.review_ts
    if latest.state not in ENDED and not in_thread:
        raise NotPossible(
            f"Take {latest.number} is already in progress. Follow progress on the card."
        )
