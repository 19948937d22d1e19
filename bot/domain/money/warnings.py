"""What admins hear of budgets that are used up, or nearly. Pure."""

import math
from collections.abc import Mapping, Sequence

from bot.domain.money.amounts import ROUNDING, amount, rounded
from bot.domain.money.limits import Budget, Scope
from bot.domain.money.months import Month
from bot.domain.takes import channel_label

WARN_AT = (100, 80)  # percent of a budget
MOST_NAMED = 10
HOW_TO_RAISE = "You can also raise {} in my Home tab or with `python -m bot limits`."

Names = Mapping[str, str]  # of people and channels, by id
Whose = tuple[Scope, str]  # the scope of a budget, and its subject


def whose(budget: Budget) -> Whose:
    return budget.scope, budget.subject


def reached(budget: Budget) -> int:
    """The highest of WARN_AT that the budget has reached; 0 for none."""
    usd = rounded(budget.used_usd) + ROUNDING
    return next((percent for percent in WARN_AT if usd >= budget.usd * percent / 100), 0)


def warning(budgets: Sequence[Budget], month: Month) -> str:
    """The message to admins about these budgets, as mrkdwn; "" if none has reached a warning."""
    over = used_up(budgets, month)
    if over:
        is_one = sum(reached(budget) == 100 for budget in budgets) == 1
        over += f" {HOW_TO_RAISE.format('it' if is_one else 'them')}"
    return "\n".join(filter(None, (over, nearly_used_up(budgets, month))))


def used_up(budgets: Sequence[Budget], month: Month, names: Names | None = None) -> str:
    """Which of these are, and what follows; "" if none is. Without `names`, as mrkdwn."""
    over = [budget for budget in budgets if reached(budget) == 100]
    if not over:
        return ""
    if len(over) == 1:
        [budget] = over
        is_over = f"{_the_budget(budget, names)} is used up: {_so_far(budget)} for {month.name}"
    else:
        listed = _listed([f"{_who(budget, names)} ({_so_far(budget)})" for budget in over])
        is_over = f"{len(over)} budgets for {month.name} are used up: {listed}"
    return (
        f"{is_over}. Videos under way continue. New videos need an admin's approval until "
        f"{month.next_begins}."
    )


def not_used_up(whose: Whose, budget: Budget | None, month: Month) -> str:
    """In place of the message that it is, as mrkdwn. `budget`: as it is now; None if it is gone."""
    if budget is None:
        return f"{_the_budget(Budget(*whose, 0, 0), None)} for {month.name} was removed."
    so_far = f"{_so_far(budget)} for {month.name}"
    return f"{_the_budget(budget, None)} isn't used up anymore: {so_far}."


def nearly_used_up(budgets: Sequence[Budget], month: Month, names: Names | None = None) -> str:
    """Which of these are, and how far; "" if none is. Without `names`, as mrkdwn."""
    found = [budget for budget in budgets if reached(budget) == 80]
    if not found:
        return ""
    if len(found) == 1:
        [budget] = found
        share = f"{_the_budget(budget, names)} is {_percent(budget)}% used"
        return f"{share}: {_so_far(budget)} for {month.name}."
    listed = _listed([
        f"{_who(budget, names)} ({_percent(budget)}%: {_so_far(budget)})" for budget in found
    ])  # fmt: skip
    return f"{len(found)} budgets for {month.name} are nearly used up: {listed}."


def _listed(items: Sequence[str]) -> str:
    """Up to MOST_NAMED of them, and how many others there are."""
    if len(items) <= MOST_NAMED:
        return f"{', '.join(items[:-1])} and {items[-1]}"
    others = len(items) - MOST_NAMED
    return f"{', '.join(items[:MOST_NAMED])} and {others} other{'' if others == 1 else 's'}"


def _the_budget(budget: Budget, names: Names | None) -> str:
    if budget.scope is Scope.WORKSPACE:
        return "The workspace's budget"
    return f"The budget of {_who(budget, names)}"


def _who(budget: Budget, names: Names | None) -> str:
    if budget.scope is Scope.WORKSPACE:
        return "the workspace"
    if names is None:
        is_person = budget.scope is Scope.PERSON
        return f"<@{budget.subject}>" if is_person else channel_label(budget.subject)
    return names.get(budget.subject, budget.subject)


def _so_far(budget: Budget) -> str:
    return f"{amount(budget.used_usd)} of {amount(budget.usd)}"


def _percent(budget: Budget) -> int:
    return math.floor(100 * (rounded(budget.used_usd) + ROUNDING) / budget.usd)
