"""Tells the admins when 80 % of a budget is used, and when all of it is: once each."""

import logging
from datetime import UTC, datetime

from bot.domain.money.limits import Budget, reached, warning
from bot.domain.money.months import Month
from bot.request_log.money.limits import LimitLog
from handlers.admins import Admins

log = logging.getLogger(__name__)

CHECK_SECONDS = 60  # costs become known in any process, so all of them look


class BudgetWarnings:
    def __init__(
        self, *, limit_log: LimitLog, admins: Admins, store_errors: tuple[type[Exception], ...]
    ) -> None:
        self._limit_log = limit_log
        self._admins = admins
        self._store_errors = store_errors
        self._told: set[tuple[object, ...]] = set()  # what all admins have heard

    async def check(self) -> None:
        """Looks at every budget of this month. What an admin could not be told is told later."""
        at = datetime.now(UTC)
        try:
            for budget in await self._limit_log.budgets(at):
                if percent := reached(budget):
                    await self._warn(budget, percent, self._limit_log.month(at))
        except self._store_errors as error:
            log.warning("could not look at the budgets: %s", error)

    async def _warn(self, budget: Budget, percent: int, month: Month) -> None:
        key = (budget.scope, budget.subject, budget.usd, percent, month.begins)
        if key in self._told:
            return
        # A budget that is changed has its own warnings.
        told = await self._admins.tell_once(
            warning(budget, percent, month),
            budget=f"{budget.scope} {budget.subject} {budget.usd}", month=month.begins,
            percent=percent,
        )  # fmt: skip
        if told:
            self._told.add(key)
