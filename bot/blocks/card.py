"""The card: the one message of a request in its channel, updated in place."""

from dataclasses import dataclass
from datetime import datetime

from bot.blocks.text import (
    Block,
    bar,
    button,
    clock,
    confirm,
    context,
    cut,
    dollars,
    escape,
    quote,
    section,
)
from bot.domain.estimates import Estimate
from bot.domain.parameters import without_query
from bot.domain.takes import NextStep, Pause, PauseReason, Request, State, Take

TRY_AGAIN = NextStep.TRY_AGAIN.value
LOOK_AGAIN = NextStep.LOOK_AGAIN.value
DELIVER_AGAIN = NextStep.DELIVER_AGAIN.value
CANCEL = "cancel"
USE_IT = "use_it"
RENDER_AGAIN = "render_again"
LEAVE_IT = "leave_it"
RESUME_QUEUE = "go_on"
NEW_TAKE = "new_take"

SCRIPT_SHOWN = 280  # characters of the script on the card
ERROR_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """What the card says beyond the take itself."""

    place: int = 0  # in the queue; 1 is next; 0 is not known
    starts_in_seconds: float = 0.0  # about; 0 is at once or not known
    rest: Pause | None = None  # the queue rests
    running_seconds: float = 0.0  # since the submission
    typical_seconds: float = 0.0  # what finished renders took
    reviewed: str = ""  # how the take stands in its review
    has_admins: bool = True  # who hear of a rest


def build(request: Request, take: Take, estimate: Estimate, progress: Progress) -> list[Block]:
    """The blocks of the card."""
    script = cut(take.parameters.prompt.strip(), SCRIPT_SHOWN)
    blocks = [
        section(f"*Avatar video* asked for by <@{request.user_id}>{_takes(take)}"),
        section(
            quote(script)
            if script
            else f"> :speaker: {escape(without_query(take.parameters.audio_url))}"
        ),
        context(settings_line(take, estimate)),
        section(state_line(take, progress)),
    ]
    if take.state is State.DELIVERED and progress.reviewed:
        blocks.append(context(f"Take {take.number} · {progress.reviewed}"))
    buttons = _buttons(take, progress.rest, estimate)
    return [*blocks, {"type": "actions", "elements": buttons}] if buttons else blocks


def fallback(request: Request, take: Take, progress: Progress) -> str:
    """The `text` beside the blocks: what a screen reader or a notification says.

    https://docs.slack.dev/reference/methods/chat.postMessage#text
    """
    return f"Avatar video: {state_line(take, progress)}"


def _takes(take: Take) -> str:
    return f" · take {take.number}" if take.number > 1 else ""


def settings_line(take: Take, estimate: Estimate) -> str:
    p = take.parameters
    parts = [
        p.avatar_label,
        p.voice_label,
        f"{p.resolution} {p.aspect_ratio} {p.output_format}",
        "with captions" if p.caption else "without captions",
    ]
    line = " · ".join(escape(part) for part in parts)
    if take.cost_usd is not None:
        return f"{line} · cost {dollars(take.cost_usd)}"
    if estimate.seconds is None or estimate.usd is None:
        return f"{line} · the length of the audio decides the cost"
    return f"{line} · about {clock(estimate.seconds)}, about {dollars(estimate.usd)}"


def state_line(take: Take, progress: Progress) -> str:
    match take.state:
        case State.QUEUED:
            return _queued(progress)
        case State.SUBMITTING:
            return ":outbox_tray: Sending to Segmind"
        case State.RENDERING:
            return _rendering(progress)
        case State.DELIVERING:
            return ":package: Rendered. Bringing the video here"
        case State.DELIVERED:
            took = f" after {clock(_seconds(take))}" if _seconds(take) else ""
            what = "The link is in the thread" if take.message_ts else "The video is in the thread"
            return f":white_check_mark: Done{took}. {what}"
        case State.FAILED:
            return f":x: {_error(take)}{NEXT_SENTENCES.get(take.next_step, '')}"
        case State.CANCELLED:
            return f":no_entry_sign: {_error(take) or 'Cancelled. Nothing is made.'}"
        case State.IN_DOUBT:
            return f":grey_question: {_error(take)} Choose what to do."


