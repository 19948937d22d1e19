"""Notes: a reply in the thread of a card is one; with a timecode it is answered with what is said
there. It follows its reply when that is edited or deleted, until a take answers it, and what was
said to it follows, too. Only threads that the bot opened are read."""

import asyncio
import logging
import re
from datetime import UTC, datetime
from typing import Any
from weakref import WeakValueDictionary

from slack_bolt.async_app import AsyncApp

from bot.blocks import review
from bot.domain.captions import Timecode, is_meant, read_captions, spoken, timecode
from bot.domain.reviews import Note
from bot.domain.takes import Take
from bot.domain.text import unescape
from bot.errors import SlackError
from bot.request_log.rows import timestamp
from bot.services import Services
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)

EVENT = "message"
# Joins and the like are no notes: https://docs.slack.dev/reference/events/message#subtypes
REPLIES = (None, "thread_broadcast", "file_share")
# What is left of a message that an admin or a policy took away.
TOMBSTONE = "tombstone"
# <@U1>, <#C1|name>, <!here>, <https://…|label>
MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


class Notes:
    def __init__(self, services: Services, messages: ReviewMessages) -> None:
        self._services = services
        self._reviews = services.reviews
        self._messages = messages
        self._answering: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def register(self, app: AsyncApp) -> None:
        app.event(EVENT)(self.heard)

    async def heard(self, event: dict[str, Any]) -> None:
        """The bot hears every message where it is a member; most of them are not for it."""
        changes = {"message_changed": self.edited, "message_deleted": self.deleted}
        await changes.get(event.get("subtype", ""), self.said)(event)

    async def said(self, event: dict[str, Any]) -> None:
        take = await self._take_of(event)
        if take is None:
            return
        note = read(event, take)
        if await self._reviews.add_note(note):
            self._services.background.start(self._answer(note, is_new=True))

    async def edited(self, event: dict[str, Any]) -> None:
        """Unfurls and the like come as edits too, with the text as it was:
        https://docs.slack.dev/reference/events/message/message_changed"""
        reply = {**event["message"], "channel": event["channel"]}
        if reply.get("subtype") == TOMBSTONE or not reply.get("text"):
            await self.deleted(event)
            return
        previous = event.get("previous_message")  # Slack's own sample has none
        if previous.get("text") == reply["text"] if previous else not reply.get("edited"):
            return
        take = await self._take_of(reply)
        if take is None:
            return
        note = read(reply, take)
        before = await self._reviews.edit_note(note, _time_of(event))
        if before and _place(note) != _place(before):
            self._services.background.start(self._answer(note))
        elif before:
            self._services.background.start(self._messages.show_quietly(note.take_id))

    async def deleted(self, event: dict[str, Any]) -> None:
        """Slack's own sample says no more than where and when:
        https://docs.slack.dev/reference/events/message/message_deleted"""
        was = event.get("previous_message") or event.get("message") or {}
        reply = {"ts": event.get("deleted_ts"), **was, "channel": event["channel"]}
        note = await self._reviews.note(note_id(reply))
        if note is None and (take := await self._take_of(reply)):
            note = read(reply, take)  # the bot hears of it only now
        if note and await self._reviews.delete_note(note, _time_of(event)):
            self._services.background.start(self._answer(note))

    async def _take_of(self, message: dict[str, Any]) -> Take | None:
        """The take that a reply is a note on; None where it is none, or not under a card.

        The bot's own updates are no replies, so nothing is looked up for them.
        """
        thread_ts = message.get("thread_ts") or ""
        is_reply = thread_ts not in ("", message.get("ts")) and message.get("subtype") in REPLIES
        if not is_reply or message.get("bot_id") or not message.get("text"):
            return None
        request = await self._reviews.request_of_thread(message["channel"], thread_ts)
        if request is None:
            return None
        if note := await self._reviews.note(note_id(message)):
            return await self._services.log.take(note.take_id)
        take = await self._reviews.current_take(request.id)
        return take or await self._services.log.latest_take(request.id)

    async def _answer(self, note: Note, *, is_new: bool = False) -> None:
        """What is said to a note: said, changed or taken back, as the log has it now."""
        try:
            async with self._answering.setdefault(note.id, asyncio.Lock()):
                await self._say(note, is_new)
        except SlackError as error:  # the note is kept all the same
            log.warning("take %s: a note was not answered: %s", note.take_id, error)
        await self._messages.show_quietly(note.take_id)

    async def _say(self, note: Note, is_new: bool) -> None:
        request = await self._services.log.request(note.request_id)
        kept = await self._reviews.note(note.id)
        answer = review.heard(await self._services.log.take(kept.take_id), kept) if kept else ""
        messages, channel_id, thread_ts = (
            self._services.messages,
            request.channel_id,
            request.card_ts,
        )
        key, since = f"note.{note.id}", datetime.fromisoformat(note.at)
        stands = None
        if not is_new:
            stands = await messages.find(channel_id, key, since=since, thread_ts=thread_ts)
        if stands and answer:
            await messages.update(channel_id, stands, answer, [])
        elif stands:
            await messages.delete(channel_id, stands)
        elif answer:
            await messages.post(channel_id, answer, thread_ts=thread_ts, key=key)


def read(event: dict[str, Any], take: Take) -> Note:
    text = plain(event["text"])
    at, sentence = place_of(text, take)
    return Note(
        id=note_id(event),
        request_id=take.request_id,
        take_id=take.id,
        user_id=event["user"],
        at=timestamp(datetime.fromtimestamp(float(event["ts"]), UTC)),
        text=text,
        start_seconds=at.start if at else None,
        end_seconds=at.end if at else None,
        spoken=sentence,
    )


def place_of(text: str, take: Take) -> tuple[Timecode | None, str]:
    """The place in the video that a note means, and what is said there."""
    at = timecode(text)
    captions = read_captions(take.captions)
    length = take.video_seconds or (captions and captions.seconds)
    if at is None or (length and not is_meant(at, length)):
        return None, ""
    return at, spoken(captions.cues, at) if captions else ""


def note_id(message: dict[str, Any]) -> str:
    """A message's ts is unique in its channel only."""
    return f"{message['channel']}.{message['ts']}"


def _place(note: Note) -> tuple[float | None, float | None, str]:
    return note.start_seconds, note.end_seconds, note.spoken


def _time_of(event: dict[str, Any]) -> str:
    """When somebody changed a message. Slack's own samples have no event_ts."""
    return str(event.get("event_ts") or event["ts"])


def plain(text: str) -> str:
    """Slack's markup as a person reads it, so that a quoted note pings nobody."""
    return unescape(MARKUP.sub(lambda m: m[3] or f"{m[1].replace('!', '@')}{m[2]}", text)).strip()
