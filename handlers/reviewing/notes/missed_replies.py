"""Replies that the bot missed, because it was down or not connected, become notes after all.

Once Slack can reach the bot (again), the threads of recent requests are read, one after another and
well within Slack's limits. Whatever the log doesn't know yet is handled as if its event had come.
"""

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.takes import Request
from bot.errors import ChannelRefused
from bot.process.clock import Clock
from bot.process.one_by_one import one_by_one
from bot.request_log.owed.thread_reads import ThreadReads
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import now, timestamp
from bot.slack.messages import SlackMessages
from bot.slack.payloads import part, text
from handlers.reviewing.notes.replies import Notes, note_id

log = logging.getLogger(__name__)

MAX_THREADS = 100  # the newest requests
OLDEST_REPLY = timedelta(days=7)
# Slack may not show a reply yet that is younger than this; so it isn't taken for deleted.
VISIBLE_SECONDS = 10.0


class MissedReplies:
    def __init__(
        self,
        *,
        review_log: ReviewLog,
        thread_reads: ThreadReads,
        slack_messages: SlackMessages,
        notes: Notes,
        clock: Clock,
    ) -> None:
        self._review_log = review_log
        self._thread_reads = thread_reads
        self._slack_messages = slack_messages
        self._notes = notes
        self._clock = clock
        self._missed_until = ""  # replies may have been missed until then; "" once all were read

    def connected(self) -> None:
        """From now on Slack sends events; those before may not have arrived."""
        self._missed_until = now()

    async def read(self) -> None:
        """Reads the threads that weren't read since the connection; costs nothing once all were."""
        missed_until = self._missed_until
        if not missed_until:
            return
        await one_by_one(
            await self._unread(missed_until),
            lambda request: self._read_thread(request, missed_until),
            ends_with=self._thread_reads.errors,
        )
        if self._missed_until == missed_until and not await self._unread(missed_until):
            self._missed_until = ""

    async def _unread(self, missed_until: str) -> list[Request]:
        return await self._thread_reads.unread(
            active_since=timestamp(datetime.now(UTC) - OLDEST_REPLY),
            read_before=missed_until,
            limit=MAX_THREADS,
        )

    async def _read_thread(self, request: Request, missed_until: str) -> None:
        """Raises SlackUnavailable; then it is read again later."""
        reading = await self._thread_reads.claim(request.id, missed_until)
        if reading is None:
            return
        is_read = False
        try:
            is_read = await self._compare(request)
        except ChannelRefused as refused:  # or the scope is missing: reading it again won't help
            log.info("request %s: its thread can't be read: %s", request.id, refused.code)
            is_read = True
        finally:
            await self._thread_reads.settle(reading, is_read=is_read)

    async def _compare(self, request: Request) -> bool:
        """False: a note's reply isn't there but may only be too new, so read it again later."""
        since = datetime.now(UTC) - OLDEST_REPLY
        began = time.time()
        # By the ts: a channel may have had another id when the note was left.
        notes = {_ts(one): one for one in await self._review_log.note_ids(request.id)}
        known, found, is_complete = {request.card_ts, *notes}, set[str](), False
        pages = self._slack_messages.replies(request.channel_id, request.card_ts, since=since)
        async for page, is_complete in pages:  # noqa: B007  of the last page
            for reply in page:
                if (ts := text(reply, "ts")) in known:
                    found.add(ts)
                await self._compare_reply(
                    {**reply, "channel": request.channel_id}, notes.get(ts, "")
                )
        # Slack always has the first message of a thread; without it, this is no thread.
        if not (is_complete and request.card_ts in found):
            return True
        is_certain = True
        latest = began - self._clock.scaled(VISIBLE_SECONDS)
        for ts, known_id in notes.items():
            is_reply = known_id == note_id({"channel": request.channel_id, "ts": ts})
            if not is_reply or ts in found:
                continue
            if float(ts) >= latest:
                is_certain = False
            elif float(ts) > since.timestamp():
                deleted = {"deleted_ts": ts, "event_ts": f"{began:.6f}"}
                await self._notes.deleted({**deleted, "channel": request.channel_id})
        return is_certain

    async def _compare_reply(self, reply: dict[str, Any], known_id: str) -> None:
        """`known_id`: of the note in the log that it is; "" if it isn't there."""
        edited_at = text(part(reply, "edited"), "ts")
        if known_id and known_id != note_id(reply):
            return
        note = await self._review_log.note(known_id) if known_id else None
        if note is None and not edited_at:
            await self._notes.posted(reply, missed=True)
        elif note is None or self._notes.said(text(reply, "text")) != note.text:
            event = {"channel": reply["channel"], "message": reply, "event_ts": edited_at}
            await self._notes.edited(event, missed=True)


def _ts(known_id: str) -> str:
    """Of the reply; the note of a request for changes has none."""
    return known_id.partition(".")[2]
