"""Pauses that somebody has to fix: no credits, or a refused key. Admins are notified once.

A pause ends when the balance is above zero or the key works. Anybody may press the button, because
the balance is checked. The key is also tested every minute.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from bot.blocks import card
from bot.domain.rights import Act
from bot.domain.takes import Pause, PauseReason
from bot.errors import KeyRefused, OutOfCredits, SegmindError
from bot.process.background import Background
from bot.process.clock import Clock
from bot.request_log.queue import QueueLog
from bot.request_log.rows import now
from bot.segmind.client import Segmind
from handlers.access import Listeners
from handlers.admins import Admins
from handlers.buttons import ButtonPress, Buttons
from handlers.cards import Cards
from handlers.errors import Errors

log = logging.getLogger(__name__)

CHECK_SECONDS = 5
KEY_CHECK_SECONDS = 60
LASTING = timedelta(hours=1)  # after this, admins are told of a key pause in any case
# After this, a balance that wasn't enough is tried again: for a cheaper video, it may be.
TRY_AGAIN, TRY_SOON = timedelta(minutes=10), timedelta(minutes=1)
# What a person has to fix; pauses for other reasons end by themselves.
FIXED_BY_HAND: dict[PauseReason, type[SegmindError]] = {
    PauseReason.CREDITS: OutOfCredits,
    PauseReason.KEY: KeyRefused,
}
FIXED = {
    PauseReason.CREDITS: ":white_check_mark: Topped up.",
    PauseReason.KEY: ":white_check_mark: The key works.",
}
RESUMED = "The queue has resumed."
STILL_EMPTY = (
    "The Segmind account still has too few credits. Top it up, then press the button again."
)
STILL_REFUSED = "Segmind still refuses the bot's API key. Restart the bot to use a new key."


class PauseWatch:
    def __init__(
        self,
        *,
        queue_log: QueueLog,
        store_errors: tuple[type[Exception], ...],
        segmind: Segmind,
        errors: Errors,
        cards: Cards,
        admins: Admins,
        buttons: Buttons,
        background: Background,
        clock: Clock,
    ) -> None:
        self._queue_log = queue_log
        self._store_errors = store_errors
        self._segmind = segmind
        self._errors = errors
        self._cards = cards
        self._admins = admins
        self._buttons = buttons
        self._background = background
        self._clock = clock
        self._notified = ""  # the pause that all admins have been told about
        self._notifying: asyncio.Task[None] | None = None
        self._resuming: asyncio.Task[str] | None = None
        self._shown: set[PauseReason] | None = None  # in the messages; None: not known
        self._key_tried_at = ""
        self._resumed: tuple[float, str] = (0.0, "")  # with which balance by a person, and when

    def register(self, app: Listeners) -> None:
        app.action(card.RESUME_QUEUE, Act.RESUME_QUEUE, self._buttons.handler(self._resume_pressed))

    async def check(self) -> None:
        """Runs every few seconds, even while no take is waiting."""
        if not self._key_tried_at:  # at the start: reports a wrong key before anybody needs it
            with suppress(*self._store_errors):
                await self._try_key()
        try:
            pauses = await self._queue_log.pauses()
        except self._store_errors as error:
            log.warning("could not read whether the queue is paused: %s", error)
            return
        pause = pauses[0] if pauses else None
        if pause and self._key_is_due(pause) and await self._try_key():
            return
        if self._notifying is None or self._notifying.done():  # in the background: Slack may hang
            self._notifying = self._background.start(self._notify(pauses))

    def _key_is_due(self, pause: Pause) -> bool:
        """False at the start of a pause: a submission has just been refused."""
        if pause.reason is not PauseReason.KEY:
            return False
        tried_at = max(pause.since, self._key_tried_at)
        return _age(tried_at) > timedelta(seconds=self._clock.scaled(KEY_CHECK_SECONDS))

    async def _notify(self, pauses: list[Pause]) -> None:
        if pauses and pauses[0].reason in FIXED_BY_HAND:
            await self._notify_admins(pauses[0])
        reasons = {pause.reason for pause in pauses}
        if reasons == self._shown:
            return
        done = [
            await self._admins.update_notices(
                error_class(),
                card.pause_buttons(reason),
                FIXED[reason],
                is_current=reason in reasons,
                reason=reason,
            )
            for reason, error_class in FIXED_BY_HAND.items()
        ]
        self._shown = reasons if all(done) else None

    async def _notify_admins(self, pause: Pause) -> None:
        since = pause.since
        if pause.reason is PauseReason.KEY and _age(since) < LASTING:
            since = since[: len("2026-11-22T10")]  # an unreliable key: once an hour
        key = f"{pause.reason} {since}"
        if key != self._notified:
            self._shown = None
            error, buttons = FIXED_BY_HAND[pause.reason](), card.pause_buttons(pause.reason)
            if await self._admins.notify_once(error, buttons, reason=pause.reason, since=since):
                self._notified = key

    async def _try_key(self) -> bool:
        """True: the queue paused for the key, and has resumed."""
        self._key_tried_at = now()
        try:
            await self._segmind.account.balance()
        except KeyRefused:
            log.error(
                "Segmind refuses SEGMIND_API_KEY, so nothing is rendered: replace it and restart "
                "the bot; `python -m bot check` tests the key"
            )
            return False
        except SegmindError as error:
            log.info("could not check whether the key works: %s", error)
            return False
        if not await self._queue_log.resume(PauseReason.KEY):
            return False
        self._cards.redraw_queue()
        return True

    async def _resume_pressed(self, press: ButtonPress) -> None:
        """One look at the balance answers all who press meanwhile: each uses Segmind's limit."""
        if self._resuming is None or self._resuming.done():
            self._resuming = self._background.start(self._try_to_resume(press.user_id))
        answer = await asyncio.shield(self._resuming)
        await self._errors.tell_unless_busy(press.user_id, press.channel_id, answer)

    async def _try_to_resume(self, user_id: str) -> str:
        """What the person is told. The balance is only read if it can end a pause: an old button
        may be pressed again and again."""
        fixed = {pause.reason for pause in await self._queue_log.pauses()}.intersection(
            FIXED_BY_HAND
        )
        if not fixed:
            self._cards.redraw_queue()
            return RESUMED
        try:
            balance = await self._segmind.account.balance()
            if balance <= 0 or await self._was_not_enough(balance):
                fixed.discard(PauseReason.CREDITS)
            else:
                self._resumed = balance, now()
        except KeyRefused:
            return STILL_REFUSED
        except SegmindError as error:  # the next submission will show whether there are credits
            log.info("the balance could not be read: %s", error)
        resumed = [reason for reason in fixed if await self._queue_log.resume(reason, by=user_id)]
        log.info("%s pressed resume; it ended: %s", user_id, ", ".join(resumed) or "nothing")
        self._cards.redraw_queue()
        pause = await self._queue_log.current_pause()
        still_empty = pause is not None and pause.reason is PauseReason.CREDITS
        return STILL_EMPTY if still_empty else RESUMED

    async def _was_not_enough(self, balance: float) -> bool:
        """Whether the queue was resumed with that much just before, and nothing was submitted.

        The admins are told of each pause, so none ends for nothing again and again. But a video
        that waits and costs less is submitted once the one in front of it has failed.
        """
        last, at = self._resumed
        is_enough = await self._queue_log.is_enough_for_one(balance)
        if balance != last or _age(at) >= (TRY_SOON if is_enough else TRY_AGAIN):
            return False
        return not await self._queue_log.has_submitted_since(at)


def _age(at: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(at)
