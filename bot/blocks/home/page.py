"""The Home tab: what is waiting for this person, their videos and the month's spending; for admins,
everybody's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.blocks.card import RESUME_QUEUE
from bot.blocks.card_state import PAUSE_BUTTONS
from bot.blocks.reviewing.due_dates import due_line
from bot.blocks.text import Block, button, context, plain, section
from bot.domain.money.limits import Budget, Scope, amount
from bot.domain.reviews import Decision
from bot.domain.takes import Pause, PauseReason, State, Take, waits_for_sign_off
from bot.domain.text import clock, cut, dollars, escape

# Action ids.
MAKE_VIDEO, CHANGE_LIMITS = "make_video", "change_limits"
SCRIPT_SHOWN = 80  # characters
ERROR_SHOWN = 200  # characters
WAITING_SHOWN = 20
BUDGETS_SHOWN = 10

STATES = {
    State.ON_HOLD: ":raised_hand: On hold",
    State.QUEUED: ":hourglass_flowing_sand: Queued",
    State.SUBMITTING: ":outbox_tray: Sending to Segmind",
    State.RENDERING: ":clapper: Rendering",
    State.DELIVERING: ":package: Uploading to Slack",
    State.DELIVERED: ":white_check_mark: Ready",
    State.FAILED: ":x: Failed",
    State.CANCELLED: ":no_entry_sign: Cancelled",
    State.IN_DOUBT: ":grey_question: Needs a decision",
}
DECIDED: dict[str, str] = {
    Decision.APPROVED: ":white_check_mark: Approved",
    Decision.CHANGES: ":memo: Changes requested",
}
PAUSED = {
    PauseReason.RATE: "Segmind is busy. The queue resumes by itself.",
    PauseReason.CREDITS: "The Segmind account is out of credits.",
    PauseReason.KEY: "Segmind refuses the bot's API key.",
}


@dataclass(frozen=True, slots=True)
class Video:
    """A take, and the link to its message; "" if that isn't known."""

    take: Take
    link: str


@dataclass(frozen=True, slots=True)
class ForAdmins:
    """`takes`: how many are in each state. `failed`: the last ones, newest first."""

    used_usd: float
    budgets: Sequence[Budget]
    takes: Mapping[State, int]
    pause: Pause | None
    failed: Sequence[Video]


@dataclass(frozen=True, slots=True)
class HomeState:
    """`refusal`: why this person can't make videos; then there is little else to show."""

    month: str
    refusal: str = ""
    waiting: Sequence[Video] = ()  # the oldest first
    videos: Sequence[Video] = ()  # the newest first
    used_usd: float = 0.0
    budget: Budget | None = None  # this person's
    admin: ForAdmins | None = field(default=None)


def build(state: HomeState) -> dict[str, Any]:
    """The view. At most 100 blocks: https://docs.slack.dev/surfaces/app-home"""
    blocks = [_header("Avatar videos")]
    if state.refusal:
        blocks.append(section(escape(state.refusal)))
    else:
        make = button("Make a video", MAKE_VIDEO, "", style="primary")
        blocks.append({"type": "actions", "elements": [make]})
    blocks += _waiting(state.waiting)
    if not state.refusal:
        blocks += [*_videos(state.videos), *_month(state)]
    if state.admin:
        blocks += _for_admins(state.admin)
    return {"type": "home", "blocks": blocks}


def _header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def _waiting(waiting: Sequence[Video]) -> list[Block]:
    blocks = [_header("Waiting for your review")]
    if not waiting:
        return [*blocks, context("Nothing is waiting for you.")]
    blocks += [section(_for_review(video)) for video in waiting[:WAITING_SHOWN]]
    if more := len(waiting) - WAITING_SHOWN:
        blocks += [context(f"and {more} more")] if more > 0 else []
    return blocks


