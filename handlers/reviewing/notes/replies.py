"""Notes: replies in the thread of a card that have a timecode or mention the bot.

All other replies are conversation; they are kept, so that they can be marked as notes. The bot
answers a note, to a timecode with the sentence spoken there (answers.py). If somebody edits or
deletes their reply, the note and the bot's reply follow, until a take addresses the note.
"""

import logging
import re
import time
from datetime import UTC, datetime
from typing import Any

from bot.blocks.reviewing.note_answer import no_timecode
from bot.domain.captions import mistyped_timecode, quotes
from bot.domain.estimates import video_length
from bot.domain.reviews import Note, NoteKind
from bot.domain.rights import Act
from bot.domain.takes import Take
from bot.domain.text import cut, unescape
from bot.process.background import Background
from bot.process.limit_per_person import LimitPerPerson
from bot.request_log.log import RequestLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import timestamp
from bot.slack.payloads import TOMBSTONE, part, text
from handlers.access import Listeners
from handlers.access.limits import NOTE_ANSWERS
from handlers.errors import Errors
from handlers.review_messages import ReviewMessages
from handlers.reviewing.notes.answers import NoteAnswers

log = logging.getLogger(__name__)

EVENT = "message"
NOTE_LIMIT = 4_000  # characters; Slack keeps ten times as many, of each of thousands of replies
# Messages about people joining and the like are not notes: https://docs.slack.dev/reference/events/message#subtypes
REPLIES = (None, "thread_broadcast", "file_share")
TS = re.compile(r"[0-9]{1,10}\.[0-9]{1,6}")  # a message's time and name
# <@U1>, <#C1|name>, <!here>, <https://…|label>
MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


