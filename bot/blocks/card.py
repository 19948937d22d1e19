"""The card: the one message that a request has in its channel, updated in place."""

from bot.blocks.card_state import PAUSE_BUTTONS, Progress, state_line
from bot.blocks.holds import sign_offs
from bot.blocks.reviewing.due_dates import CHANGE_DUE_DATE, due_line
from bot.blocks.sharing.removal import TAKE_DOWN
from bot.blocks.text import (
    Block,
    button,
    confirm,
    context,
    menu,
    page,
    quote_in_order,
    section,
    unformatted,
)
from bot.domain.estimates import Estimate, a_minute
from bot.domain.money.amounts import charged, estimated
from bot.domain.parameters import without_query
from bot.domain.takes import (
    HoldReason,
    NextStep,
    PauseReason,
    Request,
    State,
    Take,
    ended_free,
    waits_for_sign_off,
)
from bot.domain.text import clock, cut

TRY_AGAIN = NextStep.TRY_AGAIN.value
LOOK_AGAIN = NextStep.LOOK_AGAIN.value
DELIVER_AGAIN = NextStep.DELIVER_AGAIN.value
CANCEL = "cancel"
USE_IT = "use_it"
RENDER_AGAIN = "render_again"
LEAVE_IT = "leave_it"
RESUME_QUEUE = "go_on"
NEW_TAKE = "new_take"
ASK_FOR_APPROVAL = "ask_for_approval"  # of a take that *Try again* can't make: over a limit
CHANGE_AND_RETRY = "change_and_retry"
SHOW_SCRIPT = "show_script"
MAKE_FINAL = "make_final"
COPY = "make_copy"
SAVE_LOOK = "save_look"

# What these buttons do, after "can". A refusal says it.
MANAGES = {
    CANCEL: "cancel it",
    sign_offs.EDIT_SCRIPT: "change the script",
    sign_offs.SUGGEST: "suggest changes",
    MAKE_FINAL: "make the final",
    TRY_AGAIN: "try it again",
    ASK_FOR_APPROVAL: "ask for approval",
    RENDER_AGAIN: "render it again",
    LOOK_AGAIN: "check it again",
    USE_IT: "check it again",
    DELIVER_AGAIN: "deliver it again",
    TAKE_DOWN: "take it down",
    LEAVE_IT: "give up on it",
    CHANGE_DUE_DATE: "change the due date",
}

SCRIPT_SHOWN = 280  # characters
ADDRESS_SHOWN = 500  # escaping may make it five times as long, and a section takes 3,000


def build(request: Request, take: Take, estimate: Estimate, progress: Progress) -> list[Block]:
    """The blocks of the card."""
    blocks = [
        section(f"*Avatar video* for {_for_whom(request)}{_takes(request, take)}"),
        *_what(take),
        context(settings_line(take, estimate)),
        section(state_line(take, progress)),
        *([context(progress.released)] if progress.released else []),
    ]
    in_review = take.state is State.DELIVERED and not take.taken_down_by
    if progress.reviewed and (in_review or progress.back_to):
        which = f"Back to take {progress.back_to}" if progress.back_to else f"Take {take.number}"
        line = f"{which} · {progress.reviewed}"
        if progress.review_link:  # replies push its message out of sight
            line += f" · <{progress.review_link}|Go to the review>"
        blocks.append(context(line))
    is_over = take.decision or take.taken_down_by or take.state in (State.FAILED, State.CANCELLED)
    if take.due_at and not is_over:
        blocks.append(context(due_line(take.due_at)))
    if waits_for_sign_off(take):
        more, blocks = {"block_id": sign_offs.block_id(take)}, [*blocks, section(progress.reviewed)]
    else:
        more = {}
    elements = [*_buttons(take, progress, estimate), menu(_menu_items(take), take.id)]
    return [*blocks, {"type": "actions", **more, "elements": elements}]


def _what(take: Take) -> list[Block]:
    """What is spoken; whoever takes a video down doesn't expect to read it here anymore."""
    if take.taken_down_by:
        return []
    return sign_offs.whole_script(take) if waits_for_sign_off(take) else [_script(take)]


def _menu_items(take: Take) -> list[tuple[str, str]]:
    items = [("Make a copy", COPY)]
    if take.state is State.DELIVERED and not take.taken_down_by:
        items.append(("Save this look", SAVE_LOOK))
    in_review = take.review_ts or take.taken_down_by  # the review message has the other item then
    if take.state is State.DELIVERED and not in_review:
        items.append(("Take it down", TAKE_DOWN))
    return items


def fallback(request: Request, take: Take, progress: Progress) -> str:
    """The message's `text`: what a notification shows and a screen reader reads.

    https://docs.slack.dev/reference/methods/chat.postMessage#text
    """
    if waits_for_sign_off(take):
        return f"Avatar video: {sign_offs.fallback(take)}"
    return f"Avatar video: {state_line(take, progress)}"


def _for_whom(request: Request) -> str:
    return "the casting sheet" if request.is_clip else f"<@{request.user_id}>"


def _takes(request: Request, take: Take) -> str:
    if take.requester_id != request.user_id:
        return f"\nTake {take.number} by <@{take.requester_id}>"
    return f" · take {take.number}" if take.number > 1 else ""


