"""What may be spent, and by whom. Pure: the one place that decides it, and its sentences.

An admin can set, each on its own:

    a budget for a calendar month    for the workspace, for each person or one, for each channel
                                     or one; a person's or channel's own budget replaces the one
                                     for each
    the most for one video
    the channels                     in which videos can be made
    who may use 4k                   admins always may

What counts toward a month's budgets is what its takes cost (`counted_usd`), by the time at which
each was requested.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.money.months import Month
from bot.domain.takes import UNFINISHED, State, Take
from bot.domain.text import dollars

EACH = ""  # the subject of a budget for every person, or for every channel
ROUNDING = 1e-9  # USD; sums of the same prices in another order differ by less


class Scope(StrEnum):
    """Whose money a budget limits."""

    WORKSPACE = "workspace"
    PERSON = "person"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits that are set. Budgets are USD a month, by scope and id (or EACH)."""

    budgets: Mapping[tuple[Scope, str], float] = field(default_factory=dict)
    video_usd: float | None = None  # the most for one video
    channels: frozenset[str] = frozenset()  # none: all
    users_of_4k: frozenset[str] | None = None  # None: everybody

    def budget(self, scope: Scope, subject: str) -> float | None:
        return self.budgets.get((scope, subject), self.budgets.get((scope, EACH)))

    @property
    def has_money(self) -> bool:
        """Whether the price of a video matters."""
        return bool(self.budgets) or self.video_usd is not None


@dataclass(frozen=True, slots=True)
class Budget:
    """A budget, and how much of it is used: charged, or estimated while a cost isn't known."""

    scope: Scope
    subject: str  # the person's or channel's id; "" for the workspace
    usd: float
    used_usd: float

    @property
    def left_usd(self) -> float:
        return max(0.0, self.usd - self.used_usd)


@dataclass(frozen=True, slots=True)
class Order:
    """The take that somebody asks for. `usd`: its estimate; None where only Segmind will know."""

    user_id: str
    channel_id: str
    usd: float | None
    resolution: str
    is_admin: bool = False


class Verdict(StrEnum):
    OK = "ok"
    NEEDS_APPROVAL = "needs approval"  # it costs too much, unless an admin agrees
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Decision:
    """`sentence` says why it isn't OK, for the person; `field` is the form's field it is about.

    `budget` is the one that is too small, if one is.
    """

    verdict: Verdict = Verdict.OK
    sentence: str = ""
    field: str = ""
    budget: Budget | None = None


def counted_usd(take: Take) -> float:
    """What a take counts toward budgets: its cost, or its estimate while it may be charged.

    A take on hold counts once it is released.

    That is while it is under way or in doubt, and after it was submitted: Segmind charges for
    renders that nobody waits for, and may charge for failed ones. So it is for one that was given
    up while it was in doubt.
    """
    if take.cost_usd is not None:
        return take.cost_usd
    if take.state is State.ON_HOLD:
        return 0.0
    given_up = take.state is State.CANCELLED and take.marked_at
    may_be_charged = take.state in UNFINISHED or take.submitted_at or given_up
    return (take.estimated_usd or 0.0) if may_be_charged else 0.0


def decide(limits: Limits, order: Order, budgets: Sequence[Budget], month: Month) -> Decision:
    """Whether this take may be made. `budgets`: those that apply, without this take."""
    if why := _refusal(limits, order):
        return why
    if not limits.has_money:
        return Decision()
    if order.usd is None:
        return _needs_approval(
            "The length of this audio isn't known, so its price can't be checked against the "
            "limits of this workspace. Use a script instead, or ask an admin."
        )
    if limits.video_usd is not None and order.usd > limits.video_usd + ROUNDING:
        return _needs_approval(
            f"This video costs about {_up(order.usd)}, but one video may cost at most "
            f"{amount(limits.video_usd)}. Shorten the script, or ask an admin."
        )
    # The one with the least left explains it best.
    for budget in sorted(budgets, key=lambda budget: budget.left_usd):
        if order.usd > budget.usd - budget.used_usd + ROUNDING:
            return _needs_approval(_over_budget(budget, order.usd, month), budget)
    return Decision()


def _refusal(limits: Limits, order: Order) -> Decision | None:
    if limits.channels and order.channel_id not in limits.channels:
        why = "Videos can't be made in this conversation. Choose another one, or ask an admin."
        return Decision(Verdict.REFUSED, why, "channel_id")
    allowed = limits.users_of_4k is None or order.user_id in limits.users_of_4k
    if order.resolution == "4k" and not (allowed or order.is_admin):
        why = "You can't use 4k here. Choose 1080p or 720p, or ask an admin."
        return Decision(Verdict.REFUSED, why, "resolution")
    return None


def _needs_approval(why: str, budget: Budget | None = None) -> Decision:
    return Decision(Verdict.NEEDS_APPROVAL, why, "prompt", budget)


