"""/avatar: opens the form, and suggests avatars and voices while a person types in it."""

from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import modal
from bot.blocks.help import HELP
from bot.catalog import Catalog
from bot.domain.drafts import Draft
from bot.domain.estimates import Pace, estimate
from bot.domain.parameters import SCRIPT_LIMIT, Parameters
from bot.domain.rights import Act
from bot.domain.text import escape, unescape
from bot.process.background import Background
from bot.request_log.log import RequestLog
from bot.slack.errors import view_errors
from handlers.access import Listeners
from handlers.errors import Errors

COMMAND = "/avatar"


class AvatarCommand:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        slack_client: AsyncWebClient,
        catalog: Catalog,
        background: Background,
        errors: Errors,
        default_pace: Pace,
    ) -> None:
        self._request_log = request_log
        self._slack_client = slack_client
        self._catalog = catalog
        self._background = background
        self._errors = errors
        self._default_pace = default_pace

    def register(self, app: Listeners) -> None:
        app.command(COMMAND, Act.MAKE_VIDEO, self.command)
        for name in modal.SELECTS:
            app.options(name, Act.MAKE_VIDEO, self.suggest)

    async def command(self, ack: AsyncAck, command: dict[str, Any]) -> None:
        text = unescape(command.get("text") or "").strip()
        if text.casefold() == "help":
            await ack(HELP)
            return
        # What does not fit into the field is handed back, and not cut off in silence.
        await ack(_too_long(text) if len(text) > SCRIPT_LIMIT else "")
        user_id, channel_id = command["user_id"], command["channel_id"]
        self._background.start(
            self._open_form(command["trigger_id"], user_id, channel_id, text[:SCRIPT_LIMIT]),
            on_error=self._errors.shown_to(user_id, channel_id, kept=escape(text)),
        )

    async def _open_form(self, trigger_id: str, user_id: str, channel_id: str, script: str) -> None:
        last = await self._request_log.last_parameters(user_id) or Parameters()
        # What belongs to one video only, or costs extra, is not a default for the next.
        parameters = replace(last, prompt=script, audio_url="", video_url="")
        pace = await self._request_log.pace(self._default_pace)
        view = modal.build(Draft(parameters, channel_id), estimate(parameters, pace))
        with view_errors():
            await self._slack_client.views_open(trigger_id=trigger_id, view=view)

    async def suggest(self, ack: AsyncAck, payload: dict[str, Any]) -> None:
        """Type-ahead over the catalogue: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload"""
        typed = payload.get("value") or ""
        found = self._catalog.search(payload["action_id"], typed)
        await ack(options=modal.suggestions(found, typed))


def _too_long(text: str) -> str:
    return (
        f"Your script has {len(text):,} characters; the form takes {SCRIPT_LIMIT:,}. "
        f"This part did not fit:\n{escape(text[SCRIPT_LIMIT:])}"
    )
