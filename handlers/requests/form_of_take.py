"""*New take*, *Change and retry* and *Make a copy*: the form with everything as it is in a take.

The first two are for the next take in the same thread, with the open notes. A copy is a new
video, and can be posted anywhere. Nothing is rendered until somebody sends the form.
"""

from dataclasses import replace

from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import card
from bot.blocks.checklist import MOST_NOTES, open_notes
from bot.blocks.reviewing.video import without_words
from bot.domain.form_values import FormValues, NewTakeOf
from bot.domain.rights import Act
from bot.domain.takes import HoldReason, State, Take
from bot.domain.text import ids_in
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.slack.forms import open_form
from bot.slack.profiles import Profiles
from handlers.access import Access, Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.requests.casting.faces import Faces
from handlers.requests.form_views import FormViews
from handlers.requests.new_take import check_ended
from handlers.requests.review_choices import ReviewChoices


class FormOfTake:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        slack_client: AsyncWebClient,
        profiles: Profiles,
        access: Access,
        buttons: Buttons,
        form_views: FormViews,
        faces: Faces,
        review_choices: ReviewChoices,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._slack_client = slack_client
        self._profiles = profiles
        self._access = access
        self._buttons = buttons
        self._form_views = form_views
        self._faces = faces
        self._review_choices = review_choices

    def register(self, app: Listeners) -> None:
        for action_id in (card.NEW_TAKE, card.CHANGE_AND_RETRY):
            app.action(action_id, Act.NEW_TAKE, self._buttons.handler(self._new_take))
        app.action(card.COPY, Act.NEW_TAKE, self._buttons.handler(self._copy))

    async def _new_take(self, press: ButtonPress) -> None:
        request_id = (await self._request_log.take(press.value)).request_id
        latest = await self._request_log.latest_take(request_id)
        check_ended(latest)
        may_read = self._access.may_read(latest, press.user_id)
        shown = latest if may_read else without_words(latest)
        await self._open(press, shown, await self._new_take_of(latest))

    async def _copy(self, press: ButtonPress) -> None:
        await self._open(press, await self._request_log.take(press.value), None)

    async def _open(self, press: ButtonPress, take: Take, new_take: NewTakeOf | None) -> None:
        """`new_take`: None for a new video. Raises ViewRefused, also if it is too late for it."""
        request = await self._request_log.request(take.request_id)
        reviewers = await self._review_log.reviewers(request.id)
        if new_take and new_take.is_retry:
            reviewers = await self._review_log.named_for(take) or reviewers
        values = FormValues(
            # Footage made a Digital Twin once, before anybody was asked for their consent.
            replace(take.final_parameters, video_url=""),
            request.channel_id,
            sign_off=take.hold_reason == HoldReason.SIGN_OFF,
            new_take=new_take,
            draft_first=take.is_draft,
            audio=take.audio,
            upload_audio=bool(take.audio),
        )
        values = await self._review_choices.kept(values, take, reviewers, press.user_id)
        view = await self._form_views.first(values, press.user_id)
        again = "press the button again"
        await self._faces.show(
            view,
            lambda shown: open_form(self._slack_client, press.trigger_id, shown, again=again),
        )

    async def _new_take_of(self, latest: Take) -> NewTakeOf:
        request_id = latest.request_id
        current = await self._review_log.current_take(request_id)
        number = current.number if current else 0
        found = await self._review_log.notes(request_id, number, most=MOST_NOTES)
        shown = [note for note in found.shown if note.id in found.is_open]
        counts = await self._review_log.count_notes(request_id, number)
        ticked = await self._review_log.ticked_notes(latest.id)
        names = await self._profiles.names(ids_in(note.text for note in shown))
        boxes = open_notes(shown, ticked, names)
        more = counts.still_open - len(shown)
        is_retry = latest.state in (State.FAILED, State.CANCELLED)
        return NewTakeOf(latest.id, latest.number + 1, boxes, more, is_retry)
