"""*Continue* and *Start fresh*, at the top of a form."""

from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.blocks import modal
from bot.blocks.forms.unfinished import CONTINUE, START_FRESH
from bot.domain.rights import Act
from bot.process.background import Background
from bot.request_log.forms.unfinished import UnfinishedLog
from bot.slack import payloads
from handlers.access import Listeners
from handlers.errors import Errors
from handlers.requests.live_form import LiveForm


class ContinueForm:
    def __init__(
        self,
        *,
        unfinished_log: UnfinishedLog,
        live_form: LiveForm,
        background: Background,
        errors: Errors,
    ) -> None:
        self._log = unfinished_log
        self._live_form = live_form
        self._background = background
        self._errors = errors

    def register(self, app: Listeners) -> None:
        app.action(CONTINUE, Act.MAKE_VIDEO, self.pressed)
        app.action(START_FRESH, Act.MAKE_VIDEO, self.pressed)

    async def pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        user_id = payloads.user_id(body)
        self._background.start(
            self._choose(body, user_id), on_error=self._errors.shown_to(user_id, "")
        )

    async def _choose(self, body: dict[str, Any], user_id: str) -> None:
        button, view = payloads.pressed(body), payloads.part(body, "view")
        view_id, earlier = payloads.text(view, "id"), payloads.text(button, "value")
        values = modal.parse(view)
        found = await self._log.find(earlier, user_id)
        if found and payloads.text(button, "action_id") == CONTINUE:
            if await self._log.find(view_id, user_id):
                # What this person has typed here takes its place, so that neither is lost.
                await self._log.keep(earlier, user_id, values, replaced_in=view_id)
            else:
                await self._log.discard(earlier, user_id)
            values = found.filled_into(values)
            await self._live_form.fill(body, values)
        else:
            await self._log.discard(earlier, user_id)
            self._live_form.update_soon(body)
