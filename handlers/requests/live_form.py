"""Updates the form while a person fills it in: the estimate, the face, *More options*, a chosen
look, the warning about the channel.

Slack sends an event for each keystroke, to any process and in any order. Only the newest event of a
view is answered, one at a time: an update for an older one can't close what a newer one opened.
"""

import logging
from collections import Counter
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.blocks import modal
from bot.blocks.forms.channel import CHECK_AGAIN
from bot.blocks.forms.more_options import MORE_OPTIONS
from bot.blocks.forms.own_audio import REMOVE_AUDIO, UPLOAD_AUDIO
from bot.blocks.looks.choice import LOOK
from bot.domain.audio.own_audio import OwnAudio
from bot.domain.estimates import Pace, estimate
from bot.domain.form_values import FormValues, to_confirm
from bot.domain.rights import Act
from bot.errors import SlackError
from bot.process.background import Background
from bot.request_log.forms.form_updates import FormUpdates, Turn
from bot.request_log.log import RequestLog
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.can_post import ChannelCheck
from bot.slack.connection.client import SlackClient
from bot.slack.errors import view_errors
from handlers.access import Listeners
from handlers.requests.budget_line import BudgetLine
from handlers.requests.casting.faces import Faces
from handlers.requests.form_views import FormViews
from handlers.requests.same_video import SameVideo
from handlers.requests.typing_pauses import VIEWS_REMEMBERED, TypingPauses
from handlers.requests.unfinished.keeping import UnfinishedForms

log = logging.getLogger(__name__)

MOST_OPEN = 5  # forms of one person: Slack shows three, on each of their machines


