"""Tells the admins when 80 % of a budget is used, and when all of it is: once each.

All budgets that have come that far are in one message, such as after a change of the limits. If one
isn't used up anymore, that message says so.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.domain.money.limits import Budget, Scope
from bot.domain.money.months import Month
from bot.domain.money.warnings import (
    WARN_AT,
    Whose,
    not_used_up,
    reached,
    warning,
    whose,
)
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
        self._used_up: set[Whose] | None = None  # at the last look; None before it

    async def check(self) -> None:
        """Looks at every budget of this month. What an admin could not be told is told later."""
        at = datetime.now(UTC)
        try:
            budgets, month = await self._limit_log.budgets(at), self._limit_log.month(at)
            await self._warn(budgets, month)
            await self._correct({whose(budget): budget for budget in budgets}, month)
        except self._store_errors as error:
            log.warning("could not look at the budgets: %s", error)

    async def _warn(self, budgets: Sequence[Budget], month: Month) -> None:
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

    async def _correct(self, budgets: Mapping[Whose, Budget], month: Month) -> None:
        """Changes what admins were told about budgets that aren't used up anymore.

        A cost turned out lower, or the limit was raised.
        """
        used_up = {one for one, budget in budgets.items() if reached(budget) == 100}
        if used_up == self._used_up:
            return

        def state_of(told: Sequence[dict[str, Any]]) -> tuple[str, str]:
            about = sorted({_whose(one["budget"]) for one in told})
            gone = [one for one in about if one not in used_up]
            still = [budgets[one] for one in about if one in used_up]
            lines = [not_used_up(one, budgets.get(one), month) for one in gone]
            text = "\n".join(filter(None, [*lines, warning(still, month)]))
            return ", ".join(f"{scope} {subject}" for scope, subject in gone), text

        if await self._admins.correct(state_of, month=month.begins, percent=100):
            self._used_up = used_up


def _key(budget: Budget, percent: int, month: Month) -> dict[str, Any]:
    """A budget that is changed has its own warnings."""
    one = f"{budget.scope} {budget.subject} {budget.usd}"
    return {"budget": one, "month": month.begins, "percent": percent}


def _whose(budget: str) -> Whose:
    """Of the `budget` in a key."""
    scope, subject, _ = budget.split(" ")
    return Scope(scope), subject
