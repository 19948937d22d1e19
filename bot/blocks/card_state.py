"""The line of a card that says what is happening to the take."""

from dataclasses import dataclass

from bot.blocks.holds import sign_offs
from bot.blocks.text import bar
from bot.domain.money.failed import NEXT_SENTENCES, charge_line
from bot.domain.takes import HoldReason, Pause, PauseReason, State, Take
from bot.domain.text import clock, cut, escape

ERROR_SHOWN = 500  # characters


@dataclass(frozen=True, slots=True)
class Progress:
    """What the card shows that the take itself does not know."""

    queue_position: int = 0  # 1 is next, 0 is not known
    starts_in_seconds: float = 0.0  # an estimate; 0 is at once, or not known
    pause: Pause | None = None  # why the queue is paused, if it is
    running_seconds: float = 0.0  # since the submission
    typical_seconds: float = 0.0  # how long finished renders took
    released: str = ""  # who has let it be made, or is asked to, as mrkdwn
    reviewed: str = ""  # what the reviewers have decided so far, or signed off
    review_link: str = ""  # to the message with the decision buttons; "" is not known
    # The number of the take that people review again, because this one has no video there.
    back_to: int = 0
    link_works: bool = False  # Slack refused the file, and the thread has a link in its place
    refused: str = ""  # why the delivered video can't be used, because of whom it shows
    has_admins: bool = True  # somebody is notified when the queue is paused


def state_line(take: Take, progress: Progress) -> str:
    match take.state:
        case State.ON_HOLD:
            return HOLD_LINES.get(take.hold_reason, ":raised_hand: On hold.")
        case State.QUEUED:
            return _queued(progress)
        case State.SUBMITTING:
            return ":outbox_tray: Sending to Segmind…"
        case State.RENDERING:
            return _rendering(progress)
        case State.DELIVERING:
            return ":package: Rendered. Uploading to Slack…"
        case State.DELIVERED if take.taken_down_by:
            return f":wastebasket: Taken down by <@{take.taken_down_by}>."
        case State.DELIVERED if progress.refused:
            return f":no_entry_sign: In the thread. {escape(progress.refused)}"
        case State.DELIVERED:
            in_review = progress.reviewed and not take.decision
            ready = "Ready for review" if in_review else "Ready"
            as_link = ", as a link" if take.message_ts else ""
            return f":white_check_mark: {ready} in the thread{as_link}"
        case State.FAILED:
            after = (
                _error(take),
                charge_line(take, on_card=True),
                NEXT_SENTENCES.get(take.next_step),
            )
            return f":x: {' '.join(part for part in after if part)}"
        case State.CANCELLED:
            return f":no_entry_sign: {_error(take) or 'Cancelled.'}"
        case State.IN_DOUBT:
            return f":grey_question: {_error(take)} Checking again is free."


HOLD_LINES: dict[str, str] = {
    HoldReason.SIGN_OFF: sign_offs.WAITS,
    HoldReason.APPROVAL: (
        ":raised_hand: Waiting for an admin to approve the price. Nothing is charged until then."
    ),
}
WHY_PAUSED = {
    PauseReason.RATE: "Segmind is busy",
    PauseReason.CREDITS: "the Segmind account is out of credits",
    PauseReason.KEY: "Segmind refuses the bot's API key",
}
ICONS = {
    PauseReason.RATE: ":hourglass_flowing_sand:",
    PauseReason.CREDITS: ":credit_card:",
    PauseReason.KEY: ":key:",
}
RESUMES = {
    PauseReason.RATE: "Resuming shortly.",
    PauseReason.CREDITS: "Your request is safe and not charged. {admin} it starts after a top-up.",
    PauseReason.KEY: "Your request is safe and not charged. {admin} it starts once the key works.",
}
# Pauses that a person can end. The others end by themselves.
PAUSE_BUTTONS = {
    PauseReason.CREDITS: "I've topped up: resume",
    PauseReason.KEY: "Try the key again",
}


def paused_line(reason: PauseReason) -> str:
    """Of a take that waits."""
    return f"{ICONS[reason]} Waiting: {WHY_PAUSED[reason]}"


def queue_line(reason: PauseReason) -> str:
    """Of the queue itself, for admins."""
    why = WHY_PAUSED[reason]
    ends = "" if reason in PAUSE_BUTTONS else " The queue resumes by itself."
    return f"The queue is paused. {why[0].upper()}{why[1:]}.{ends}"


def _queued(progress: Progress) -> str:
    if progress.pause:
        admin = "Your admin knows;" if progress.has_admins else "Tell your admin;"
        reason = progress.pause.reason
        return f"{paused_line(reason)}. {RESUMES[reason].format(admin=admin)}"
    line = ":hourglass_flowing_sand: Queued"
    if progress.queue_position:
        line += (
            ", next in line"
            if progress.queue_position == 1
            else f", number {progress.queue_position} in line"
        )
    if progress.starts_in_seconds >= 60:
        line += f", starts in about {round(progress.starts_in_seconds / 60)} min"
    return line


def _rendering(progress: Progress) -> str:
    ran = clock(progress.running_seconds)
    if progress.running_seconds > progress.typical_seconds:
        return f":clapper: Rendering for {ran}, longer than usual. Segmind is still working on it."
    share = progress.running_seconds / max(progress.typical_seconds, 1.0)
    usual = clock(progress.typical_seconds)
    return f":clapper: Rendering for {ran}, usually about {usual}\n{bar(share)}"


def _error(take: Take) -> str:
    return escape(cut(take.error, ERROR_SHOWN))
