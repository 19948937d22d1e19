"""What the casting sheet would be now, and cost: for Home, and for `python -m bot casting`."""

from datetime import UTC, datetime

from bot.catalog import Catalog
from bot.domain.casting.clips import RESOLUTION, clip, paired
from bot.domain.casting.orders import Order
from bot.domain.estimates import Pace, estimate
from bot.domain.money.amounts import ROUNDING, rounded_up
from bot.domain.money.limits import RequestedTake, check_limits, left_lines
from bot.request_log.casting.log import CastingLog
from bot.request_log.log import RequestLog
from bot.request_log.money.limits import LimitLog
from bot.request_log.queue import QueueLog
from bot.video import ffmpeg


class SheetOrders:
    def __init__(
        self,
        *,
        casting_log: CastingLog,
        request_log: RequestLog,
        queue_log: QueueLog,
        limit_log: LimitLog,
        catalog: Catalog,
        default_pace: Pace,
    ) -> None:
        self._casting_log = casting_log
        self._request_log = request_log
        self._queue_log = queue_log
        self._limit_log = limit_log
        self._catalog = catalog
        self._default_pace = default_pace

    async def order(self, admin_id: str, channel_id: str = "") -> Order:
        """`channel_id`: "" until one is chosen."""
        pairs, now = await self._pairs(), datetime.now(UTC)
        pace = await self._request_log.pace(self._default_pace)
        prices = [estimate(clip(*pair), pace).usd or 0.0 for pair in pairs]
        usd = sum(prices)
        limits = await self._limit_log.limits()
        budgets = await self._limit_log.budgets_of(limits, admin_id, channel_id, now)
        least = min((budget.left_usd for budget in budgets), default=usd)
        refused = ""
        if channel_id and prices:
            one = RequestedTake(admin_id, channel_id, min(prices), RESOLUTION, is_admin=True)
            refused = check_limits(limits, one, budgets, self._limit_log.month(now)).why
        return Order(
            pairs,
            usd,
            has_ffmpeg=ffmpeg.is_there(),
            pause=await self._queue_log.current_pause(),
            is_under_way=bool(await self._casting_log.under_way()),
            left=left_lines(limits, budgets),
            is_over_budget=rounded_up(usd) > rounded_up(least) + ROUNDING,
            refused=refused,
        )

    async def _pairs(self) -> list[tuple[str, str]]:
        """The avatars without a clip, each with a voice."""
        there = await self._casting_log.in_sheet()
        missing = [name for name in self._catalog.names("avatar") if name not in there]
        heard = {cast.voice for cast in await self._casting_log.all()}
        return paired(missing, self._catalog.names("voice"), heard)
