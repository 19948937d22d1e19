"""What the Home tab shows only to admins: what they have to approve, the money, the queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.blocks.card import RESUME_QUEUE
from bot.blocks.card_state import PAUSE_BUTTONS, queue_line
from bot.blocks.home.videos import Video, failure, to_approve
from bot.blocks.text import Block, actions, button, context, header, section
from bot.domain.money.amounts import amount
from bot.domain.money.limits import EACH, Budget, Limits, Scope
from bot.domain.takes import Pause, State, is_direct

CHANGE_LIMITS, MAKE_SHEET = "change_limits", "make_casting_sheet"  # action ids
APPROVALS_SHOWN = 10
BUDGETS_SHOWN = 10
SHEET = "A casting sheet shows everybody the face and the voice of each avatar in the list."


@dataclass(frozen=True, slots=True)
class ForAdmins:
    """`to_approve`: what waits for this admin, the oldest first. `failed`: the newest first.

    `takes`: how many are in each state.
    """

    to_approve: Sequence[Video]
    used_usd: float
    budgets: Sequence[Budget]
    limits: Limits
    takes: Mapping[State, int]
    failed: Sequence[Video]


def waiting(admin: ForAdmins) -> list[Block]:
    """The videos over a limit; nothing if there are none."""
    if not admin.to_approve:
        return []
    shown = [to_approve(video) for video in admin.to_approve[:APPROVALS_SHOWN]]
    hidden = len(admin.to_approve) - len(shown)
    more = [context(f"and {hidden} more")] if hidden else []
    return [header("Waiting for your approval"), *shown, *more]


def blocks(admin: ForAdmins, pause: Pause | None) -> list[Block]:
    """`pause`: of the queue."""
    lines = [f"All videos and Digital Twins: {amount(admin.used_usd)}"]
    lines += [
        f"Each {scope}: {amount(usd)} a month"
        for scope in (Scope.PERSON, Scope.CHANNEL)
        if (usd := admin.limits.budgets.get((scope, EACH))) is not None
    ]
    lines += [
        f"{_whose(budget)}: {amount(budget.left_usd)} of {amount(budget.usd)} left"
        for budget in admin.budgets[:BUDGETS_SHOWN]
    ]
    if not admin.limits.budgets:
        lines.append("No budgets are set.")
    if admin.limits.video_usd is not None:
        lines.append(f"One video: at most {amount(admin.limits.video_usd)}")
    change = button("Change limits", CHANGE_LIMITS, "")
    return [
        {"type": "divider"},
        header("For admins"),
        section("\n".join(lines), block_id=CHANGE_LIMITS, accessory=change),
        section(SHEET, block_id=MAKE_SHEET,
                accessory=button("Make the casting sheet", MAKE_SHEET, "")),
        *_queue(admin, pause),
        header("Last failures"),
        *map(failure, admin.failed),
        *([] if admin.failed else [context("None in the last seven days.")]),
    ]  # fmt: skip


def _whose(budget: Budget) -> str:
    match budget.scope:
        case Scope.WORKSPACE:
            return "The workspace"
        case Scope.PERSON:
            return f"<@{budget.subject}>"
        case Scope.CHANNEL if is_direct(budget.subject):
            return "A direct message"
    return f"<#{budget.subject}>"


def _queue(admin: ForAdmins, pause: Pause | None) -> list[Block]:
    counts = [(State.QUEUED, "waiting"), (State.RENDERING, "rendering"), (State.ON_HOLD, "on hold"),
              (State.IN_DOUBT, "in doubt")]  # fmt: skip
    found = [f"{admin.takes[state]} {words}" for state, words in counts if admin.takes.get(state)]
    shown = [header("The queue"), section(", ".join(found) or "No video is waiting.")]
    if not pause:
        return shown
    shown.append(section(f":warning: {queue_line(pause.reason)}"))
    if resume := PAUSE_BUTTONS.get(pause.reason):
        resumes = actions([button(resume, RESUME_QUEUE, "")])
        shown.append({**resumes, "block_id": RESUME_QUEUE})
    return shown
