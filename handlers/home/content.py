"""What the Home tab shows one person, read from the request log."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.blocks.home import page
from bot.blocks.home.for_admins import ForAdmins
from bot.blocks.home.twins import TWINS_SHOWN
from bot.blocks.home.videos import Video
from bot.domain.looks.look import Look, Looks
from bot.domain.money.limits import Budget, Limits, Scope, left_line
from bot.domain.reviews import has_file, may_be_shared
from bot.domain.rights import Act
from bot.domain.takes import HoldReason, Request, State, Take
from bot.request_log.forms.looks import LookLog
from bot.request_log.log import RequestLog
from bot.request_log.money.holds import HoldLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.queue import QueueLog
from bot.request_log.reports.home import HomeLog
from bot.request_log.reviews import ReviewLog
from bot.request_log.rows import timestamp
from bot.request_log.twins.log import TwinLog
from bot.request_log.twins.use import why_ended, with_name
from bot.slack.conversations.permalinks import Permalinks
from handlers.access import Access, as_seen_by
from handlers.admins import Admins

VIDEOS_SHOWN = 10
FAILURES_SHOWN = 5
FAILED_WITHIN = timedelta(days=7)


class HomeContent:
    def __init__(
        self,
        *,
        home_log: HomeLog,
        request_log: RequestLog,
        review_log: ReviewLog,
        queue_log: QueueLog,
        hold_log: HoldLog,
        limit_log: LimitLog,
        look_log: LookLog,
        permalinks: Permalinks,
        access: Access,
        admins: Admins,
        twin_log: TwinLog,
    ) -> None:
        self._twin_log = twin_log
        self._home_log = home_log
        self._request_log = request_log
        self._review_log = review_log
        self._queue_log = queue_log
        self._hold_log = hold_log
        self._limit_log = limit_log
        self._look_log = look_log
        self._permalinks = permalinks
        self._access = access
        self._admins = admins
        # By whose page shows it: the channel and the ts of a message.
        self._not_told: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)

    async def of(self, user_id: str) -> page.HomeState:
        """Raises SlackUnavailable, and the errors of the log's database."""
        now = datetime.now(UTC)
        refusal = await self._access.refusal(Act.MAKE_VIDEO, {"user_id": user_id})
        waiting, mine = await asyncio.gather(
            self._home_log.waiting_for(user_id), self._home_log.videos_of(user_id, VIDEOS_SHOWN + 1)
        )
        limits = await self._limit_log.limits()
        budgets = await self._limit_log.budgets_of(limits, user_id, "", now)
        is_admin = user_id in self._admins and not refusal
        seen, more = await self._waiting(waiting, user_id)
        return page.HomeState(
            month=self._limit_log.month(now).name,
            refusal=refusal,
            waiting=seen,
            more_waiting=more,
            videos=[await self._of_mine(take) for take in mine[:VIDEOS_SHOWN]],
            has_older=len(mine) > VIDEOS_SHOWN,
            used_usd=await self._limit_log.used(Scope.PERSON, user_id, now),
            left=left_line(budgets),
            video_usd=limits.video_usd,
            looks=await self._looks(user_id),
            user_id=user_id,
            twins=await self._twin_log.of_person(user_id, limit=TWINS_SHOWN),
            pause=await self._queue_log.current_pause(),
            admin=await self._for_admins(user_id, limits, now) if is_admin else None,
        )

    async def _looks(self, user_id: str) -> Looks:
        """With the names of Digital Twins, and not their IDs."""

        async def named(looks: Sequence[Look]) -> tuple[Look, ...]:
            store = self._request_log.store
            shown = [await with_name(store, look.parameters) for look in looks]
            return tuple(
                replace(look, parameters=one) for look, one in zip(looks, shown, strict=True)
            )

        looks = await self._look_log.looks(user_id)
        return replace(looks, own=await named(looks.own), team=await named(looks.team))

    async def _for_admins(self, user_id: str, limits: Limits, now: datetime) -> ForAdmins:
        failed = await self._home_log.failed_since(timestamp(now - FAILED_WITHIN), FAILURES_SHOWN)
        to_approve = await self._home_log.to_approve(user_id)
        return ForAdmins(
            to_approve=[
                Video(take, await self._link(user_id, *place)) for take, *place in to_approve
            ],
            used_usd=await self._limit_log.used(Scope.WORKSPACE, "", now),
            budgets=sorted(await self._limit_log.budgets(now), key=_left_share),
            limits=limits,
            takes=await self._home_log.count(),
            failed=[Video(take, await self._to_card(take, user_id)) for take in failed],
        )

    async def _waiting(self, takes: Sequence[Take], user_id: str) -> tuple[list[Video], int]:
        """Those that this page has room for, and how many come after them."""
        seen: list[Video] = []
        for number, take in enumerate(takes):
            if len(seen) == page.WAITING_SHOWN:
                return seen, len(takes) - number
            if one := await self._for_review(take, user_id):
                seen.append(one)
        return seen, 0

    async def _for_review(self, take: Take, user_id: str) -> Video | None:
        """None if it can't be used anymore, and for whoever has left its private channel."""
        request = await self._request_log.request(take.request_id)
        if await why_ended(self._request_log.store, take.parameters, request.channel_id):
            return None
        seen = await as_seen_by(self._access, take, request.channel_id, user_id)
        if seen is None:
            return None
        ts = take.review_ts or request.card_ts
        return Video(seen, await self._link(user_id, request.channel_id, ts))

    async def _of_mine(self, take: Take) -> Video:
        request = await self._request_log.request(take.request_id)
        why = await why_ended(self._request_log.store, take.parameters, request.channel_id)
        return Video(
            take,
            await self._link(take.requester_id, request.channel_id, request.card_ts),
            await self._declined_by(take),
            not why,
            not why and await self._can_share(take, request),
        )

    async def _declined_by(self, take: Take) -> str:
        if take.state is not State.CANCELLED or take.hold_reason != HoldReason.APPROVAL:
            return ""
        answer = await self._hold_log.answer(take.id)
        return answer.by if answer and not answer.approved else ""

    async def _can_share(self, take: Take, request: Request) -> bool:
        if take.state is not State.DELIVERED or take.taken_down_by:
            return False
        if not (has_file(take) and may_be_shared(take, request)):
            return False
        current = await self._review_log.current_take(request.id)
        return current is not None and current.id == take.id

    async def _to_card(self, take: Take, user_id: str) -> str:
        request = await self._request_log.request(take.request_id)
        return await self._link(user_id, request.channel_id, request.card_ts)

    async def _link(self, user_id: str, channel_id: str, ts: str) -> str:
        """To this message; "" if Slack doesn't tell. Asked for once: see `ask_for_links_again`."""
        if not ts:
            return ""
        place = channel_id, ts
        if place in self._not_told[user_id]:
            return ""
        if not (link := await self._permalinks.of(channel_id, ts)):
            self._not_told[user_id].add(place)
        return link

    def ask_for_links_again(self, user_id: str) -> None:
        """Those that Slack didn't tell may be known by now: this person opens the page, or has
        left it."""
        self._not_told.pop(user_id, None)


def _left_share(budget: Budget) -> tuple[bool, float]:
    """The workspace's first, then those with the least left."""
    return budget.scope is not Scope.WORKSPACE, budget.left_usd / budget.usd
