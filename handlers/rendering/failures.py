"""When a render goes wrong: a state, a sentence and a next step, told to the one who asked."""

import logging
import secrets
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.blocks.text import section
from bot.domain.takes import MOVES, NextStep, Request, State, Take
from bot.domain.text import escape
from bot.errors import (
    BotError,
    ChannelRefused,
    InDoubt,
    RenderFailed,
    SlackError,
    UnsafeUrl,
)
from bot.process.retry import MESSAGE_TIMEOUT_SECONDS, retry
from bot.request_log.notifications import Notification, Notifications
from bot.services import Services
from handlers.admins import Admins
from handlers.cards import Cards
from handlers.review_messages import ReviewMessages

log = logging.getLogger(__name__)

RECENT = timedelta(days=2)
OTHER_PROCESS_SECONDS = 5  # until it has told somebody, or has been killed at that


class Failures:
    def __init__(
        self, services: Services, cards: Cards, admins: Admins, reviews: ReviewMessages
    ) -> None:
        self._log = services.log
        self._jobs = services.jobs
        self._background = services.background
        self._reviews = services.reviews
        self._review_messages = reviews
        self._messages = services.messages
        self._cards = cards
        self._admins = admins
        self._clock = services.clock
        self._notifications = Notifications(
            services.log.store, self._clock.scaled(MESSAGE_TIMEOUT_SECONDS)
        )

    async def fail(self, take_id: str, error: Exception) -> None:
        """The job boundary: what a step raised becomes a state, a sentence and a next step."""
        take = await self._log.take(take_id)
        if take.runs != self._jobs.current_run():
            return  # a newer run has taken it over
        if take.state is State.FAILED:  # a kill came after the move: what the card offers stands
            await self._heard(take_id, error)
            return
        if State.FAILED not in MOVES[take.state]:
            log.error("take %s, %s: nothing is lost", take_id, take.state, exc_info=error)
            return
        if isinstance(error, self._log.store.errors):
            # The log was away for a moment: that says nothing of the render. See resume.py.
            log.warning("take %s, %s: begun anew later: %s", take_id, take.state, error)
            return
        if not isinstance(error, BotError):
            reference = secrets.token_hex(4)
            log.error("take %s failed, reference %s", take_id, reference, exc_info=error)
            # Between the mark and the answer money may have been spent: never just "failed".
            error = InDoubt() if take.state is State.SUBMITTING else Unknown(reference)
        if isinstance(error, InDoubt):
            await self.in_doubt(take_id)
            return
        await self._log.move(
            take_id,
            State.FAILED,
            error=error.sentence,
            error_kind=type(error).__name__,
            next_step=next_step(take, error),
        )
        await self._heard(take_id, error)
        # The take before it may have been shown as replaced already.
        if take.state is State.DELIVERING and (
            before := await self._reviews.current_take(take.request_id)
        ):
            await self._review_messages.show_quietly(before.id)

    async def _heard(self, take_id: str, error: Exception) -> None:
        """Beside: a Slack that is away must not hold a place of the queue."""
        if isinstance(error, BotError) and error.for_admin:
            await self._admins.tell(error)
        self._background.start(self._tell(take_id))

    async def in_doubt(self, take_id: str) -> None:
        error = InDoubt()
        await self._log.move(
            take_id,
            State.IN_DOUBT,
            expect=[State.SUBMITTING, State.IN_DOUBT],
            error=error.sentence,
            error_kind=type(error).__name__,
        )
        await self._heard(take_id, error)

    async def _tell(self, take_id: str) -> None:
        """The state stands already. Nobody hears it now? Then `resume` tells it later."""
        take = await self._log.take(take_id)
        request = await self._log.request(take.request_id)
        news = Notification({"run": take.runs}, request.id, take.id)
        tell = partial(self._show_and_tell, request, take)
        try:
            while not await retry(lambda: self._notifications.once(news, tell), self._clock):
                log.debug("take %s: another process tells it, or was killed at that", take_id)
                await self._clock.sleep(OTHER_PROCESS_SECONDS)
        except SlackError as error:
            log.warning("take %s: nobody could be told yet: %s", take_id, error)

    async def _show_and_tell(
        self, request: Request, take: Take, first_try: datetime | None
    ) -> None:
        """The card, and a line in its thread: a card that only changes notifies nobody."""
        if await self._log.state_and_run(take.id) != (take.state, take.runs):
            return  # it went on meanwhile
        line = f"<@{request.user_id}> {escape(take.error)}"
        if take.video_url.startswith("http") and take.error_kind != UnsafeUrl.__name__:
            line += f"\n<{escape(take.video_url)}|The video at Segmind>, kept there for 7 days."
        channel_id, thread_ts = request.channel_id, request.card_ts
        key = f"told.{take.id}.{take.runs}"
        try:
            await self._cards.show(take.id)
            if first_try and await self._messages.find(
                channel_id, key, since=first_try, thread_ts=thread_ts
            ):
                return
            await self._messages.post(channel_id, line, thread_ts=thread_ts, key=key)
        except ChannelRefused:  # to the person, with the card and its buttons
            _, card = await self._cards.draw(request, take)
            await self._messages.send_dm(request.user_id, line, [section(line), *card])

    async def tell_what_was_not_heard(self) -> None:
        """Of takes that failed lately, while Slack was away or just before a kill."""
        since = (datetime.now(UTC) - RECENT).isoformat()
        for take in await self._log.takes_in([State.FAILED, State.IN_DOUBT], since=since):
            self._background.start(self._tell(take.id))


class Unknown(BotError):
    """Something that nobody foresaw; the log has it under the reference."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference

    @property
    def sentence(self) -> str:
        return (
            f"Something went wrong inside the bot. Tell your admin the reference {self.reference}."
        )


def next_step(take: Take, error: BotError) -> str:
    """What is paid for is never paid again: where the take stands decides what is offered."""
    match take.state:
        case State.RENDERING if not isinstance(error, RenderFailed):
            return NextStep.LOOK_AGAIN
        case State.DELIVERING:
            return NextStep.DELIVER_AGAIN
        case _:
            return NextStep.TRY_AGAIN