def _script(take: Take) -> Block:
    """The script; if it is too long for the card, a button next to it shows all of it."""
    script = take.parameters.prompt.strip()
    if not script:
        return section(audio_quote(take))
    if len(script) <= SCRIPT_SHOWN:
        return section(quote_in_order(script))
    show = button("Show script", SHOW_SCRIPT, take.id)
    return section(quote_in_order(cut(script, SCRIPT_SHOWN)), accessory=show)


def script_view(take: Take) -> Block:
    """The modal with the whole script."""
    return page(f"Script of take {take.number}", whole_script_or_audio(take))


def whole_script_or_audio(take: Take) -> list[Block]:
    has_script = take.parameters.prompt.strip()
    return sign_offs.whole_script(take) if has_script else [section(audio_quote(take))]


def audio_quote(take: Take) -> str:
    if not take.parameters.audio_url:
        return "> _The script was deleted._"
    if take.audio:
        return f"> :speaker: {unformatted(take.audio.name)} · {clock(round(take.audio.seconds))}"
    return (
        f"> :speaker: {unformatted(cut(without_query(take.parameters.audio_url), ADDRESS_SHOWN))}"
    )


def settings_line(take: Take, estimate: Estimate) -> str:
    p = take.parameters
    parts = [
        p.avatar_label,
        p.voice_label,
        f"{p.resolution} {p.aspect_ratio} {p.output_format}",
        "with captions" if p.caption else "no captions",
        f"draft of a {take.final_resolution} video" if take.is_draft else "",
    ]
    line = " · ".join(unformatted(part) for part in parts if part)
    if ended_free(take.state, take.cost_usd, take.submitted_at, take.marked_at):
        return line
    if take.cost_usd is not None:
        return f"{line} · cost {charged(take.cost_usd)}"
    if estimate.seconds is None or estimate.usd is None:
        return f"{line} · {a_minute(estimate)} of audio"
    return f"{line} · about {clock(round(estimate.seconds))}, about {estimated(estimate.usd)}"


def pause_buttons(reason: PauseReason) -> list[Block]:
    """For the message that tells an admin why the queue is paused."""
    return [{"type": "actions", "elements": [button(PAUSE_BUTTONS[reason], RESUME_QUEUE, "")]}]


ONCE_RELEASED: dict[str, str] = {
    HoldReason.SIGN_OFF: "once its script is signed off",
    HoldReason.APPROVAL: "once an admin has approved the price",
}


def coming(take: Take) -> str:
    """To whoever asked for another take, which can be made, perhaps once it isn't on hold."""
    once = ONCE_RELEASED.get(take.hold_reason)
    then = f" {once}." if once else ". Follow progress on the card."
    return f"Take {take.number} will be posted in this thread{then}"


def final_label(take: Take, price: Estimate) -> str:
    """On the button that makes the final of a draft."""
    costs = a_minute(price) if price.usd is None else f"about {estimated(price.usd)}"
    return f"Make the final: {take.final_resolution}, {costs}"


def _buttons(take: Take, progress: Progress, estimate: Estimate) -> list[Block]:
    deliver_again = button("Deliver again (free)", DELIVER_AGAIN, take.id)
    if take.state is State.ON_HOLD:
        decide = sign_offs.buttons(take) if waits_for_sign_off(take) else []
        return [*decide, _cancel(take)]
    if take.state is State.QUEUED:
        pause = progress.pause
        resume = PAUSE_BUTTONS.get(pause.reason) if pause else None
        return [*([button(resume, RESUME_QUEUE, "")] if resume else []), _cancel(take)]
    if take.state is State.RENDERING:
        price = "for it" if estimate.usd is None else f"about {estimated(estimate.usd)}"
        sure = confirm(
            "Stop waiting?",
            f"Segmind can't be stopped: you'll still pay {price}. "
            "You can get the video later for free.",
            "Stop waiting",
            "Keep waiting",
        )
        return [button("Stop waiting", CANCEL, take.id, confirm=sure)]
    if take.state is State.IN_DOUBT:
        return _in_doubt(take)
    if take.state is State.DELIVERED:
        shown = [deliver_again] if progress.link_works else []
        return [*shown, button("New take", NEW_TAKE, take.id)]
    if take.state not in (State.FAILED, State.CANCELLED):
        return []
    change = button("Change and retry", CHANGE_AND_RETRY, take.id)
    cancelled = take.state is State.CANCELLED
    match take.next_step:
        case NextStep.TRY_AGAIN:
            return [button("Try again", TRY_AGAIN, take.id), change]
        case NextStep.LOOK_AGAIN:
            label = "Get the video (free)" if cancelled else "Check again (free)"
            return [button(label, LOOK_AGAIN, take.id), change]
        case NextStep.DELIVER_AGAIN:
            return [deliver_again, change]
        case _:
            return [change]


def _cancel(take: Take) -> Block:
    sure = confirm(
        f"Cancel take {take.number}?",
        "It's free: Segmind hasn't started rendering it.",
        "Cancel it",
        "Keep it",
    )
    return button("Cancel", CANCEL, take.id, confirm=sure)


def _in_doubt(take: Take) -> list[Block]:
    again = confirm(
        "Render it again?",
        "If Segmind did get the first one, you'll pay for both.",
        "Render again",
    )
    return [
        button("Check again (free)", USE_IT, take.id),
        button("Render again (charged)", RENDER_AGAIN, take.id, confirm=again),
        button("Give up on it", LEAVE_IT, take.id),
    ]
