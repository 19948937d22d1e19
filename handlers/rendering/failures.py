"""What happens when a render fails: a state, a sentence, a next step, and a notice."""

import logging
import secrets
from datetime import UTC, datetime
from functools import partial

from bot.blocks.text import section
from bot.domain.money.failed import charge_line
from bot.domain.retries import can_succeed
from bot.domain.takes import MOVES, NextStep, Request, State, Take
from bot.domain.text import escape
from bot.domain.twins.twin import TwinRefused
from bot.errors import (
    AddressExpired,
    BotError,
    ChannelRefused,
    InDoubt,
    RenderFailed,
    SlackError,
    UnexpectedError,
    UnsafeUrl,
)
from bot.jobs.engine import Jobs
from bot.process.background import Background
from bot.process.clock import Clock
from bot.process.retry import retry
from bot.request_log.log import RequestLog
from bot.request_log.notifications import Notification, Notifications
from bot.request_log.reports.moved import failures_to_tell
from bot.request_log.reviews import ReviewLog
from bot.slack.messages import SlackMessages
from handlers.admins import Admins
from handlers.cards import Cards
from handlers.review_messages import ReviewMessages
from handlers.schedule import RECENT

log = logging.getLogger(__name__)

NO_LINK = (UnsafeUrl.__name__, TwinRefused.__name__)  # kinds of errors
OTHER_PROCESS_SECONDS = 5  # between two checks whether another process has sent the notice


class Failures:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        review_log: ReviewLog,
        jobs: Jobs,
        admins: Admins,
        review_messages: ReviewMessages,
        notices: "FailureNotices",
    ) -> None:
        self._request_log = request_log
        self._review_log = review_log
        self._jobs = jobs
        self._admins = admins
        self._review_messages = review_messages
        self._notices = notices

    async def fail(self, take_id: str, error: Exception) -> None:
        """Turns whatever a step raised into a state of the take, and notifies those concerned."""
        take = await self._request_log.take(take_id)
        if take.runs != self._jobs.current_run():
            return  # a newer run has taken over
        if State.FAILED not in MOVES[take.state]:
            log.error("take %s, %s: nothing is lost", take_id, take.state, exc_info=error)
            return
        if isinstance(error, self._request_log.store.errors):
            # The database failed, which says nothing about the render. See resume.py.
            log.warning("take %s, %s: resumed later: %s", take_id, take.state, error)
            return
        if not isinstance(error, BotError):
            reference = secrets.token_hex(4)
            log.error("take %s failed, reference %s", take_id, reference, exc_info=error)
            # Between the mark and the answer it may have been charged, so "failed" would be wrong.
            error = InDoubt() if take.state is State.SUBMITTING else UnexpectedError(reference)
        if isinstance(error, InDoubt):
            await self.mark_in_doubt(take_id)
            return
        if error.for_admin:  # before the move: a job interrupted here fails again
            await self._admins.notify(error)
        # Its link stays in the thread, and so does its review.
        has_link = take.state is State.DELIVERING and take.delivered_at
        await self._request_log.move(
            take_id,
            State.DELIVERED if has_link else State.FAILED,
            error=error.sentence,
            error_kind=type(error).__name__,
            next_step=next_step(take, error),
        )
        self._notices.send(take_id)
        # The previous take may already be shown as replaced.
        if (
            take.state is State.DELIVERING
            and not has_link
            and (before := await self._review_log.current_take(take.request_id))
        ):
            await self._review_messages.redraw_quietly(before.id)

    async def mark_in_doubt(self, take_id: str) -> None:
        error = InDoubt()
        await self._request_log.move(
            take_id,
            State.IN_DOUBT,
            expect=[State.SUBMITTING, State.IN_DOUBT],
            error=error.sentence,
            error_kind=type(error).__name__,
        )
        self._notices.send(take_id)


class FailureNotices:
    """Updates the card and tells the requester in its thread, once."""

    def __init__(
        self,
        *,
        request_log: RequestLog,
        slack_messages: SlackMessages,
        cards: Cards,
        notifications: Notifications,
        background: Background,
        clock: Clock,
    ) -> None:
        self._request_log = request_log
        self._slack_messages = slack_messages
        self._cards = cards
        self._notifications = notifications
        self._background = background
        self._clock = clock

    def send(self, take_id: str) -> None:
        """Sends it in the background, so that no job waits while Slack is down."""
        self._background.start(self._send(take_id))

    async def send_missing(self) -> None:
        """Sends the notices of recent failures that Slack's absence or a kill prevented."""
        since = (datetime.now(UTC) - RECENT).isoformat()
        for take in await failures_to_tell(self._request_log.store, since):
            self.send(take.id)

    async def _send(self, take_id: str) -> None:
        take = await self._request_log.take(take_id)
        request = await self._request_log.request(take.request_id)
        notification = Notification({"run": take.runs}, request.id, take.id)
        post = partial(self._redraw_and_post, request, take)
        try:
            while not await retry(
                lambda: self._notifications.send_once(notification, post), self._clock
            ):
                log.debug("take %s: another process has begun to send the notice", take_id)
                await self._clock.sleep(OTHER_PROCESS_SECONDS)
        except SlackError as error:
            log.warning("take %s: could not send the notice yet: %s", take_id, error)

    async def _redraw_and_post(
        self, request: Request, take: Take, first_try: datetime | None
    ) -> None:
        """Updates the card and posts a message, because an update notifies nobody."""
        if await self._request_log.state_and_runs(take.id) != (take.state, take.runs):
            return  # it was resumed meanwhile
        line = escape(take.error)
        if take.state is State.FAILED:
            line = f"{line} {charge_line(take)}".rstrip()
        if not take.is_clip or take.state is State.IN_DOUBT:  # that one waits for a decision
            line = f"<@{take.requester_id}>: {line}"
        if take.state is State.DELIVERED:
            line += "\nUntil you deliver it again from the card, the link stays here."
        elif take.video_url.startswith("http") and take.error_kind not in NO_LINK:
            link = f"<{escape(take.video_url)}|Download it from Segmind>"
            expired = take.error_kind == AddressExpired.__name__
            line += f"\n{link}{', if your browser can.' if expired else ' within 7 days.'}"
        channel_id, thread_ts = request.channel_id, request.card_ts
        key = f"told.{take.id}.{take.runs}"
        try:
            await self._cards.redraw(take.id)
            if first_try and await self._slack_messages.find(
                channel_id, key, since=first_try, thread_ts=thread_ts
            ):
                return
            await self._slack_messages.post(channel_id, line, thread_ts=thread_ts, key=key)
        except ChannelRefused:  # as a direct message, with the card and its buttons
            _, card = await self._cards.content.build(request, take)
            await self._slack_messages.send_dm(take.requester_id, line, [section(line), *card])


def next_step(take: Take, error: BotError) -> str:
    """What the card offers, so that nothing is paid for twice: it depends on the take's state."""
    match take.state:
        case _ if isinstance(error, TwinRefused):
            return ""
        case State.RENDERING if not isinstance(error, RenderFailed):
            return NextStep.LOOK_AGAIN
        case State.DELIVERING:
            return NextStep.DELIVER_AGAIN
        case _:
            return NextStep.TRY_AGAIN if can_succeed(error) else ""