class Notes:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        note_answers: NoteAnswers,
        review_messages: ReviewMessages,
        errors: Errors,
        background: Background,
        bot_id: str,
    ) -> None:
        """`bot_id`: the user id by which people mention the bot."""
        self._mention = f"<@{bot_id}>"
        self._request_log = request_log
        self._review_log = review_log
        self._note_answers = note_answers
        self._review_messages = review_messages
        self._errors = errors
        self._background = background
        self._answers = LimitPerPerson(NOTE_ANSWERS, 60)

    def register(self, app: Listeners) -> None:
        app.event(EVENT, Act.LEAVE_NOTE, self.message)

    async def message(self, event: dict[str, Any]) -> None:
        """Slack sends every message of the conversations that the bot is in; most are not notes."""
        changes = {"message_changed": self.edited, "message_deleted": self.deleted}
        await changes.get(text(event, "subtype"), self.posted)(event)

    async def posted(self, event: dict[str, Any], *, missed: bool = False) -> None:
        """`missed`: the event didn't come; this is what Slack has in the thread since then."""
        take = await self._take_of(event, missed=missed)
        if take is None:
            return
        note = self._to_note(event, take)
        # One person who leaves many notes can't use up the bot.
        is_answered = bool(note.is_note) and await self._answers.lets(note.user_id)
        if not await self._review_log.add_note(note, is_answered=is_answered):
            return
        if is_answered:
            self._background.start(self._note_answers.answer(note, is_new=True))
            return
        if note.is_note:
            log.info("%s left many notes; this one is kept without an answer", note.user_id)
        elif not missed:
            self._tell_if_mistyped(event, note)
        self._background.start(self._review_messages.redraw_notes(note.take_id))

    async def edited(self, event: dict[str, Any], *, missed: bool = False) -> None:
        """Slack also sends an edit when it unfurls a link; then the text is unchanged:
        https://docs.slack.dev/reference/events/message/message_changed"""
        reply = {**part(event, "message"), "channel": event.get("channel")}
        if reply.get("subtype") == TOMBSTONE or not reply.get("text"):
            await self.deleted(event)
            return
        previous = part(event, "previous_message")  # Slack's own sample has none
        if previous.get("text") == reply["text"] if previous else not reply.get("edited"):
            return
        take = await self._take_of(reply, missed=missed)
        if take is None:
            return
        note = self._to_note(reply, take)
        before = await self._review_log.edit_note(note, _time_of(event))
        if before and await self._answers.lets(note.user_id):
            self._background.start(self._note_answers.answer(note))
        elif before:  # the answer is still owed, so it follows in a minute or so
            self._background.start(self._review_messages.redraw_notes(note.take_id))
        if before and not (note.is_note or missed):
            self._tell_if_mistyped(reply, note)

    def _tell_if_mistyped(self, reply: dict[str, Any], note: Note) -> None:
        """Tells only its author, who meant a note."""
        if wrong := mistyped_timecode(note.text):
            tell = self._errors.tell_unless_busy(
                note.user_id, reply["channel"], no_timecode(wrong), thread_ts=reply["thread_ts"]
            )
            self._background.start(tell)

    async def deleted(self, event: dict[str, Any]) -> None:
        """Slack's own sample has only the channel and the ts:
        https://docs.slack.dev/reference/events/message/message_deleted"""
        was = part(event, "previous_message") or part(event, "message")
        reply = {"ts": event.get("deleted_ts"), **was, "channel": event.get("channel")}
        if not (text(reply, "channel") and text(reply, "ts")):
            return
        note = await self._review_log.note(note_id(reply))
        if note is None and (take := await self._take_of(reply)):
            # The event about the reply itself is still on its way.
            note = self._to_note(reply, take)
        if note and await self._review_log.delete_note(note, _time_of(event)):
            self._background.start(self._note_answers.answer(note))

    async def _take_of(self, message: dict[str, Any], *, missed: bool = False) -> Take | None:
        """The take that a message is a note on; None if it isn't a person's reply to a card."""
        thread_ts = text(message, "thread_ts")
        is_reply = thread_ts not in ("", message.get("ts")) and message.get("subtype") in REPLIES
        needed = ("text", "user", "channel", "ts")  # a reply without one of them is nobody's note
        if not is_reply or message.get("bot_id") or not all(text(message, n) for n in needed):
            return None
        if not TS.fullmatch(message["ts"]):
            return None
        request = await self._review_log.request_of_thread(message["channel"], thread_ts)
        if request is None:
            return None
        if note := await self._review_log.note(note_id(message)):
            return await self._request_log.take(note.take_id)
        at = _posted_at(message) if missed else ""  # a later take may be in the thread by now
        take = await self._review_log.current_take(request.id, at=at)
        return take or await self._request_log.latest_take(request.id)

    def said(self, text: str) -> str:
        """A reply as its note has it: without the mention that makes it one, and not endless."""
        return cut(plain(text.replace(self._mention, "")), NOTE_LIMIT)

    def _to_note(self, event: dict[str, Any], take: Take) -> Note:
        said = self.said(event["text"])
        found = quotes(said, take.readable_captions, video_length(take))
        at, sentence = found[0] if found else (None, "")
        is_note = at or (self._mention in event["text"] and said)
        return Note(
            id=note_id(event),
            request_id=take.request_id,
            take_id=take.id,
            user_id=event["user"],
            at=_posted_at(event),
            text=said,
            start_seconds=at.start if at else None,
            end_seconds=at.end if at else None,
            spoken=sentence,
            kind=NoteKind.NOTE if is_note else NoteKind.REPLY,
        )


def _posted_at(message: dict[str, Any]) -> str:
    return timestamp(datetime.fromtimestamp(float(message["ts"]), UTC))


def note_id(message: dict[str, Any]) -> str:
    """A message's ts is unique in its channel only."""
    return f"{message['channel']}.{message['ts']}"


def _time_of(event: dict[str, Any]) -> str:
    """When somebody changed a message. Slack's own samples have no event_ts."""
    return text(event, "event_ts") or text(event, "ts") or f"{time.time():.6f}"


def plain(text: str) -> str:
    """Slack's markup as a person reads it, so that a quoted note mentions nobody."""
    return unescape(MARKUP.sub(lambda m: m[3] or f"{m[1].replace('!', '@')}{m[2]}", text)).strip()
