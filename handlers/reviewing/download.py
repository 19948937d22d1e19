"""*Download the review*: posts the record of a review as a CSV file in its thread, once per press.

A file that could not be posted at once is owed (bot/request_log/owed).
"""

import logging

from bot.blocks.review import DOWNLOAD
from bot.domain.rights import Act
from bot.domain.takes import Request
from bot.domain.text import as_csv, escape
from bot.errors import FileRefused, SlackError
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.owed.attempts import show_owed
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.reports import review_record
from bot.request_log.reports.review_record import FILE
from bot.slack.files import SlackFiles
from bot.slack.messages import SlackMessages
from bot.slack.profiles import Profiles
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons

log = logging.getLogger(__name__)

FILE_ID = "file_id"
NAMES_SECONDS = 10.0  # for all of them; then IDs stand for those that are missing
MOST_ROWS = 1000  # each may have thousands of characters: they are written in the event loop
NEWEST = " These are the newest {} entries. An admin has all of them, in the bot's log."


class Download:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        owed_messages: OwedMessages,
        slack_files: SlackFiles,
        slack_messages: SlackMessages,
        profiles: Profiles,
        buttons: Buttons,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._owed_messages = owed_messages
        self._slack_files = slack_files
        self._slack_messages = slack_messages
        self._profiles = profiles
        self._buttons = buttons
        self._clock = clock

    def register(self, app: Listeners) -> None:
        app.action(DOWNLOAD, Act.DOWNLOAD, self._buttons.handler(self._pressed))

    async def _pressed(self, press: ButtonPress) -> None:
        take = await self._request_log.take(press.value)
        key = f"{FILE}.{take.request_id}"
        by = {"by": press.user_id}
        await self._owed_messages.owe_once(key, take.request_id, take.id, by)
        try:  # also if it was owed: no sweep looks back as far as a long outage may be
            await retry(lambda: self.catch_up(key), self._clock)
        except SlackError as error:
            log.warning("request %s: its review is still owed: %s", take.request_id, error)

    async def catch_up(self, key: str) -> None:
        """One attempt to post a file that is owed. Raises SlackUnavailable."""
        await show_owed(self._owed_messages, key, self._show)

    async def _show(self, owed: OwedMessage) -> Shown:
        request = await self._request_log.request(owed.request_id)
        posted = owed.detail.get(FILE_ID)
        done = Shown(detail={FILE_ID: ""})
        if posted and await self._slack_files.is_shared(posted, request.channel_id):
            return done  # an earlier attempt, whose answer was lost
        try:
            await self._post(owed, request)
        except FileRefused as refused:
            why = escape(FileRefused(refused.code, self._slack_messages.bot_name).sentence)
            await self._slack_messages.send_dm(
                owed.detail["by"], f"The review couldn't be posted in its thread. {why}"
            )
        return done

    async def _post(self, owed: OwedMessage, request: Request) -> None:
        store, channel_id = self._request_log.store, request.channel_id
        rows = await review_record.review_rows(store, request_id=request.id, newest=MOST_ROWS)
        newest = NEWEST.format(MOST_ROWS) if len(rows) == MOST_ROWS else ""
        takes = await self._request_log.takes(request.id)
        taken_down = {take.id for take in takes if take.taken_down_by}
        rows = [review_record.for_thread(row, taken_down) for row in rows]
        ids = [*review_record.ids_in_rows(rows), channel_id]
        names = await self._profiles.names(ids, here=channel_id, seconds=NAMES_SECONDS)
        rows = [review_record.named(row, names) for row in rows]
        name = f"review-{request.created_at[:10]}.csv"
        file = await self._slack_files.upload_text(
            as_csv(review_record.NAMED_COLUMNS, rows),
            filename=name,
            alt_text="The record of this review (CSV file)",
        )
        await self._owed_messages.keep(owed, {FILE_ID: file.file_id})
        await self._slack_files.complete_upload(
            [(file.file_id, name)],
            channel_id=request.channel_id,
            thread_ts=request.card_ts,
            comment="The record of this review: who was asked, and all notes, sign-offs and "
            f"decisions.{newest}",
        )
