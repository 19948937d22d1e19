"""The submission of the form: writes the log, posts the card, enqueues the take."""

import asyncio
import logging
from time import monotonic
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.blocks import modal
from bot.blocks.forms.errors import field_errors
from bot.domain.form_values import FormValues, draft_problem
from bot.domain.parameters import problems
from bot.domain.rights import Act
from bot.domain.takes import Request
from bot.domain.text import escape
from bot.errors import BotError, ChannelRefused, NotPossible, SlackUnavailable
from bot.monitoring.logs import set_log_take
from bot.process.background import Background
from bot.request_log.log import RequestLog
from bot.request_log.rows import now
from bot.slack import payloads
from bot.slack.can_post import NOT_A_MEMBER, NotKnown
from bot.slack.messages import SlackMessages
from handlers.access import UNREADABLE, Access, Listeners
from handlers.cards import Cards
from handlers.enqueue import OverALimit, RenderQueue
from handlers.errors import Errors
from handlers.requests.audio.own_audio import OwnAudios
from handlers.requests.form import Form
from handlers.requests.review_choices import ReviewChoices
from handlers.requests.same_video import SameVideos

log = logging.getLogger(__name__)

Refusal = ChannelRefused | NotPossible
# Slack gives a submission 3 s. What is looked up and posted within these can still be refused in
# the form. https://docs.slack.dev/surfaces/modals#response_actions
CARD_SECONDS = 1.5
MEMBER_SECONDS = 10.0  # the form is closed by then, and a later refusal is a message


class NewVideo:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        slack_messages: SlackMessages,
        cards: Cards,
        render_queue: RenderQueue,
        form: Form,
        same_videos: SameVideos,
        background: Background,
        errors: Errors,
        review_choices: ReviewChoices,
        own_audios: OwnAudios,
        access: Access,
    ) -> None:
        self._request_log = request_log
        self._slack_messages = slack_messages
        self._cards = cards
        self._render_queue = render_queue
        self._live_form = form.live
        self._unfinished = form.unfinished
        self._same_videos = same_videos
        self._background = background
        self._errors = errors
        self._review_choices = review_choices
        self._own_audios = own_audios
        self._access = access
        self._submissions: dict[str, asyncio.Task[Refusal | None]] = {}  # by view id

    def register(self, app: Listeners) -> None:
        app.view(modal.CALLBACK_ID, Act.MAKE_VIDEO, self.submission)

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        began = monotonic()
        self._live_form.drop_pending_update(view["id"])
        values = modal.parse(view)
        user_id = payloads.user_id(body)
        if values.new_take:  # its channel isn't in a field, where it would have been checked
            await ack(response_action="errors", errors={"prompt": UNREADABLE})
            return
        await self._unfinished.keep(view, user_id)
        if values.has_new_look:  # nobody has seen yet what it fills in
            await ack(response_action="update", view=await self._live_form.fresh(view, user_id))
            return
        try:
            values = await self._own_audios.checked(values, user_id)
            if values.audio_file:  # or a form that is closed now would lose it
                await self._unfinished.keep(view, user_id, values)
        except NotPossible as error:
            errors = field_errors(view, {error.field: error.sentence})
            await ack(response_action="errors", errors=errors)
            return
        if found := await self._problems(values, user_id):
            await ack(response_action="errors", errors=found)
            return
        same = await self._same_videos.find(values, user_id)
        if confirms := await self._live_form.to_confirm(view, values, user_id, same):
            same_take = same.take_id if same else ""
            fresh = await self._live_form.fresh(
                view, user_id, confirms=confirms, same_take=same_take, audio=values.audio
            )
            await ack(response_action="update", view=fresh)
            return
        submission = self._submit_once(view["id"], user_id, payloads.team_id(body), values)
        done, _ = await asyncio.wait({submission}, timeout=began + CARD_SECONDS - monotonic())
        refused = submission.result() if done else None
        if isinstance(refused, NotPossible) and refused.can_ask:
            fresh = await self._live_form.fresh(view, user_id, audio=values.audio)
            await ack(response_action="update", view=fresh)
            return
        if refused:
            field = modal.CHANNEL if isinstance(refused, ChannelRefused) else refused.field
            errors = field_errors(view, {field: refused.sentence})
            await ack(response_action="errors", errors=errors)
            return
        await ack()
        if not done:  # Slack is slow: close the form and report a refusal in a message
            self._background.start(
                _raise_refusal(submission),
                on_error=self._errors.shown_to(user_id, "", kept=escape(values.parameters.prompt)),
            )

    async def _problems(self, values: FormValues, user_id: str) -> dict[str, str]:
        found = problems(values.parameters)
        if problem := draft_problem(values):
            found |= {"resolution": problem}
        return found | await self._review_choices.problems(values, user_id)

    def _submit_once(
        self, view_id: str, user_id: str, team_id: str, values: FormValues
    ) -> asyncio.Task[Refusal | None]:
        """One task per form, because Slack may send a submission again."""
        if view_id not in self._submissions:
            task = self._background.start(
                self._submit(view_id, user_id, team_id, values), on_error=_log_failure
            )
            self._submissions[view_id] = task
            task.add_done_callback(lambda _: self._submissions.pop(view_id, None))
        return self._submissions[view_id]

    async def _submit(
        self, view_id: str, user_id: str, team_id: str, values: FormValues
    ) -> Refusal | None:
        """Log, card, queue: in this order a kill in between loses nothing. See resume.py."""
        request = Request(view_id, user_id, values.channel_id, now(), team_id=team_id)
        take = await self._render_queue.new_take(
            view_id, 1, values.rendered, requester_id=user_id,
            audio=values.audio, final_resolution=values.final_resolution,
            due_at=await self._review_choices.due_at(values, user_id),
        )  # fmt: skip
        set_log_take(take.id)
        try:
            added = await self._render_queue.add_request(
                request, take, reviewers=values.rounds, asks=values.asks, sign_off=values.sign_off
            )
        except OverALimit as over:
            is_seen = not over.is_channels or await self._access.sees_named(
                values.channel_id, user_id
            )
            return over if is_seen else ChannelRefused(NOT_A_MEMBER)
        except NotPossible as refused:
            return refused
        if not added:  # another process, which was sent it as well, asks who is there
            return None
        take = await self._request_log.take(take.id)  # it may be on hold
        errors = self._request_log.store.errors
        passing: tuple[type[Exception], ...] = (NotKnown, SlackUnavailable, *errors)
        try:
            await self._cards.check_and_post(request, take, seconds=MEMBER_SECONDS)
        except passing as error:
            log.warning("take %s: its card comes later: %s", take.id, error)
        except (ChannelRefused, NotPossible) as refused:
            await self._request_log.withdraw(view_id, refused.sentence)
            return refused
        self._render_queue.enqueue(take)
        await self._unfinished.sent(view_id, user_id)
        self._cards.redraw_queue()  # some may be behind it now
        return None


async def _raise_refusal(submission: asyncio.Task[Refusal | None]) -> None:
    if refused := await submission:
        raise refused


async def _log_failure(error: BaseException) -> None:
    """Only logs: whoever awaits the task shows the error to the person."""
    log.debug("a submission failed: %s", error, exc_info=not isinstance(error, BotError))
