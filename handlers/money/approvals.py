"""*Ask for approval*: admins decide about a take that exceeds a limit; the first answer counts.

Each of them has one message, which is owed (bot/request_log/owed) until it shows what the log has.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks.holds import approvals
from bot.blocks.review import text_of
from bot.domain.rights import Act
from bot.domain.takes import State, WrongMove, waits_for_sign_off
from bot.errors import NotPossible, SlackError, SlackUnavailable
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.one_by_one import one_by_one
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import HoldLog
from bot.request_log.owed.hold_messages import HOLD, mentions_reviewers, take_of
from bot.request_log.owed.messages import OwedMessages
from bot.request_log.rows import timestamp
from bot.request_log.statements import NotInLog
from bot.slack import payloads
from bot.slack.forms import open_form
from bot.slack.profiles import Profiles
from bot.slack.redraws import Redraws
from handlers.access import Listeners
from handlers.buttons import ButtonPress, Buttons
from handlers.cards import Cards
from handlers.enqueue import RenderQueue
from handlers.money.hold_messages import HoldMessages
from handlers.schedule import RECENT

log = logging.getLogger(__name__)

CHECK_SECONDS = 60  # between two attempts at messages that are owed
ASK_SECONDS = 60  # between two messages that ask the reviewers of a take to sign off its script
TOO_LATE = "Too late: it was answered or cancelled before. Nothing has changed."


class Approvals:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        hold_log: HoldLog,
        hold_messages: HoldMessages,
        owed_messages: OwedMessages,
        slack_client: AsyncWebClient,
        profiles: Profiles,
        cards: Cards,
        buttons: Buttons,
        render_queue: RenderQueue,
        redraws: Redraws,
        background: Background,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._hold_log = hold_log
        self._hold_messages = hold_messages
        self._owed_messages = owed_messages
        self._slack_client = slack_client
        self._profiles = profiles
        self._cards = cards
        self._buttons = buttons
        self._render_queue = render_queue
        self._redraws = redraws
        self._background = background
        self._clock = clock
        self._showing: set[str] = set()

    def register(self, app: Listeners) -> None:
        act, pressed = Act.APPROVE_SPENDING, self._buttons.handler
        app.action(approvals.APPROVE_SPENDING, act, pressed(self._approve))
        app.action(approvals.DECLINE_SPENDING, act, pressed(self._open_decline_form))
        app.view(approvals.DECLINE_SPENDING, act, self.declined)

    async def _approve(self, press: ButtonPress) -> None:
        take = await self._request_log.take(press.value)
        in_doubt = take.state is State.IN_DOUBT
        instead = await self._render_queue.next_take(take) if in_doubt else None
        try:
            queued = await self._hold_log.approve(take.id, press.user_id, instead)
        except WrongMove:
            raise NotPossible(TOO_LATE) from None
        self._render_queue.enqueue(queued)
        self._cards.redraw_queue()
        await self._show_answer(take.id)

    async def _open_decline_form(self, press: ButtonPress) -> None:
        form = approvals.decline_form(await self._request_log.take(press.value))
        again = "press the button again"
        await open_form(self._slack_client, press.trigger_id, form, again=again)

    async def declined(self, ack: AsyncAck, body: dict[str, Any], view: dict[str, Any]) -> None:
        reason = text_of(view, approvals.REASON, approvals.REASON_LIMIT)
        take_id, user_id = payloads.text(view, "private_metadata"), payloads.user_id(body)
        if not reason:
            await ack(response_action="errors", errors={approvals.REASON: "Say why."})
            return
        try:
            again = (await self._request_log.take(take_id)).state is State.IN_DOUBT
            by = await self._profiles.name(user_id) or "An admin"
            sentence = approvals.declined(by, reason, again=again)
            await self._hold_log.decline(take_id, user_id, reason, sentence)
        except (WrongMove, NotInLog) as error:
            why = error.sentence if isinstance(error, NotInLog) else TOO_LATE
            await ack(response_action="errors", errors={approvals.REASON: why})
            return
        await ack()
        self._background.start(self._show_answer(take_id))

    async def _show_answer(self, take_id: str) -> None:
        self._cards.redraw_soon(take_id)
        await self.show(take_id)

    async def show(self, take_id: str) -> None:
        """Sends or updates the owed messages about this take. Those that fail are retried later.

        Posts its card first if Slack was down: a take that isn't queued has no job that does it.
        """
        with suppress(NotInLog):  # its request was withdrawn
            await self._show_owed(take_id)

    async def _show_owed(self, take_id: str) -> None:
        if take_id in self._showing:  # it waits for Slack
            return
        self._showing.add(take_id)
        try:
            await retry(lambda: self._cards.ensure_card(take_id), self._clock)
        except SlackUnavailable:  # `check` tries it again
            return
        finally:
            self._showing.discard(take_id)
        keys, later = await self._owed(take_id), set[str]()
        if waits_for_sign_off(await self._request_log.take(take_id)):
            later = {*filter(mentions_reviewers, keys)}
        if later:  # of several edits, they hear of the last
            ask = partial(self._ask_reviewers, take_id)
            name = f"reviewers of {take_id}"
            self._redraws.at_most_every_unwatched(ASK_SECONDS, name, ask)
        await asyncio.gather(*(self._show(key) for key in keys if key not in later))

    async def _ask_reviewers(self, take_id: str) -> bool:
        keys = filter(mentions_reviewers, await self._owed(take_id))
        await asyncio.gather(*map(self._show, keys))
        return False

    async def check(self) -> None:
        """Makes up for what a kill or an outage of Slack has prevented."""
        take_ids = dict.fromkeys(take_of(key) for key in await self._owed())
        await one_by_one(list(take_ids), self._check, ends_with=self._owed_messages.errors)
        for take in await self._request_log.takes_in([State.ON_HOLD]):
            self._cards.redraw_progress(take.request_id)  # no job does it for them

    async def _check(self, take_id: str) -> None:
        try:
            is_posting = await self._hold_messages.is_posting_card(take_id)
        except NotInLog:  # its request was withdrawn just now
            return
        if not is_posting:
            self._cards.redraw_soon(take_id)  # it may not say yet what was decided
            self._background.start(self.show(take_id))

    async def _owed(self, take_id: str = "") -> list[str]:
        since = timestamp(datetime.now(UTC) - RECENT)
        keys = await self._owed_messages.keys(since, {HOLD})
        return [key for key in keys if take_of(key) == take_id] if take_id else keys

    async def _show(self, key: str) -> None:
        try:
            await self._hold_messages.show(key)
        except SlackError as error:
            log.warning("%s is still owed: %s", key, error)
