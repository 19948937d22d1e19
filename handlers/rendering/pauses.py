"""The pauses before every submission: shut while the queue pauses, and why.

A 429 shuts it for as long as Segmind says; a 406 (no credits) until somebody has topped up and says
so; a 401 or 403 until the key works, which is looked at now and then. It stands in the request log,
so it holds for all processes; the admins are told once.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.blocks import card
from bot.domain.takes import Pause, PauseReason, State, Take
from bot.errors import KeyRefused, OutOfCredits, RateLimited, SegmindError
from bot.request_log.rows import now, timestamp
from bot.services import Services
from handlers.admins import Admins
from handlers.cards import Cards
from handlers.errors import Errors

log = logging.getLogger(__name__)

LONG_REST_SECONDS = 120.0  # a shorter 429 is no news for an admin
FOR_GOOD = timedelta(hours=1)  # a rest for the key that lasts so long is news in any case
CHECK_SECONDS = 5  # between two looks at the pauses
OTHERS_FIRST_SECONDS = 0.5
KEY_CHECK_SECONDS = 60
# What a person has to mend; the rest of the reasons end by themselves.
FIXED_BY_HAND: dict[PauseReason, type[SegmindError]] = {
    PauseReason.CREDITS: OutOfCredits,
    PauseReason.KEY: KeyRefused,
}
FIXED = {
    PauseReason.CREDITS: ":white_check_mark: It is topped up.",
    PauseReason.KEY: ":white_check_mark: The key works.",
}
STILL_EMPTY = "The Segmind account is still empty. Top it up, then press again."
STILL_REFUSED = (
    "Segmind still refuses the key of this bot. A new SEGMIND_API_KEY holds from the next start on."
)


Turn = tuple[int, str, str]  # what the queue is sorted by


class Overtaken(Exception):
    """So many stand before it that its place in the engine's queue is theirs."""


