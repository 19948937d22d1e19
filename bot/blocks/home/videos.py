"""The rows of the Home tab that are about one take each."""

from dataclasses import dataclass
from datetime import datetime

from bot.blocks.card import COPY
from bot.blocks.card_state import paused_line
from bot.blocks.holds.approvals import price
from bot.blocks.reviewing.due_dates import due_line
from bot.blocks.sharing.share import SHARE
from bot.blocks.text import Block, menu, section
from bot.domain.money.amounts import charged
from bot.domain.reviews import Decision
from bot.domain.takes import HoldReason, NextStep, Pause, State, Take, waits_for_sign_off
from bot.domain.text import clock, cut, escape

OPEN_THREAD = "open_thread"  # an action id
MINE = "mine"  # the first part of a block id
SCRIPT_SHOWN = 80  # characters
ERROR_SHOWN = 200  # characters

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
WAITS: dict[str, str] = {
    HoldReason.SIGN_OFF: ":memo: Waiting for sign-off",
    HoldReason.APPROVAL: ":raised_hand: Waiting for an admin to approve the price",
}
NOT_USABLE = ":no_entry_sign: Can't be used anymore"  # because of whom it shows
STOPPED = ":no_entry_sign: Stopped waiting"  # and not cancelled: Segmind charges for it
DECIDED: dict[str, str] = {
    Decision.APPROVED: ":white_check_mark: Approved",
    Decision.CHANGES: ":memo: Changes requested",
}


@dataclass(frozen=True, slots=True)
class Video:
    """A take, and the link to its message; "" if that isn't known.

    `declined_by`: the admin who declined its price. `is_usable`: the person shown hasn't withdrawn
    their consent. `can_share`: it is there, and approved.
    """

    take: Take
    link: str
    declined_by: str = ""
    is_usable: bool = True
    can_share: bool = False


def for_review(video: Video, *, can_review: bool) -> Block:
    """One that waits for a person. `can_review`: or else they can only leave notes."""
    take = video.take
    if waits_for_sign_off(take):
        act, since = "Read the script", f"waiting for sign-off since {_date(take.requested_at)}"
    else:
        act = "Review it" if can_review else "Watch it"
        since = f"ready since {_date(take.delivered_at)}"
    line = f"*{_script(take)}*\nTake {take.number} by <@{take.requester_id}>, {since}"
    line += f" · {due_line(take.due_at)}" if take.due_at else ""
    return section(_linked(line, video, act))


def of_mine(video: Video, *, can_make: bool, pause: Pause | None = None) -> Block:
    """One of a person's own. `can_make`: or else they may only look at it.

    `pause`: of the queue.
    """
    take = video.take
    facts = [f"Take {take.number}", _state(video, pause)]
    if take.state is State.DELIVERED and take.video_seconds:
        facts.append(clock(take.video_seconds))
    if take.cost_usd:
        facts.append(charged(take.cost_usd))
    facts.append(_date(take.requested_at))
    line = f"*{_script(take)}*\n{' · '.join(facts)}"
    more = {"accessory": _menu(video)} if can_make else {}
    block_id = f"{MINE}.{take.id}"  # so that a menu stays open when another row changes
    return section(_linked(line, video, "Open the thread"), block_id=block_id, **more)


def _menu(video: Video) -> Block:
    items = [("Make a copy", COPY)]
    items += [("Share", SHARE)] if video.can_share else []
    items += [("Open the thread", OPEN_THREAD)] if video.link else []
    found = menu(items, video.take.id)
    if video.link:
        found["options"][-1]["url"] = video.link
    return found


def to_approve(video: Video) -> Block:
    """One whose price waits for an admin. Its link is to the message with the buttons."""
    take = video.take
    line = f"*{_script(take)}*\n<@{take.requester_id}> · {price(take)} · {_date(take.requested_at)}"
    return section(_linked(line, video, "Approve or decline"))


def failure(video: Video) -> Block:
    take = video.take
    line = f"{_date(take.requested_at)} · <@{take.requester_id}>: "
    line += escape(cut(take.error, ERROR_SHOWN))
    return section(_linked(line, video, "Open the thread"))


def _state(video: Video, pause: Pause | None) -> str:
    take = video.take
    if take.taken_down_by:
        return ":wastebasket: Taken down"
    if take.state is State.ON_HOLD:
        return WAITS.get(take.hold_reason, STATES[take.state])
    if video.declined_by:
        return f":no_entry_sign: Declined by <@{video.declined_by}>"
    if take.state is State.QUEUED and pause:
        return paused_line(pause.reason)
    if take.state is State.CANCELLED and take.next_step == NextStep.LOOK_AGAIN:
        return STOPPED
    if take.state is State.DELIVERED and not video.is_usable:
        return NOT_USABLE
    return DECIDED.get(take.decision) or STATES[take.state]


def _linked(line: str, video: Video, words: str) -> str:
    return f"{line} · <{video.link}|{words}>" if video.link else line


def _script(take: Take) -> str:
    without = "Audio" if take.parameters.audio_url else "Video"
    return escape(cut(take.words, SCRIPT_SHOWN).replace("*", "")) or without


def _date(at: str) -> str:
    """In the time zone of whoever reads it."""
    seconds = int(datetime.fromisoformat(at).timestamp())
    # https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    return f"<!date^{seconds}^{{date_short_pretty}}|{at[:10]}>"