def _for_review(video: Video) -> str:
    take = video.take
    if waits_for_sign_off(take):
        act, since = "Read the script", f"waiting for sign-off since {_date(take.requested_at)}"
    else:
        act, since = "Review it", f"ready since {_date(take.delivered_at)}"
    line = f"*{_script(take)}*\nTake {take.number} by <@{take.requester_id}>, {since}"
    line += f" · {due_line(take.due_at)}" if take.due_at else ""
    return f"{line} · <{video.link}|{act}>" if video.link else line


def _videos(videos: Sequence[Video]) -> list[Block]:
    blocks = [_header("Your videos")]
    if not videos:
        return [*blocks, context("You have none yet. Press *Make a video*, or type `/avatar`.")]
    return [*blocks, *(section(_of_mine(video)) for video in videos)]


def _of_mine(video: Video) -> str:
    take = video.take
    state = DECIDED.get(take.decision) or STATES[take.state]
    facts = [f"Take {take.number}", ":wastebasket: Taken down" if take.taken_down_by else state]
    if take.state is State.DELIVERED and take.video_seconds:
        facts.append(clock(take.video_seconds))
    if take.cost_usd:
        facts.append(dollars(take.cost_usd))
    facts.append(_date(take.requested_at))
    line = f"*{_script(take)}*\n{' · '.join(facts)}"
    return f"{line} · <{video.link}|Open the thread>" if video.link else line


def _month(state: HomeState) -> list[Block]:
    line = f"Your videos: {amount(round(state.used_usd, 2))}"
    if state.budget:
        line += f". {_left(state.budget)}"
    return [_header(f"This month: {state.month}"), section(line)]


def _left(budget: Budget) -> str:
    return f"{amount(round(budget.left_usd, 2))} of {amount(budget.usd)} left"


def _for_admins(admin: ForAdmins) -> list[Block]:
    whose = {Scope.WORKSPACE: "The workspace", Scope.PERSON: "<@{}>", Scope.CHANNEL: "<#{}>"}
    lines = [f"All videos: {amount(round(admin.used_usd, 2))}"]
    lines += [
        f"{whose[budget.scope].format(budget.subject)}: {_left(budget)}"
        for budget in admin.budgets[:BUDGETS_SHOWN]
    ]
    if not admin.budgets:
        lines.append("No budgets are set.")
    change = button("Change limits", CHANGE_LIMITS, "")
    return [
        {"type": "divider"},
        _header("For admins"),
        section("\n".join(lines), accessory=change),
        *_queue(admin),
        _header("Last failures"),
        *(section(_failure(video)) for video in admin.failed),
        *([] if admin.failed else [context("None in the last seven days.")]),
    ]


def _queue(admin: ForAdmins) -> list[Block]:
    counts = [(State.QUEUED, "waiting"), (State.RENDERING, "rendering"), (State.ON_HOLD, "on hold"),
              (State.IN_DOUBT, "in doubt")]  # fmt: skip
    found = [f"{admin.takes[state]} {words}" for state, words in counts if admin.takes.get(state)]
    blocks = [_header("The queue"), section(", ".join(found) or "No video is waiting.")]
    if not admin.pause:
        return blocks
    blocks.append(section(f":warning: The queue is paused. {PAUSED[admin.pause.reason]}"))
    if resume := PAUSE_BUTTONS.get(admin.pause.reason):
        resumes = button(resume, RESUME_QUEUE, "")
        blocks.append({"type": "actions", "elements": [resumes]})
    return blocks


def _failure(video: Video) -> str:
    take = video.take
    line = f"{_date(take.requested_at)} · <@{take.requester_id}>: "
    line += escape(cut(take.error, ERROR_SHOWN))
    return f"{line} · <{video.link}|Open the thread>" if video.link else line


def _script(take: Take) -> str:
    words = cut(" ".join(take.parameters.prompt.split()), SCRIPT_SHOWN)
    return escape(words.replace("*", "")) or "Audio"


def _date(at: str) -> str:
    """In the time zone of whoever reads it."""
    seconds = int(datetime.fromisoformat(at).timestamp())
    # https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    return f"<!date^{seconds}^{{date_short_pretty}}|{at[:10]}>"