OWNERS = {
    Scope.WORKSPACE: "this workspace's",
    Scope.PERSON: "your",
    Scope.CHANNEL: "this conversation's",
}


def _over_budget(budget: Budget, usd: float, month: Month) -> str:
    whose = f"{OWNERS[budget.scope]} {amount(budget.usd)} for {month.name}"
    if (left := _down(budget.left_usd)) == "$0":
        return (
            f"{whose[0].upper()}{whose[1:]} is used up. The next month begins on "
            f"{month.next_begins}. To make a video now, ask an admin."
        )
    return (
        f"This video costs about {_up(usd)}, but only {left} of {whose} is left. "
        "Shorten the script, or ask an admin."
    )


def left_line(budgets: Sequence[Budget]) -> str:
    """What the form says of the budget with the least left; "" if there is none."""
    if not budgets:
        return ""
    least = min(budgets, key=lambda budget: budget.left_usd)
    who = {
        Scope.WORKSPACE: "this workspace", Scope.PERSON: "you", Scope.CHANNEL: "this conversation",
    }[least.scope]  # fmt: skip
    return f"{_down(least.left_usd)} of {amount(least.usd)} left this month for {who}"


def left_lines(limits: Limits, budgets: Sequence[Budget]) -> str:
    """What an admin who decides about a take is told: each limit, and how much of it is left."""
    whose = {Scope.WORKSPACE: "this workspace", Scope.PERSON: "<@{}>", Scope.CHANNEL: "<#{}>"}
    lines = [
        f"{_down(budget.left_usd)} of {amount(budget.usd)} left this month for "
        + whose[budget.scope].format(budget.subject)
        for budget in budgets
    ]
    if limits.video_usd is not None:
        lines.append(f"One video may cost at most {amount(limits.video_usd)}")
    return "\n".join(lines)


def amount(usd: float) -> str:
    """Dollars without the cents where there are none: $40, $12.40, $1,200."""
    return f"${usd:,.2f}".removesuffix(".00")


def _up(usd: float) -> str:
    return dollars(math.ceil(usd * 100 - ROUNDING) / 100)


def _down(usd: float) -> str:
    """Never more than what is really left."""
    return amount(math.floor(usd * 100 + ROUNDING) / 100)


# --- what admins hear -------------------------------------------------------------------------

WARN_AT = (100, 80)  # percent of a budget


def reached(budget: Budget) -> int:
    """The highest of WARN_AT that the budget has reached; 0 for none."""
    used = budget.used_usd + ROUNDING
    return next((percent for percent in WARN_AT if used >= budget.usd * percent / 100), 0)


def warning(budget: Budget, percent: int, month: Month) -> str:
    """The message to admins, as mrkdwn."""
    whose = {
        Scope.WORKSPACE: "The workspace's budget",
        Scope.PERSON: f"The budget of <@{budget.subject}>",
        Scope.CHANNEL: f"The budget of <#{budget.subject}>",
    }[budget.scope]
    used = f"{amount(round(budget.used_usd, 2))} of {amount(budget.usd)} for {month.name}"
    if percent < 100:
        return f"{whose} is {percent} % used: {used}."
    until = f"until {month.next_begins}, or until you raise it with `python -m bot limits`"
    return f"{whose} is used up: {used}. Nothing more can be made with it {until}."


# --- what admins set --------------------------------------------------------------------------

MOST_USD = 1_000_000.0


def parse_usd(text: str) -> float:
    """An amount as an admin writes it: 40, $12.50. Raises ValueError with the sentence."""
    try:
        usd = float(text.strip().removeprefix("$"))
    except ValueError:
        usd = math.nan
    if not math.isfinite(usd) or "_" in text:
        raise ValueError(f"“{text}” is not an amount in dollars, such as 40 or 12.50.")
    if usd <= 0:
        raise ValueError(
            "A limit must be above $0, because 0 would stop every video. To have no limit, "
            "clear it instead."
        )
    if usd < 0.01 or usd != round(usd, 2):
        raise ValueError("Use dollars and cents, such as 12.50.")
    if usd > MOST_USD:
        raise ValueError(f"A limit can be at most {amount(MOST_USD)}.")
    return usd


def overspent(budgets: Collection[Budget], month: Month) -> str:
    """What an admin is told of a new budget that is smaller than what is spent; "" if none is."""
    over = [budget.used_usd for budget in budgets if budget.used_usd > budget.usd + ROUNDING]
    if not over:
        return ""
    most = f"{amount(round(max(over), 2))} is already spent or under way in {month.name}"
    whose = f", and {len(over)} budgets are used up" if len(over) > 1 else ""
    until = f"nothing new can be made until {month.next_begins}"
    return f"{most}{whose}. What is under way goes on, but {until}."
