"""Notes: a reply in the thread of a card is one; with a timecode it is answered with what is said
there. Only threads that the bot opened are read."""

import logging
import re
from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncApp

from bot.blocks import review
from bot.blocks.delivery import read_captions
from bot.blocks.text import unescape
from bot.errors import SlackError
from bot.parts import Parts
from bot.reviews import Note, Timecode, spoken, timecode
from bot.takes import Take
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)

EVENT = "message"
# Edits, joins and the like are no notes: https://docs.slack.dev/reference/events/message#subtypes
REPLIES = (None, "thread_broadcast", "file_share")
# <@U1>, <#C1|name>, <!here>, <https://…|label>
MARKUP = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


class Notes:
    def __init__(self, parts: Parts, messages: ReviewMessages) -> None:
        self._parts = parts
        self._reviews = parts.reviews
        self._messages = messages

    def register(self, app: AsyncApp) -> None:
        app.event(EVENT)(self.said)

    async def said(self, event: dict[str, Any]) -> None:
        """The bot hears every message where it is a member; most of them are not for it."""
        thread_ts: str = event.get("thread_ts") or ""
        is_reply = thread_ts not in ("", event["ts"]) and event.get("subtype") in REPLIES
        if not is_reply or event.get("bot_id") or not event.get("text"):
            return
        request = await self._reviews.request_of_thread(event["channel"], thread_ts)
        if request is None:
            return
        take = await self._reviews.current_take(request.id)
        take = take or await self._parts.log.latest_take(request.id)
        note, answer = read(event, take)
        if not await self._reviews.add_note(note):
            return  # Slack sends an event again: https://docs.slack.dev/apis/events-api#retries
        self._parts.background.start(self._answer(take, event["channel"], thread_ts, answer))

    async def _answer(self, take: Take, channel_id: str, thread_ts: str, answer: str) -> None:
        try:
            if answer:
                await self._parts.messages.post(channel_id, answer, thread_ts=thread_ts)
        except SlackError as error:  # the note is kept all the same
            log.warning("take %s: a note was not answered: %s", take.id, error)
        await self._messages.show_quietly(take.id)


def read(event: dict[str, Any], take: Take) -> tuple[Note, str]:
    """The note, and what is answered; "" where there is nothing to say."""
    text = plain(event["text"])
    note = Note(
        # A message's ts is unique in its channel only.
        id=f"{event['channel']}.{event['ts']}",
        request_id=take.request_id,
        take_id=take.id,
        user_id=event["user"],
        at=datetime.fromtimestamp(float(event["ts"]), UTC).isoformat(timespec="milliseconds"),
        text=text,
    )
    at = timecode(text)
    captions = read_captions(take.captions)
    if at is None or captions is None:
        return (note, "") if at is None else (_timed(note, at, ""), "")
    sentence = spoken(captions.cues, at)
    if not sentence and not at.leads:
        return note, ""  # “the meeting at 10:30” means no place in a video of a minute
    return _timed(note, at, sentence), review.heard(take, at, sentence)


def _timed(note: Note, at: Timecode, sentence: str) -> Note:
    return Note(
        note.id, note.request_id, note.take_id, note.user_id, note.at, note.text,
        at.start, at.end, sentence,
    )  # fmt: skip


def plain(text: str) -> str:
    """Slack's markup as a person reads it, so that a quoted note pings nobody."""
    return unescape(MARKUP.sub(lambda m: m[3] or f"{m[1].replace('!', '@')}{m[2]}", text)).strip()
