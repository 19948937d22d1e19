"""*Take it down*: deletes a take's files from its thread for good, and where it was shared.

The log keeps the take, and says who took it down. What could not be deleted or said at once is owed
(bot/request_log/owed).
"""

import logging
from datetime import datetime
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.sharing import removal
from bot.domain.rights import Act
from bot.domain.takes import Request, State, Take, WrongMove
from bot.errors import ChannelRefused, FileRefused, NotPossible, SlackError, SlackUnavailable
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.notifications import Notification, Notifications
from bot.request_log.owed.attempts import show_owed
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.reviews import ReviewLog
from bot.request_log.sharing.removals import TAKE_DOWN, Removals
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.files import SlackFiles
from bot.slack.forms import open_form
from bot.slack.messages import SlackMessages
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.review_messages import ReviewMessages
from handlers.reviewing.membership import Membership
from handlers.reviewing.sharing.messages import ShareMessages
from handlers.video_messages import VideoMessages

log = logging.getLogger(__name__)

TITLE = "Take it down"


class TakeDownForm:
    """The menu's item, its form, and the form's submission."""

    def __init__(
        self,
        *,
        request_log: RequestLog,
        removals: Removals,
        slack_client: AsyncWebClient,
        membership: Membership,
        taken_down: "TakenDown",
        buttons: Buttons,
        background: Background,
    ) -> None:
        self._request_log = request_log
        self._removals = removals
        self._slack_client = slack_client
        self._membership = membership
        self._taken_down = taken_down
        self._buttons = buttons
        self._background = background

    def register(self, app: Listeners) -> None:
        app.action(removal.TAKE_DOWN, Act.MANAGE_TAKE, self._buttons.handler(self._open))
        app.view(removal.TAKE_DOWN, Act.MANAGE_TAKE, self.submission)

    async def _open(self, press: ButtonPress) -> None:
        take = await self._request_log.take(press.value)
        if take.state is not State.DELIVERED or take.taken_down_by:
            raise not_there(take)
        shares = [one for one in await self._removals.shares(take.id) if one.is_elsewhere]
        view = removal.take_down_form(take, shares)
        await open_form(self._slack_client, press.trigger_id, view, again="press the button again")

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        user_id = payloads.user_id(body)
        try:
            take = await self._request_log.take(payloads.text(view, "private_metadata"))
            await self._membership.check(take, user_id, f"Taking down take {take.number}.")
            try:
                # What was shared since the form was opened isn't kept: it has no box for it.
                take = await self._removals.take_down(take.id, removal.kept_shares(view), user_id)
            except WrongMove:
                raise not_there(take) from None
        except (NotPossible, ChannelRefused, NotInLog) as error:
            await ack(response_action="update", view=removal.not_done(TITLE, error.sentence))
            return
        await ack()
        self._background.start(self._taken_down.carry_out(take))


class TakenDown:
    """Deletes what was taken down, and shows in its thread that it was."""

    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        owed_messages: OwedMessages,
        slack_messages: SlackMessages,
        slack_files: SlackFiles,
        share_messages: ShareMessages,
        review_messages: ReviewMessages,
        video_messages: VideoMessages,
        notifications: Notifications,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._owed_messages = owed_messages
        self._slack_messages = slack_messages
        self._slack_files = slack_files
        self._share_messages = share_messages
        self._review_messages = review_messages
        self._video_messages = video_messages
        self._notifications = notifications
        self._clock = clock

    async def carry_out(self, take: Take) -> None:
        """A failure is only logged: it is still owed."""
        try:
            await retry(lambda: self.catch_up(f"{TAKE_DOWN}.{take.id}"), self._clock)
        except SlackError as error:
            log.warning("take %s: it is not taken down yet: %s", take.id, error)
        await self._share_messages.follow_all(take.id)
        await self._video_messages.follow_later(take)

    async def catch_up(self, key: str) -> None:
        """One attempt to delete and say what is owed. Raises SlackUnavailable."""
        await show_owed(self._owed_messages, key, self._show)

    async def _show(self, owed: OwedMessage) -> Shown:
        take = await self._request_log.take(owed.take_id)
        request = await self._request_log.request(take.request_id)
        ts = take.message_ts
        if take.video_file_id and not ts:  # the message is found by its file, so the file goes last
            ts = await self._slack_files.find_share(take.video_file_id, request.channel_id) or ""
        if ts and not await self._slack_messages.delete(request.channel_id, ts):
            try:  # what it says has to go in any case
                await self._slack_messages.update(request.channel_id, ts, removal.taken_down(take))
            except ChannelRefused as refused:
                log.warning("take %s: its message still has its text: %s", take.id, refused)
        kept = []
        for file_id in filter(None, (take.video_file_id, take.captions_file_id)):
            try:
                await self._slack_files.delete(file_id)
            except FileRefused as refused:
                kept.append(refused.code)
        for one in await self._review_log.takes_with_message(request.id):
            await self._redraw(one)
        if kept:
            await self._tell_refused(take)
        await self._tell_requesters(request, take, has_files=bool(kept))
        return Shown()

    async def _tell_requesters(self, request: Request, take: Take, *, has_files: bool) -> None:
        """Whoever asked for the take or the video hears of it, unless they took it down.

        `has_files`: Slack didn't let them be deleted.
        """
        link = await self._slack_messages.permalink(request.channel_id, request.card_ts)
        for user_id in sorted({take.requester_id, request.user_id} - {take.taken_down_by}):
            text = removal.taken_down_notice(
                take, link, is_own=user_id == request.user_id, has_files=has_files
            )
            notification = Notification({"kind": TAKE_DOWN, "to": user_id}, request.id, take.id)
            send = partial(self._send, user_id, text)
            if not await self._notifications.send_once(notification, send):
                raise SlackUnavailable("timeout")  # another process may be sending it, or killed

    async def _send(self, user_id: str, text: str, first_try: datetime | None) -> None:
        try:
            await self._slack_messages.send_dm(user_id, text)
        except ChannelRefused as refused:
            log.warning("could not notify %s: %s", user_id, refused)

    async def _redraw(self, take: Take) -> None:
        """All takes: an earlier one may be the one to review again."""
        try:
            await self._review_messages.redraw(take.id)
        except ChannelRefused as refused:
            log.warning("take %s: its review message was not updated: %s", take.id, refused)

    async def _tell_refused(self, take: Take) -> None:
        try:
            await self._slack_messages.send_dm(
                take.taken_down_by,
                f"Slack didn't let me delete the files of take {take.number}. Ask a "
                "workspace admin to delete them in its thread.",
            )
        except SlackError as error:
            log.warning("could not notify %s: %s", take.taken_down_by, error)


def not_there(take: Take) -> NotPossible:
    why = "was taken down already" if take.taken_down_by else "is no longer in the thread"
    return NotPossible(f"Take {take.number} {why}.")