PAUSE_LINES = {
    PauseReason.RATE: ":hourglass_flowing_sand: Waiting: Segmind is busy. Resuming shortly",
    PauseReason.CREDITS: (
        ":credit_card: Waiting: the Segmind account has no credits left. Nothing is lost or "
        "charged: {admin} the video is made after a top-up"
    ),
    PauseReason.KEY: (
        ":key: Waiting: Segmind refuses the key of this bot. Nothing is lost or charged: "
        "{admin} the video is made once the key works"
    ),
}
# A rest that a person ends has a button for it.
PAUSE_BUTTONS = {
    PauseReason.CREDITS: "Topped up: go on",
    PauseReason.KEY: "The key works: go on",
}


def _queued(progress: Progress) -> str:
    if progress.rest:
        told = "your admin has been told, and" if progress.has_admins else "tell your admin;"
        return PAUSE_LINES[progress.rest.reason].format(admin=told)
    line = {0: "waiting", 1: "next in line"}.get(progress.place, f"number {progress.place} in line")
    if progress.starts_in_seconds >= 60:
        line += f", starts in about {round(progress.starts_in_seconds / 60)} min"
    return f":hourglass_flowing_sand: Queued, {line}"


def _rendering(progress: Progress) -> str:
    ran = clock(progress.running_seconds)
    if progress.running_seconds > progress.typical_seconds:
        return f":clapper: Rendering for {ran}, longer than usual. Segmind is still at work"
    share = progress.running_seconds / max(progress.typical_seconds, 1.0)
    return f":clapper: Rendering  {bar(share)}\n{ran} of about {clock(progress.typical_seconds)}"


def _error(take: Take) -> str:
    return escape(cut(take.error, ERROR_SHOWN))


def _seconds(take: Take) -> float:
    """From the request to the delivery."""
    if not (take.requested_at and take.delivered_at):
        return 0.0
    start, end = (datetime.fromisoformat(at) for at in (take.requested_at, take.delivered_at))
    return (end - start).total_seconds()


NEXT_SENTENCES = {
    TRY_AGAIN: "",
    LOOK_AGAIN: " Looking again is free.",
    DELIVER_AGAIN: " The video is paid for and kept: delivering it again is free.",
}


def pause_buttons(reason: PauseReason) -> list[Block]:
    """For the admins, whose queue rests until somebody has mended that."""
    return [{"type": "actions", "elements": [button(PAUSE_BUTTONS[reason], RESUME_QUEUE, "")]}]


def _buttons(take: Take, rest: Pause | None, estimate: Estimate) -> list[Block]:
    if take.state is State.QUEUED:
        cancel = button("Cancel", CANCEL, take.id)
        go_on = PAUSE_BUTTONS.get(rest.reason) if rest else None
        return [button(go_on, RESUME_QUEUE, ""), cancel] if go_on else [cancel]
    if take.state is State.RENDERING:
        price = "" if estimate.usd is None else f", about {dollars(estimate.usd)}"
        sure = confirm(
            "Stop following it?",
            f"Segmind is already rendering and will charge for it all the same{price}. "
            "The video can still be fetched later, at no further charge.",
            "Cancel it",
            "Keep it",
        )
        return [button("Cancel", CANCEL, take.id, confirm=sure)]
    if take.state is State.IN_DOUBT:
        again = confirm(
            "Render it again?",
            "If the first submission went through after all, Segmind charges for both.",
            "Render again",
        )
        return [
            button("It is there, use it", USE_IT, take.id),
            button("Render again (charges again)", RENDER_AGAIN, take.id, confirm=again),
            button("Leave it", LEAVE_IT, take.id),
        ]
    if take.state is State.CANCELLED and take.next_step == NextStep.LOOK_AGAIN:
        return [button("Fetch it after all (free)", LOOK_AGAIN, take.id)]
    if take.state is State.DELIVERED:
        return [button("New take", NEW_TAKE, take.id)]
    if take.state is not State.FAILED:
        return []
    match take.next_step:
        case NextStep.TRY_AGAIN:
            return [button("Try again", TRY_AGAIN, take.id)]
        case NextStep.LOOK_AGAIN:
            return [button("Look again (free)", LOOK_AGAIN, take.id)]
        case NextStep.DELIVER_AGAIN:
            return [button("Deliver again (free)", DELIVER_AGAIN, take.id)]
        case _:
            return []
