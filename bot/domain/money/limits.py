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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.money.amounts import ROUNDING, amount, charged, estimated, rounded, rounded_up
from bot.domain.money.months import Month
from bot.domain.takes import UNFINISHED, State, Take, channel_label
from bot.domain.text import cut

EACH = ""  # the subject of a budget for every person, or for every channel


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
        """In whole cents, so that what people read of it adds up, and decides."""
        return max(0.0, rounded(self.usd - rounded(self.used_usd)))


@dataclass(frozen=True, slots=True)
class RequestedTake:
    """The take that somebody asks for. `usd`: its estimate; None where only Segmind will know.

    `can_ask`: there are admins who can approve it over a limit. `is_file`: it speaks an audio file,
    whose length is only certain once ffmpeg has converted it.
    """

    user_id: str
    channel_id: str
    usd: float | None
    resolution: str
    is_admin: bool = False
    can_ask: bool = False
    is_file: bool = False


class LimitResult(StrEnum):
    OK = "ok"
    NEEDS_APPROVAL = "needs approval"  # it costs too much, unless an admin agrees
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """`why` it isn't OK and the `advice`, for the person; `field`: the form's field it is about.

    `budget` is the one that is too small, if one is.
    """

    result: LimitResult = LimitResult.OK
    why: str = ""
    advice: str = ""
    field: str = ""
    budget: Budget | None = None

    @property
    def sentence(self) -> str:
        return f"{self.why} {self.advice}".strip()


def counted_usd(take: Take) -> float:
    """What a take counts toward budgets: its cost; until that is known, its estimate if it may be
    charged.

    It may be while it is under way or in doubt, and once it was submitted: Segmind charges for
    renders that nobody waits for, and may charge for failed ones. So may a take that was given up
    in doubt. A take on hold counts once it is released.
    """
    if take.cost_usd is not None:
        return take.cost_usd
    if take.state is State.ON_HOLD:
        return 0.0
    given_up = take.state is State.CANCELLED and take.marked_at
    may_be_charged = take.state in UNFINISHED or take.submitted_at or given_up
    return (take.estimated_usd or 0.0) if may_be_charged else 0.0


def check_limits(
    limits: Limits, requested: RequestedTake, budgets: Sequence[Budget], month: Month
) -> LimitCheck:
    """Whether this take may be made. `budgets`: those that apply, without this take."""
    if refused := _refusal(limits, requested):
        return refused
    if not limits.has_money:
        return LimitCheck()
    if requested.usd is None:
        unknown = "The length of this audio isn't known"
        if requested.is_file:
            unknown = "Without ffmpeg, this bot can't be sure how long your audio is"
        return _needs_approval(
            f"{unknown}, so its price can't be checked against the limits of this workspace.",
            "Use a script, or" if requested.is_file else "Upload the file, or use a script, or",
            requested,
        )
    if limits.video_usd is not None and requested.usd > limits.video_usd + ROUNDING:
        return _needs_approval(
            f"This video costs about {estimated(requested.usd)}, but one video may cost at most "
            f"{amount(limits.video_usd)}.",
            "Make it shorter, or",
            requested,
        )
    # The one with the least left explains it best.
    for budget in sorted(budgets, key=lambda budget: budget.left_usd):
        if rounded_up(requested.usd) > budget.left_usd + ROUNDING:
            why, instead = _over_budget(budget, requested.usd, month)
            return _needs_approval(why, instead, requested, budget)
    return LimitCheck()


def _refusal(limits: Limits, requested: RequestedTake) -> LimitCheck | None:
    if limits.channels and requested.channel_id not in limits.channels:
        why = "Videos can't be made in this conversation."
        return LimitCheck(
            LimitResult.REFUSED, why, "Choose another one, or ask an admin.", "channel_id"
        )
    allowed = limits.users_of_4k is None or requested.user_id in limits.users_of_4k
    if requested.resolution == "4k" and not (allowed or requested.is_admin):
        why, advice = "You can't use 4k here.", "Choose 1080p or 720p, or ask an admin."
        return LimitCheck(LimitResult.REFUSED, why, advice, "resolution")
    return None


def _needs_approval(
    why: str, instead: str, requested: RequestedTake, budget: Budget | None = None
) -> LimitCheck:
    """`instead`: what else the person can do."""
    advice = f"{instead} {'ask for approval' if requested.can_ask else 'ask an admin'}."
    return LimitCheck(LimitResult.NEEDS_APPROVAL, why, advice, "prompt", budget)


OWNERS = {
    Scope.WORKSPACE: "this workspace's",
    Scope.PERSON: "your",
    Scope.CHANNEL: "this conversation's",
}


def _over_budget(budget: Budget, usd: float, month: Month) -> tuple[str, str]:
    """Why it is too much, and what to do other than to ask an admin."""
    whose = f"{OWNERS[budget.scope]} {amount(budget.usd)} for {month.name}"
    if (remains := amount(budget.left_usd)) == "$0":
        up = f"{whose[0].upper()}{whose[1:]} is used up."
        return f"{up} The next month begins on {month.next_begins}.", "To make a video now,"
    why = f"This video costs about {estimated(usd)}, but only {remains} of {whose} is left."
    return why, "Make it shorter, or"


def twin_over_budget(budget: Budget, usd: float, month: Month) -> LimitCheck:
    """For somebody who asks for a Digital Twin, which no approval is asked for."""
    whose = f"{OWNERS[budget.scope]} {amount(budget.usd)} for {month.name}"
    remains = amount(budget.left_usd)
    why = f"A Digital Twin costs {charged(usd)}, but only {remains} of {whose} is left."
    advice = f"Ask an admin, or try again from {month.next_begins}."
    return LimitCheck(LimitResult.REFUSED, why, advice, "twin_name", budget)


def left_line(budgets: Sequence[Budget]) -> str:
    """About the budget with the least left, for the form and the Home tab; "" without a budget."""
    if not budgets:
        return ""
    least = min(budgets, key=lambda budget: budget.left_usd)
    who = {
        Scope.WORKSPACE: "this workspace", Scope.PERSON: "you", Scope.CHANNEL: "this conversation",
    }[least.scope]  # fmt: skip
    return f"{amount(least.left_usd)} of {amount(least.usd)} left this month for {who}"


def left_lines(limits: Limits, budgets: Sequence[Budget]) -> str:
    """What an admin who decides about a take is told: each limit, and how much of it is left."""
    whose = {
        Scope.WORKSPACE: lambda _: "this workspace", Scope.PERSON: "<@{}>".format,
        Scope.CHANNEL: channel_label,
    }  # fmt: skip
    lines = [
        f"{amount(budget.left_usd)} of {amount(budget.usd)} left this month for "
        + whose[budget.scope](budget.subject)
        for budget in budgets
    ]
    if limits.video_usd is not None:
        lines.append(f"One video may cost at most {amount(limits.video_usd)}")
    return "\n".join(lines)


# --- what admins set --------------------------------------------------------------------------

MOST_USD = 1_000_000.0


def parse_usd(text: str) -> float:
    """An amount as an admin writes it: 40, $12.50. Raises ValueError with the sentence."""
    try:
        usd = float(text.strip().removeprefix("$"))
    except ValueError:
        usd = math.nan
    if not math.isfinite(usd) or "_" in text:
        raise ValueError(f"“{cut(text, 40)}” is not an amount in dollars, such as 40 or 12.50.")
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
