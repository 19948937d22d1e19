"""Tells the admins when 80 % of a budget is used, and when all of it is: once each.

All budgets that have come that far are in one message, such as after a change of the limits.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bot.domain.money.limits import Budget
from bot.domain.money.months import Month
from bot.domain.money.warnings import WARN_AT, reached, warning
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
        self._told: set[tuple[Any, ...]] = set()  # what all admins have heard

    async def check(self) -> None:
        """Looks at every budget of this month. What an admin could not be told is told later."""
        at = datetime.now(UTC)
        try:
            await self._warn(await self._limit_log.budgets(at), self._limit_log.month(at))
        except self._store_errors as error:
            log.warning("could not look at the budgets: %s", error)

    async def _warn(self, budgets: Sequence[Budget], month: Month) -> None:
        # One that is used up and falls below 100 % again, by a true cost, isn't news.
        found = {
            tuple(_key(budget, percent, month).items()): budget
            for budget in budgets
            for percent in WARN_AT
            if percent <= reached(budget)
        }

        def text(new: Sequence[dict[str, Any]]) -> str:
            told = [(found[tuple(key.items())], key["percent"]) for key in new]
            return warning([one for one, percent in told if percent == reached(one)], month)

        new = [dict(key) for key in found if key not in self._told]
        if new and await self._admins.tell_together(new, text):
            self._told.update(found)


def _key(budget: Budget, percent: int, month: Month) -> dict[str, Any]:
    """A budget that is changed has its own warnings."""
    one = f"{budget.scope} {budget.subject} {budget.usd}"
    return {"budget": one, "month": month.begins, "percent": percent}
