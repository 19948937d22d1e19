"""What a card shows, read from the request log."""

from datetime import UTC, datetime

from bot.blocks import card
from bot.blocks.card_state import Progress
from bot.blocks.holds import approvals, sign_offs
from bot.blocks.review import decision_line
from bot.blocks.reviewing.rounds import waiting_line
from bot.blocks.text import Block
from bot.domain.estimates import estimate_of
from bot.domain.reviewing.rounds import FIRST
from bot.domain.takes import Request, State, Take, has_link, waits_for_sign_off
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import HoldLog
from bot.request_log.money.sign_offs import SignOffLog
from bot.request_log.queue import QueueLog
from bot.request_log.reviewing.rounds import RoundLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.twins.use import named, why_ended
from bot.settings.table import Settings
from bot.slack.conversations.permalinks import Permalinks
from bot.slack.profiles import Profiles

AT_SEGMIND = (State.SUBMITTING, State.RENDERING)


class CardContent:
    def __init__(
        self,
        *,
        request_log: RequestLog,
        queue_log: QueueLog,
        review_log: ReviewLog,
        round_log: RoundLog,
        sign_off_log: SignOffLog,
        hold_log: HoldLog,
        profiles: Profiles,
        permalinks: Permalinks,
        settings: Settings,
    ) -> None:
        self._request_log = request_log
        self._queue_log = queue_log
        self._review_log = review_log
        self._round_log = round_log
        self._sign_off_log = sign_off_log
        self._hold_log = hold_log
        self._profiles = profiles
        self._permalinks = permalinks
        self._settings = settings

    async def build(self, request: Request, take: Take) -> tuple[str, list[Block]]:
        """The text for notifications, and the blocks."""
        pace = await self._request_log.pace(self._settings.pace)
        began = take.submitted_at or take.marked_at
        ran = datetime.now(UTC) - datetime.fromisoformat(began) if began else None
        queued = take.state is State.QUEUED
        place = await self._queue_log.position(take.id) if queued else 0
        back_to = await self._back_to(take)
        delivered = take.state is State.DELIVERED
        progress = Progress(
            queue_position=place,
            starts_in_seconds=place // self._settings.max_renders * pace.render_seconds,
            pause=await self._queue_log.current_pause() if queued else None,
            link_works=has_link(take, datetime.now(UTC)),
            has_admins=bool(self._settings.admin_user_ids),
            running_seconds=ran.total_seconds() if ran and take.state in AT_SEGMIND else 0.0,
            typical_seconds=pace.render_seconds,
            released=await self._released(take),
            reviewed=await self.decision(take) if request.has_reviewers else "",
            review_link=await self._review_link(request, back_to or take),
            back_to=back_to.number if back_to else 0,
            refused=await self._refused(take) if delivered else "",
        )
        estimate = estimate_of(take, pace)
        take = await named(self._request_log.store, take)
        blocks = card.build(request, take, estimate, progress)
        return card.fallback(request, take, progress), blocks

    async def _released(self, take: Take) -> str:
        """Who has let a take be made that was on hold, or is asked to."""
        if take.state is State.IN_DOUBT and await self._hold_log.was_asked_again(take.id):
            answer = await self._hold_log.answer(take.id, again=True)
            by = await self._name(answer.by) if answer else ""
            return approvals.again_line(by, has_answer=bool(answer))
        if not take.hold_reason or waits_for_sign_off(take):
            return ""
        signed = await self._sign_off_log.of_take(take.id)
        answer = await self._hold_log.answer(take.id)
        approved_by = await self._name(answer.by) if answer and answer.approved else ""
        return sign_offs.released_line(
            [await self._name(one.user_id) for one in signed], approved_by
        )

    async def _name(self, user_id: str) -> str:
        return await self._profiles.name(user_id) or "a colleague"

    async def _back_to(self, take: Take) -> Take | None:
        """The take that people review again, if this one ended without a video in the thread."""
        is_over = take.taken_down_by or take.state in (State.FAILED, State.CANCELLED)
        return await self._review_log.current_take(take.request_id) if is_over else None

    async def _review_link(self, request: Request, take: Take) -> str:
        if not take.review_ts or take.state is not State.DELIVERED:
            return ""
        return await self._permalinks.of(request.channel_id, take.review_ts)

    async def _refused(self, take: Take) -> str:
        """Why a video can't be used anymore, because of whom it shows."""
        request = await self._request_log.request(take.request_id)
        return await why_ended(self._request_log.store, take.parameters, request.channel_id)

    async def decision(self, take: Take) -> str:
        """The line that says who has decided what about the take, or signed off its script.

        If it has no video in the thread, about the one that people review again.
        """
        take = await self._back_to(take) or take
        if waits_for_sign_off(take):
            reviewers = await self._review_log.reviewers(take.request_id)
            return sign_offs.progress_line(
                [r.user_id for r in reviewers if not r.away_at and r.round == FIRST],
                await self._sign_off_log.of_take(take.id),
                self._settings.approvals_needed,
            )
        delivered = take.state is State.DELIVERED
        reviews = await self._review_log.of_take(take.id) if delivered else []
        turn = await self._round_log.whose_turn(take) if delivered and not take.decision else None
        is_open = delivered and not (take.decision or reviews)
        if is_open and (take.is_clip or await self._refused(take)):
            return ""  # nobody is asked
        if turn:
            return waiting_line(turn)
        return decision_line(take.decision, self._settings.approvals_needed, reviews, turn)
