"""A payload of somebody who may not do what it asks for: it is acknowledged, and they hear why."""

import logging
from typing import Any

from slack_bolt.response import BoltResponse

from bot.domain.text import escape
from bot.monitoring.logs import set_log_take
from bot.process.background import Background
from bot.slack import payloads
from bot.slack.payloads import channel_id, part, text
from bot.slack.senders import Sender
from handlers.access.about import take_id_of
from handlers.errors import Errors

log = logging.getLogger(__name__)


class Refusals:
    def __init__(self, *, errors: Errors, background: Background) -> None:
        self._errors = errors
        self._background = background

    async def refuse(self, body: dict[str, Any], ack: Any, why: str) -> BoltResponse:
        """Acknowledges the payload, and says why to that person alone, where Slack lets us."""
        match body.get("type"):
            case None:  # a command
                response: BoltResponse = await ack(escape(why))
            case "block_suggestion":
                response = await ack(options=[])
            case "view_submission":
                field = payloads.first_field(part(body, "view"))
                errors = {field: why}
                response = await (ack(response_action="errors", errors=errors) if field else ack())
                if not field:  # there is nowhere to say it in the form, which closes
                    self._tell(body, escape(why))
            case _:
                response = await ack()
                self._tell(body, escape(why))
        return response

    def _tell(self, body: dict[str, Any], why: str) -> None:
        """Nothing is said of what is typed or chosen in an open form: it is refused when sent."""
        if body.get("view") and not (payloads.is_in_home(body) or payloads.is_form(body)):
            return
        user_id, thread_ts = Sender.of(body).user_id, text(part(body, "container"), "thread_ts")
        take_id = "" if body.get("type") != "block_actions" else take_id_of(body)
        self._background.start(self._say(user_id, channel_id(body), thread_ts, take_id, why))

    async def _say(
        self, user_id: str, channel_id: str, thread_ts: str, take_id: str, why: str
    ) -> None:
        """What isn't said isn't logged: whoever presses a thousand times would fill the log."""
        set_log_take(take_id)
        if self._errors.has_room_for(user_id):
            log.info("refused to %s: %s", user_id, why)
            await self._errors.tell(user_id, channel_id, why, thread_ts=thread_ts)

    def sentence(self, error: Exception) -> str:
        return self._errors.sentence(error, "an act was not decided")