class LiveForm:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        slack_client: SlackClient,
        background: Background,
        budget_line: BudgetLine,
        form_views: FormViews,
        unfinished: UnfinishedForms,
        channel_check: ChannelCheck,
        faces: Faces,
        pauses: TypingPauses,
        form_updates: FormUpdates,
        default_pace: Pace,
        confirm_usd: float,
    ) -> None:
        self._request_log = request_log
        self._slack_client = slack_client
        self._background = background
        self._budget_line = budget_line
        self._form_views = form_views
        self._unfinished = unfinished
        self._channel_check = channel_check
        self._faces = faces
        self._pauses = pauses
        self._form_updates = form_updates
        self._default_pace = default_pace
        self._confirm_usd = confirm_usd
        self._newest: dict[str, dict[str, Any]] = {}  # view id -> the event to answer next
        self._open: Counter[str] = Counter()  # user id -> how many of these are theirs
        # Views whose options were opened: an event sent before may still show them closed.
        self._expanded: dict[str, None] = {}
        self._submitted: dict[str, dict[str, Any]] = {}  # view id -> the event before it was sent
        self._to_redraw: set[str] = set()  # views in which more than quiet fields have changed

    def register(self, app: Listeners) -> None:
        live = (*modal.LIVE_FIELDS, modal.CHANNEL, modal.SIGN_OFF, LOOK, UPLOAD_AUDIO)
        for name in live:
            app.field(name, Act.MAKE_VIDEO, self.changed)
        for name in modal.QUIET_FIELDS:
            app.field(name, Act.MAKE_VIDEO, self.quietly_changed)
        app.field(MORE_OPTIONS, Act.MAKE_VIDEO, self.more_options)
        app.field(CHECK_AGAIN, Act.MAKE_VIDEO, self.check_again)
        app.field(REMOVE_AUDIO, Act.MAKE_VIDEO, self.remove_audio)

    async def changed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self._schedule_update(body, typed=True)

    async def quietly_changed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self._schedule_update(body, typed=True, redraws=False)

    async def check_again(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self._channel_check.forget(modal.parse(payloads.part(body, "view")).channel_id)
        self._schedule_update(body)

    async def remove_audio(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        view = payloads.part(body, "view")
        without = {**body, "view": {**view, "private_metadata": modal.without_audio(view)}}
        self._schedule_update(without)

    async def more_options(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self._expanded[payloads.text(payloads.part(body, "view"), "id")] = None
        while len(self._expanded) > VIEWS_REMEMBERED:
            del self._expanded[next(iter(self._expanded))]
        self._schedule_update(body)

    def drop_pending_update(self, view_id: str) -> None:
        """Call it on submission: a later update would remove the errors that the form shows."""
        if view_id in self._newest:
            self._submitted[view_id] = self._newest[view_id]

    def update_soon(self, body: dict[str, Any]) -> None:
        self._schedule_update(body)

    def _schedule_update(
        self, body: dict[str, Any], *, typed: bool = False, redraws: bool = True
    ) -> None:
        if not (view_id := payloads.text(payloads.part(body, "view"), "id")):
            return
        user_id, under_way = payloads.user_id(body), view_id in self._newest
        if not under_way and self._open[user_id] >= MOST_OPEN:
            return
        (self._pauses.typed if typed else self._pauses.pressed)(view_id)
        if not under_way or _order(body) >= _order(self._newest[view_id]):
            self._newest[view_id] = body
        if redraws:
            self._to_redraw.add(view_id)
        if not under_way:
            self._open[user_id] += 1
            self._background.start(self._update(view_id, user_id))

    async def _update(self, view_id: str, user_id: str) -> None:
        try:
            shown: dict[str, Any] | None = None
            while self._newest[view_id] is not shown:
                await self._pauses.wait(view_id)
                if redraws := view_id in self._to_redraw:
                    await self._slack_client.limits.form_updates.wait(user_id)
                shown = self._newest[view_id]
                self._to_redraw.discard(view_id)  # what changes from here on is drawn next time
                if shown is self._submitted.get(view_id):
                    return  # nothing was typed since
                await self._answer(shown, user_id, redraws=redraws)
        finally:
            del self._newest[view_id]
            self._open[user_id] -= 1
            self._open += Counter()  # without those who have none
            self._pauses.ended(view_id)
            self._to_redraw.discard(view_id)
            self._submitted.pop(view_id, None)

    async def _answer(self, body: dict[str, Any], user_id: str, *, redraws: bool) -> None:
        view = payloads.part(body, "view")
        this = (view["id"], user_id, _order(body))
        try:
            async with self._form_updates.turn(Turn.KEEP, *this) as is_newest:
                if is_newest:
                    await self._unfinished.keep(view, user_id)
            if not redraws:
                return
            async with self._form_updates.turn(Turn.SHOW, *this) as is_newest:
                if is_newest:
                    await self._redraw(view, user_id)
                    self._pauses.updated(view["id"])
        except TimeoutError:
            log.warning("Slack took too long to update a form")

    async def fill(self, body: dict[str, Any], values: FormValues) -> None:
        """Keeps these values and shows them in an open form, in place of what is in it.

        Raises ViewRefused.
        """
        view, user_id = payloads.part(body, "view"), payloads.user_id(body)
        this = (view["id"], user_id, _order(body, values))
        self.drop_pending_update(view["id"])
        async with self._form_updates.turn(Turn.KEEP, *this):
            await self._unfinished.keep(view, user_id, values)
        await self._slack_client.limits.form_updates.wait(user_id)
        async with self._form_updates.turn(Turn.SHOW, *this):
            await self._channel_check.problem(values.channel_id, again=True)
            await self._show(view["id"], await self._built(view, user_id, values))

    async def _show(self, view_id: str, view: dict[str, Any]) -> None:
        async def update(shown: dict[str, Any]) -> None:
            with view_errors():
                await self._slack_client.views_update(view_id=view_id, view=shown)

        await self._faces.show(view, update)

    async def opened(self, view: dict[str, Any], user_id: str, *, typed_for: str) -> None:
        """Says it if the bot can't post there. `typed_for` as in FormViews.first."""
        if typed_for:
            await self._unfinished.opened(typed_for, view, user_id)
        if not view:
            return
        if await self._channel_check.problem(modal.parse(view).channel_id, again=True):
            self._schedule_update({"view": view, "user": {"id": user_id}})

    async def to_confirm(
        self,
        view: dict[str, Any],
        values: FormValues,
        user_id: str,
        same: SameVideo | None = None,
    ) -> str:
        """What the sender of these values should confirm first; "" if nothing. Raises NotInLog.

        `view`: the form as it was sent. `same`: the same video, if it exists already. What can't
        be made has no price to confirm.
        """
        said = same.sentence if same else ""
        if await self._form_views.why_not_made(values):
            is_new = same and same.take_id and values.confirms != said
            return said if is_new else ""
        price = estimate(
            values.rendered, await self._request_log.pace(self._default_pace), values.audio_seconds
        )
        usd, replaced = price.usd, None
        if values.asks:  # but the limit may be higher by now, so that nobody would be asked
            values, _ = await self._budget_line.checked(values, user_id, price)
        if values.new_take and not values.new_take.is_retry:
            replaced = await self._request_log.take(values.new_take.replaces)
        return to_confirm(
            values, usd, shown_usd=modal.shown_usd(view), limit_usd=self._confirm_usd,
            replaced=replaced, same=said,
        )  # fmt: skip

    async def fresh(
        self,
        view: dict[str, Any],
        user_id: str,
        *,
        confirms: str = "",
        same_take: str = "",
        audio: OwnAudio | None = None,
    ) -> dict[str, Any]:
        """The view for what is in the form now, with what its button confirms. Raises NotInLog.

        `same_take`: the id of a take that can be used instead. `audio`: what was just uploaded.
        """
        values = replace(modal.parse(view), confirms=confirms, same_take=same_take)
        if audio:
            values = values.with_audio(audio)
        return await self._built(view, user_id, values)

    async def _built(
        self, view: dict[str, Any], user_id: str, values: FormValues
    ) -> dict[str, Any]:
        more = modal.more_is_open(view) or view["id"] in self._expanded
        return await self._form_views.updated(view["id"], values, user_id, more=more)

    async def _redraw(self, view: dict[str, Any], user_id: str) -> None:
        try:
            await self._show(view["id"], await self.fresh(view, user_id))
        except (
            SlackError,
            NotInLog,
        ) as error:  # closed, or Slack is busy; the next keystroke updates it
            log.info("a modal was not updated: %s", error)


def _order(body: dict[str, Any], filled_with: FormValues | None = None) -> str:
    """Of an event among those of its form: what was typed before the form was filled comes before.

    `filled_with`: if it fills it.
    """
    count = (filled_with or modal.parse(payloads.part(body, "view"))).filled.count
    return f"{count:09} {payloads.text(payloads.pressed(body), 'action_ts')}"
