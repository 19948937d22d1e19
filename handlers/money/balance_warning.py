"""Tells the admins when Segmind's balance won't last for another week like the last one."""

import logging
from datetime import UTC, datetime

from bot.domain.money.balance import PERIOD, TOP_UP, shortfall
from bot.errors import SegmindError
from bot.request_log.money.limits import LimitLog
from bot.segmind.client import Segmind
from handlers.admins import Admins

log = logging.getLogger(__name__)

CHECK_SECONDS = 3600


class BalanceWarning:
    def __init__(
        self,
        *,
        limit_log: LimitLog,
        segmind: Segmind,
        admins: Admins,
        store_errors: tuple[type[Exception], ...],
    ) -> None:
        self._limit_log = limit_log
        self._segmind = segmind
        self._admins = admins
        self._expected_errors: tuple[type[Exception], ...] = (SegmindError, *store_errors)

    async def check(self) -> None:
        """Says nothing of an empty balance: that pauses the queue, and admins are told so."""
        at = datetime.now(UTC)
        try:
            used_usd = await self._limit_log.used_since(at - PERIOD)
            if not used_usd:
                return
            balance_usd = await self._segmind.account.balance()
            if balance_usd > 0 and (why := shortfall(balance_usd, used_usd)):
                year, week, _ = at.isocalendar()
                await self._admins.tell_once(f"{why} {TOP_UP}", balance_low=f"{year}-{week:02}")
        except self._expected_errors as error:
            log.info("could not compare Segmind's balance with the last week: %s", error)
