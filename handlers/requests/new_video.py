"""/avatar, the modal, its submission: from a wish to a card and a job in the queue."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import modal
from bot.blocks.help import HELP
from bot.domain.drafts import Draft
from bot.domain.estimates import estimate
from bot.domain.parameters import SCRIPT_LIMIT, Parameters, problems
from bot.domain.takes import Request
from bot.domain.text import escape, unescape
from bot.errors import BotError, ChannelRefused, SlackUnavailable
from bot.jobs.recovery import ENGINE_ERRORS
from bot.monitoring.logs import set_log_take
from bot.request_log.rows import now
from bot.services import Services
from bot.slack.errors import view_errors
from handlers.cards import Cards
from handlers.errors import Errors
from handlers.requests.live_form import LiveModal
from handlers.requests.new_take import named_themselves, queued_take

log = logging.getLogger(__name__)

COMMAND = "/avatar"
# Slack gives a submission 3 s; the card is tried before that, so that a refusal can still be
# answered inside the modal. https://docs.slack.dev/surfaces/modals#response_actions
CARD_SECONDS = 2.0


class RequestVideo:
    def __init__(self, services: Services, cards: Cards, errors: Errors) -> None:
        self._services = services
        self._log = services.log
        self._cards = cards
        self._errors = errors
        self._live = LiveModal(services)
        self._placing: dict[str, asyncio.Task[ChannelRefused | None]] = {}

    def register(self, app: AsyncApp) -> None:
        app.command(COMMAND)(self.command)
        app.view(modal.CALLBACK_ID)(self.submission)
        for name in modal.SELECTS:
            app.options(name)(self.suggest)
        self._live.register(app)

    # --- /avatar ------------------------------------------------------------------------------

    async def command(self, ack: AsyncAck, command: dict[str, Any]) -> None:
        text = unescape(command.get("text") or "").strip()
        if text.casefold() == "help":
            await ack(HELP)
            return
        # More than the field takes is handed back, not cut off in silence.
        await ack(_too_long(text) if len(text) > SCRIPT_LIMIT else "")
        user_id, channel_id = command["user_id"], command["channel_id"]
        self._services.background.start(
            self._open(command["trigger_id"], user_id, channel_id, text[:SCRIPT_LIMIT]),
            on_error=self._errors.shown_to(user_id, channel_id, kept=escape(text)),
        )

    async def _open(self, trigger_id: str, user_id: str, channel_id: str, script: str) -> None:
        last = await self._log.last_parameters(user_id) or Parameters()
        # What belongs to one video only, or costs extra, is not a default for the next.
        parameters = replace(last, prompt=script, audio_url="", video_url="")
        pace = await self._log.pace(self._services.settings.pace)
        view = modal.build(Draft(parameters, channel_id), estimate(parameters, pace))
        with view_errors():
            await self._services.slack.views_open(trigger_id=trigger_id, view=view)

    async def suggest(self, ack: AsyncAck, payload: dict[str, Any]) -> None:
        """Type-ahead over the catalogue: https://docs.slack.dev/reference/interaction-payloads/block_suggestion-payload"""
        typed = payload.get("value") or ""
        found = self._services.catalog.search(payload["action_id"], typed)
        await ack(options=modal.suggestions(found, typed))

    # --- the submission -----------------------------------------------------------------------

    async def submission(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        self._live.drop(view["id"])
        draft = modal.parse(view)
        user_id = body["user"]["id"]
        if found := problems(draft.parameters) | named_themselves(self._services, draft, user_id):
            await ack(response_action="errors", errors=found)
            return
        placing = self._place(view["id"], user_id, body.get("team", {}).get("id", ""), draft)
        done, _ = await asyncio.wait({placing}, timeout=CARD_SECONDS)
        refused = placing.result() if done else None
        if refused:
            errors = {modal.CHANNEL: refused.sentence}
            await ack(response_action="errors", errors=errors)
            return
        await ack()
        if not done:  # Slack is slow: the modal closes, and a refusal comes as a message
            self._services.background.start(
                self._raise_refusal(placing),
                on_error=self._errors.shown_to(user_id, "", kept=escape(draft.parameters.prompt)),
            )

    def _place(
        self, view_id: str, user_id: str, team_id: str, draft: Draft
    ) -> asyncio.Task[ChannelRefused | None]:
        """One task a view: a submission that Slack sends twice finds the first one at work."""
        if view_id not in self._placing:
            task = self._services.background.start(
                self._make_request(view_id, user_id, team_id, draft), on_error=_seen
            )
            self._placing[view_id] = task
            task.add_done_callback(lambda _: self._placing.pop(view_id, None))
        return self._placing[view_id]

    async def _make_request(
        self, view_id: str, user_id: str, team_id: str, draft: Draft
    ) -> ChannelRefused | None:
        """Log, card, queue: in this order a kill in between loses nothing. See resume.py."""
        request = Request(view_id, user_id, draft.channel_id, now(), team_id=team_id)
        take = await queued_take(self._services, request, 1, draft.parameters)
        set_log_take(take.id)
        if await self._log.add_request(request, take, reviewers=draft.reviewers):
            passing: tuple[type[Exception], ...] = (SlackUnavailable, *self._log.store.errors)
            try:
                await self._cards.place(request, take)
            except ChannelRefused as refused:
                await self._log.withdraw(view_id, refused.sentence)
                return refused
            except passing as error:
                log.warning("take %s: its card comes later: %s", take.id, error)
        # It stands in the log, so nobody is told to ask anew: what fails here is resumed.
        with suppress(*ENGINE_ERRORS):
            await self._services.jobs.enqueue(take.id, take.runs, take.priority)
        self._services.background.start(self._cards.show_queue())  # others may stand behind it now
        return None

    @staticmethod
    async def _raise_refusal(placing: asyncio.Task[ChannelRefused | None]) -> None:
        if refused := await placing:
            raise refused


async def _seen(error: BaseException) -> None:
    """Whoever awaits the task shows its error; here it is only not lost."""
    log.debug("a submission failed: %s", error, exc_info=not isinstance(error, BotError))


def _too_long(text: str) -> str:
    return (
        f"Your script has {len(text):,} characters; the form takes {SCRIPT_LIMIT:,}. "
        f"This part did not fit:\n{escape(text[SCRIPT_LIMIT:])}"
    )
