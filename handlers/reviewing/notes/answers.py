"""The bot's answer to a note: with a timecode, the sentence that is spoken there.

Each is posted once, follows its note when that is edited, and goes when the note is deleted. What
could not be done at once is owed (bot/request_log/owed).
"""

import logging
from datetime import UTC, datetime
from functools import partial

from bot.blocks.reviewing.note_answer import note_reply
from bot.domain.reviews import Note
from bot.errors import SlackError, SlackUnavailable
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.notes import ANSWER, answer_key
from bot.request_log.owed.attempts import show_owed
from bot.request_log.owed.messages import OwedMessage, OwedMessages, Shown
from bot.request_log.reviews import ReviewLog
from bot.slack.messages import SlackMessages
from bot.slack.redraws import UPDATE_SECONDS, Redraws
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)


class NoteAnswers:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        owed_messages: OwedMessages,
        slack_messages: SlackMessages,
        redraws: Redraws,
        review_messages: ReviewMessages,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._owed_messages = owed_messages
        self._slack_messages = slack_messages
        self._redraws = redraws
        self._review_messages = review_messages
        self._clock = clock

    async def answer(self, note: Note, *, is_new: bool = False) -> None:
        """Posts, updates or deletes the answer, and counts the note in the review message."""
        try:
            await self._try_to_answer(answer_key(note.id), is_new=is_new)
        except SlackError as error:  # it is still owed
            log.warning("take %s: a note is not answered yet: %s", note.take_id, error)
        await self._review_messages.redraw_notes(note.take_id)

    async def _try_to_answer(self, key: str, *, is_new: bool) -> None:
        if is_new:
            show = partial(show_owed, self._owed_messages, key, self._show)
            try:
                await self._redraws.at_most_every(UPDATE_SECONDS, key, show)
                return
            except SlackUnavailable as error:
                log.info("%s is retried: %s", key, error)
        await retry(lambda: self.catch_up(key), self._clock)

    async def catch_up(self, key: str) -> None:
        """One attempt at an answer that is owed. Raises SlackUnavailable."""
        show = partial(show_owed, self._owed_messages, key, self._show)
        await self._redraws.redraw(key, show)

    async def _show(self, owed: OwedMessage) -> Shown:
        note_id = owed.message_key.removeprefix(f"{ANSWER}.")
        note = await self._review_log.note(note_id)
        take = await self._request_log.take(note.take_id if note else owed.take_id)
        request = await self._request_log.request(take.request_id)
        text = note_reply(take, note) if note else ""
        channel_id, messages = request.channel_id, self._slack_messages
        ts = owed.ts
        if not ts and owed.tried != owed.shown:
            ts = await self._find(channel_id, owed.message_key, request.card_ts)
        if ts and not text:
            await messages.delete(channel_id, ts)
            return Shown()
        if ts and not await messages.update(channel_id, ts, text, []):
            # Somebody deleted it, unless it is there and Slack lets nobody change it anymore.
            ts = await self._find(channel_id, owed.message_key, request.card_ts)
        if text and not ts:
            ts = await messages.post(
                channel_id, text, thread_ts=request.card_ts, key=owed.message_key, unhurried=True
            )
        return Shown(ts=ts)

    async def _find(self, channel_id: str, key: str, thread_ts: str) -> str:
        since = datetime.fromtimestamp(float(key.split(".", 2)[2]), UTC)  # of the note
        found = await self._slack_messages.find(channel_id, key, since=since, thread_ts=thread_ts)
        return found or ""
