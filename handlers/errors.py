"""Shows what a handler raised to the person: a BotError as its sentence.

Any other exception is logged, and the person gets a reference by which an admin can find it.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse

from bot.domain.text import escape
from bot.errors import BotError, SlackError
from bot.process.http import CountedWarnings
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.messages import SlackMessages

MOST_OF_A_NAME = 100  # characters in a log line

log = logging.getLogger(__name__)


class Errors:
    def __init__(self, *, slack_messages: SlackMessages) -> None:
        self._slack_messages = slack_messages
        self._dropped = CountedWarnings("dropped what no listener is for")

    def register(self, app: AsyncApp) -> None:
        app.error(self._handle)

    async def _handle(
        self, error: Exception, body: dict[str, Any], response: BoltResponse | None
    ) -> BoltResponse | None:
        """`response`: None if the payload was acknowledged before the listener failed."""
        if isinstance(error, BoltUnhandledRequestError):
            # Without an acknowledgement, Slack would send it again.
            self._dropped.count(f"of {_kind(body)}")
            return BoltResponse(status=200, body="")
        if response and payloads.is_form(body):
            field = payloads.first_field(payloads.part(body, "view"))
            if field:  # the form stays open, with what was typed
                why = self.sentence(error, f"shown in a form to {payloads.user_id(body)}")
                said = {"response_action": "errors", "errors": {field: why}}
                return BoltResponse(status=200, body=said)
        await self._show(error, payloads.user_id(body), payloads.channel_id(body))
        # A form without a field is closed, or else Slack says that it couldn't connect.
        return BoltResponse(status=200, body="") if response else None

    def shown_to(
        self, user_id: str, channel_id: str, kept: str = "", *, thread_ts: str = ""
    ) -> Callable[[BaseException], Awaitable[None]]:
        """For work in the background. `kept` is what the person typed: they get it back."""

        async def show(error: BaseException) -> None:
            await self._show(error, user_id, channel_id, kept, thread_ts)

        return show

    async def _show(
        self,
        error: BaseException,
        user_id: str,
        channel_id: str,
        kept: str = "",
        thread_ts: str = "",
    ) -> None:
        sentence = escape(self.sentence(error, f"shown to {user_id}"))
        if kept:
            sentence = f"{sentence}\nHere's what you typed:\n{kept}"
            await self.tell(user_id, channel_id, sentence, thread_ts=thread_ts)
        else:
            await self.tell_unless_busy(user_id, channel_id, sentence, thread_ts=thread_ts)

    def sentence(self, error: BaseException, context: str) -> str:
        """What a person reads of it. `context` is for the log, which has the traceback, too."""
        if isinstance(error, BotError | NotInLog):
            log.info("%s: %s", context, error)
            return error.sentence
        reference = secrets.token_hex(4)
        log.error("reference %s", reference, exc_info=error)
        return (
            "Something went wrong. Check the card before you try again. "
            f"Your admin can look up this reference: {reference}."
        )

    async def tell_unless_busy(
        self, user_id: str, channel_id: str, text: str, *, thread_ts: str = ""
    ) -> None:
        """Like `tell`, but says nothing to a person who was just told ten things.

        Whoever presses a button a thousand times would use up Slack's limits for everybody. Half
        of them are left to what checks who is in a conversation.
        """
        if self.has_room_for(user_id):
            await self.tell(user_id, channel_id, text, thread_ts=thread_ts)

    def has_room_for(self, user_id: str) -> bool:
        """Whether `tell_unless_busy` would tell this person something now."""
        return self._slack_messages.has_room_for(user_id) and self._slack_messages.has_room

    async def tell(self, user_id: str, channel_id: str, text: str, *, thread_ts: str = "") -> None:
        """Says it to one person alone, as far as Slack lets us."""
        if not user_id:
            return
        try:
            if channel_id:
                await self._slack_messages.post_ephemeral_or_dm(
                    channel_id, user_id, text, thread_ts=thread_ts
                )
            else:
                await self._slack_messages.send_dm(user_id, text)
        except SlackError as refused:
            log.warning("could not notify %s: %s", user_id, refused)


def _kind(body: dict[str, Any]) -> str:
    """What names the listener of a payload, as far as it is there; nothing that people typed."""
    event, view = payloads.part(body, "event"), payloads.part(body, "view")
    found = {
        "type": payloads.text(event, "type") or payloads.text(body, "type"),
        "command": payloads.text(body, "command"),
        "action": payloads.text(payloads.pressed(body), "action_id"),
        "callback": payloads.text(view, "callback_id") or payloads.text(body, "callback_id"),
    }
    said = (f"{name} {value[:MOST_OF_A_NAME]}" for name, value in found.items() if value)
    return ", ".join(said) or "unknown type"
