"""What somebody gets who mentions the bot, or writes to it: how to make a video, and nothing else.

A mention in the thread of a card is a note (handlers/reviewing/notes), and gets no answer.
"""

import logging
from datetime import timedelta
from typing import Any

from bot.blocks.help import HELP, SHOW_HELP, answer
from bot.blocks.text import Block
from bot.domain.rights import Act
from bot.domain.takes import is_direct
from bot.domain.text import escape
from bot.errors import SlackError
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.limit_per_person import LimitPerPerson
from bot.request_log.reviews import ReviewLog
from bot.slack.messages import SlackMessages
from bot.slack.payloads import text
from handlers.access import Access, Listeners
from handlers.access.limits import HELP_ANSWERS
from handlers.buttons import ButtonPress, Buttons
from handlers.errors import Errors

log = logging.getLogger(__name__)

MENTION, MESSAGE = "app_mention", "message"  # events
# One answer in ten minutes is enough for a conversation, whoever asks: Slack itself knows of the
# last one, so that this also holds after a restart, and for several processes.
QUIET = timedelta(minutes=10)
KEY = "answer"  # of the message
WHY_NOT = "answer.why_not"  # of one that tells a guest why not: the next person isn't told by it
FROM_PEOPLE = (None, "file_share")  # subtypes
SLACKBOT = "USLACKBOT"


async def is_question(event: dict[str, Any]) -> bool:
    """A Bolt matcher: a direct message to the bot, and no reply there."""
    in_thread = text(event, "thread_ts") not in ("", event.get("ts"))
    return (
        is_direct(text(event, "channel")) and not in_thread and event.get("subtype") in FROM_PEOPLE
    )


class Answers:
    def __init__(
        self,
        *,
        review_log: ReviewLog,
        slack_messages: SlackMessages,
        access: Access,
        buttons: Buttons,
        errors: Errors,
        background: Background,
        clock: Clock,
    ) -> None:
        self._review_log = review_log
        self._slack_messages = slack_messages
        self._access = access
        self._buttons = buttons
        self._errors = errors
        self._background = background
        self._clock = clock
        self._answering: set[tuple[str, str, str]] = set()  # channel, thread or "", and key
        self._limits = LimitPerPerson(HELP_ANSWERS, 60)

    def register(self, app: Listeners) -> None:
        # Everybody may ask: what they may do decides what they are told.
        app.event(MENTION, Act.LEAVE_NOTE, self.asked)
        app.event(MESSAGE, Act.LEAVE_NOTE, self.asked, is_question)
        app.action(SHOW_HELP, Act.MAKE_VIDEO, self._buttons.handler(self._show_help))

    async def _show_help(self, press: ButtonPress) -> None:
        await self._errors.tell_unless_busy(
            press.user_id, press.channel_id, HELP, thread_ts=press.thread_ts
        )

    async def asked(self, event: dict[str, Any]) -> None:
        user_id, channel_id = text(event, "user"), text(event, "channel")
        is_person = user_id not in ("", SLACKBOT, self._slack_messages.bot_id)
        if is_person and channel_id and not event.get("bot_id"):
            thread_ts = text(event, "thread_ts")
            self._background.start(self._answer_once(event, user_id, channel_id, thread_ts))

    async def _answer_once(
        self, event: dict[str, Any], user_id: str, channel_id: str, thread_ts: str
    ) -> None:
        """Where they asked, unless the last answer there is still new."""
        try:
            if thread_ts and await self._review_log.request_of_thread(channel_id, thread_ts):
                return
            if not await self._limits.lets(user_id):
                return
            words, blocks = await self._answer(event, user_id)
            await self._post_once(channel_id, thread_ts, words, blocks)
        except SlackError as error:
            log.info("%s got no answer: %s", user_id, error)

    async def _post_once(
        self, channel_id: str, thread_ts: str, words: str, blocks: list[Block] | None
    ) -> None:
        key = KEY if blocks else WHY_NOT
        answer = channel_id, thread_ts, key
        if answer in self._answering:
            return
        self._answering.add(answer)
        try:
            since = self._clock.now() - QUIET
            if not await self._slack_messages.find(
                channel_id, key, since=since, thread_ts=thread_ts
            ):
                await self._slack_messages.post(
                    channel_id, words, blocks, thread_ts=thread_ts, key=key
                )
        finally:
            self._answering.discard(answer)

    async def _answer(self, event: dict[str, Any], user_id: str) -> tuple[str, list[Block] | None]:
        """Whoever can't make videos reads why."""
        team_id = text(event, "user_team") or text(event, "team")
        sender = {"user_id": user_id, "team_id": team_id}
        why = await self._access.refusal(Act.MAKE_VIDEO, sender)
        return (escape(why), None) if why else answer()