class QueuePauses:
    def __init__(self, services: Services, cards: Cards, admins: Admins, errors: Errors) -> None:
        self._services = services
        self._log = services.log
        self._pauses = services.pauses
        self._cards = cards
        self._admins = admins
        self._errors = errors
        self._clock = services.clock
        self._max_renders = services.settings.max_renders
        self._waiting: set[Turn] = set()
        self._told = ""  # the news that all admins have heard
        self._telling: asyncio.Task[None] | None = None
        self._shown: set[PauseReason] | None = None  # as all that was told shows; None: look
        self._key_tried_at = ""

    def register(self, app: AsyncApp) -> None:
        app.action(card.RESUME_QUEUE)(self.go_on_pressed)

    async def open(self, take: Take) -> bool:
        """Waits until the queue goes on. False: the take left the queue meanwhile.

        Raises Overtaken when others have come before it while it waited.
        """
        turn = (take.priority, take.requested_at, take.id)
        try:
            while pause := await self._pause(turn):
                if turn not in self._waiting:
                    self._waiting.add(turn)
                    await self._cards.show_state(take.id)
                await asyncio.sleep(pause)
                if (await self._log.take(take.id)).state is not State.QUEUED:
                    return False
                if await self._log.queue_position(take.id) > self._max_renders:
                    raise Overtaken
        finally:
            self._waiting.discard(turn)
        return (await self._log.take(take.id)).state is State.QUEUED

    async def _pause(self, turn: Turn) -> float:
        """Seconds until another look at the pauses; 0 while it is open."""
        check = self._clock.scaled(CHECK_SECONDS)
        if rest := await self._pauses.current():
            ends_at = datetime.fromisoformat(rest.ends_at) if rest.ends_at else None
            left = (ends_at - datetime.now(UTC)).total_seconds() if ends_at else check
            return min(max(left, 0.0) + 0.01, check)
        # In the engine's queue, what is not followed, or is older than a restart, has no place.
        if await self._log.at_segmind(await self._render_seconds()) >= self._max_renders:
            return check
        others_first = turn in self._waiting and min(self._waiting) < turn
        return self._clock.scaled(OTHERS_FIRST_SECONDS) if others_first else 0.0

    async def begin(self, take_id: str) -> Take:
        """Opens the money window. Raises NoRoom, and WrongMove where the take left the queue."""
        seconds = await self._render_seconds()
        return await self._log.begin_submission(take_id, self._max_renders, seconds)

    async def _render_seconds(self) -> float:
        settings = self._services.settings
        usual = (await self._log.pace(settings.pace)).render_seconds
        return min(usual, settings.render_timeout_minutes * 60)  # some were fetched days later

    async def slow_down(self, error: RateLimited) -> None:
        ends_at = datetime.now(UTC) + timedelta(seconds=error.retry_after)
        new = await self._pauses.begin(PauseReason.RATE, timestamp(ends_at))
        if new and error.retry_after >= LONG_REST_SECONDS:
            await self._admins.tell(error)

    async def shut(self, error: KeyRefused | OutOfCredits) -> None:
        [reason] = [reason for reason, kind in FIXED_BY_HAND.items() if isinstance(error, kind)]
        if await self._pauses.begin(reason):
            self._services.background.start(self._cards.show_queue())

    # --- a rest that does not end by itself ---------------------------------------------------

    async def keep_looking(self) -> None:
        """By the clock, so also where nobody waits, and again where nobody could be told."""
        with suppress(*self._log.store.errors):
            await self._try_key()  # a wrong one is said before anybody waits
        while True:
            # As background work: what goes wrong in one look is seen, and the next one comes.
            await asyncio.wait({self._services.background.start(self._look())})
            await self._clock.sleep(CHECK_SECONDS)

    async def _look(self) -> None:
        try:
            pauses = await self._pauses.reasons()
        except self._log.store.errors as away:
            log.warning("it cannot be seen whether the queue pauses: %s", away)
            return
        rest = pauses[0] if pauses else None
        if rest and rest.reason is PauseReason.KEY and self._is_due(rest) and await self._try_key():
            return
        if self._telling is None or self._telling.done():  # beside: Slack may hang
            self._telling = self._services.background.start(self._inform(pauses))

    def _is_due(self, rest: Pause) -> bool:
        """A submission was refused as the rest began, so the key is not tried at once."""
        tried_at = max(rest.since, self._key_tried_at)
        return _age(tried_at) > timedelta(seconds=self._clock.scaled(KEY_CHECK_SECONDS))

    async def _inform(self, pauses: list[Pause]) -> None:
        if pauses and pauses[0].reason in FIXED_BY_HAND:
            await self._tell(pauses[0])
        lasting = {rest.reason for rest in pauses}
        if lasting == self._shown:
            return
        shown = [
            await self._admins.show(
                trouble(), card.pause_buttons(reason), FIXED[reason],
                lasts=reason in lasting, reason=reason,
            )
            for reason, trouble in FIXED_BY_HAND.items()
        ]  # fmt: skip
        self._shown = lasting if all(shown) else None

    async def _tell(self, rest: Pause) -> None:
        since = rest.since
        if rest.reason is PauseReason.KEY and _age(since) < FOR_GOOD:
            since = since[: len("2026-11-22T10")]  # one that works now and then: once an hour
        news = f"{rest.reason} {since}"
        if news != self._told:
            self._shown = None
            trouble, buttons = FIXED_BY_HAND[rest.reason](), card.pause_buttons(rest.reason)
            if await self._admins.tell_once(trouble, buttons, reason=rest.reason, since=since):
                self._told = news

    async def _try_key(self) -> bool:
        """Whether the queue rested for the key, and goes on."""
        self._key_tried_at = now()
        try:
            await self._services.segmind.balance()
        except KeyRefused:
            log.error(
                "Segmind refuses SEGMIND_API_KEY, so nothing is rendered: put a key that works "
                "into it and start again; `python -m bot check` tries it"
            )
            return False
        except SegmindError as error:
            log.info("it is not seen that the key works: %s", error)
            return False
        if not await self._pauses.resume(PauseReason.KEY):
            return False
        await self._cards.show_queue()
        return True

    # --- the button ---------------------------------------------------------------------------

    async def go_on_pressed(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        user_id, channel_id = body["user"]["id"], body["channel"]["id"]
        self._services.background.start(
            self._go_on(user_id, channel_id), on_error=self._errors.shown_to(user_id, channel_id)
        )

    async def _go_on(self, user_id: str, channel_id: str) -> None:
        """Anybody who sees the button may say that it is mended: the balance decides."""
        post_ephemeral = partial(self._services.messages.post_ephemeral, channel_id, user_id)
        mended = set(FIXED_BY_HAND)
        try:
            if await self._services.segmind.balance() <= 0:
                mended.remove(PauseReason.CREDITS)
        except KeyRefused:
            await post_ephemeral(STILL_REFUSED)
            return
        except SegmindError as error:  # then a submission will show it
            log.info("the balance could not be read: %s", error)
        ended = [reason for reason in mended if await self._pauses.resume(reason, by=user_id)]
        log.info("%s says that it can go on: %s", user_id, ", ".join(ended) or "not yet")
        await self._cards.show_queue()
        rest = await self._pauses.current()
        still_empty = rest is not None and rest.reason is PauseReason.CREDITS
        await post_ephemeral(STILL_EMPTY if still_empty else "The queue goes on.")


def _age(at: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(at)
