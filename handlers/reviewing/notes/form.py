"""*Notes*: the form in which people resolve and reopen notes, and mark replies as notes."""

from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import notes
from bot.domain.rights import Act
from bot.domain.text import ids_in
from bot.errors import ChannelRefused, NotPossible
from bot.process.background import Background
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.forms import open_form
from bot.slack.profiles import Profiles
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.review_messages import ReviewMessages
from handlers.reviewing.membership import Membership


class NotesForm:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        slack_client: AsyncWebClient,
        membership: Membership,
        profiles: Profiles,
        review_messages: ReviewMessages,
        buttons: Buttons,
        background: Background,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._slack_client = slack_client
        self._membership = membership
        self._profiles = profiles
        self._review_messages = review_messages
        self._buttons = buttons
        self._background = background

    def register(self, app: Listeners) -> None:
        app.action(notes.NOTES, Act.RESOLVE_NOTES, self._buttons.handler(self._open))
        app.action(notes.TICKED, Act.LEAVE_NOTE, _ticked)
        app.view(notes.NOTES, Act.RESOLVE_NOTES, self.submission)

    async def _open(self, press: ButtonPress) -> None:
        take = await self._request_log.take(press.value)
        numbers = {one.id: one.number for one in await self._request_log.takes(take.request_id)}
        current = await self._review_log.current_take(take.request_id)
        number = current.number if current else 0
        found = await self._review_log.notes(take.request_id, number, most=notes.MOST_SHOWN)
        counts = await self._review_log.count_notes(take.request_id, number)
        names = await self._profiles.names(ids_in(note.text for note in found.shown))
        hidden = counts.everything - len(found.shown)
        view = notes.build(take.id, found, hidden, numbers, names)
        await open_form(
            self._slack_client,
            press.trigger_id,
            view,
            again="press the button again",
            on_top=not press.channel_id,
        )

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        user_id, take_id = payloads.user_id(body), payloads.text(view, "private_metadata")
        try:
            take = await self._request_log.take(take_id)
            await self._membership.check(take, user_id, "Saving the notes.")
        except (NotPossible, ChannelRefused, NotInLog) as error:
            await ack(response_action="update", view=notes.not_saved(error.sentence))
            return
        await self._review_log.settle_notes(take.request_id, notes.parse(view), user_id)
        await ack()
        self._background.start(self._review_messages.redraw_notes(take_id))


async def _ticked(ack: AsyncAck) -> None:
    """Slack reports each tick. Only what is saved counts."""
    await ack()
