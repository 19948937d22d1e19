"""The review in the thread: the message under each take with its decisions, and the form for a
request for changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.blocks.card import MAKE_FINAL, NEW_TAKE, final_label
from bot.blocks.delivery import as_draft
from bot.blocks.fields import state_values, text, text_field, ticked_boxes
from bot.blocks.notes import NOTES
from bot.blocks.reviewing.due_dates import CHANGE_DUE_DATE, due_block, when
from bot.blocks.reviewing.rounds import next_line, people, round_line
from bot.blocks.sharing.removal import TAKE_DOWN, unshare_button
from bot.blocks.sharing.share import SHARE
from bot.blocks.text import (
    MOST_ITEMS,
    Block,
    actions,
    button,
    context,
    form,
    menu,
    quote,
    section,
    unformatted,
)
from bot.domain.estimates import Estimate
from bot.domain.reviewing.rounds import Turn
from bot.domain.reviews import Decision, Review, Withdrawn
from bot.domain.takes import Take
from bot.domain.text import cut, escape

APPROVE = "approve"
REQUEST_CHANGES = "request_changes"
WITHDRAW = "withdraw"
PUBLISH, PUBLISH_LABEL = "publish", "Copy to publish"
DOWNLOAD = "download_review"
KEEPING = (("Download the review", DOWNLOAD), ("Take it down", TAKE_DOWN))

NOTE = "note"
NOTE_LIMIT = 500  # characters
FALLBACK_SCRIPT = 80  # characters of the script in a notification
WITHDRAWN_SHOWN = 5
DECISIONS_SHOWN = 20  # each is a block, and a message can have 50


@dataclass(frozen=True, slots=True)
class ReviewState:
    """What the review message shows that the take itself does not know."""

    reviews: Sequence[Review] = ()
    reviewers: Sequence[str] = ()  # mentioned in this message
    notes: int = 0
    open_notes: int = 0
    shares: Sequence[tuple[str, str]] = ()  # channel id, and the user id of who shared it
    replaced_by: int = 0  # the number of the current take; 0 if it is this one
    needed: int = 1  # approvals
    requester: str = ""  # the name of who asked for the take; "" is not known
    has_reviewers: bool = True  # not in a direct message with the bot: it can be shared at once
    turn: Turn | None = None  # whose it is, if there are two rounds
    then: Sequence[str] = ()  # the names of those who are asked next; "" is not known
    final: Estimate | None = None  # of the final, where the take is a draft
    withdrawn: Sequence[Withdrawn] = ()
    refused: str = ""  # why it can't be used, because of whom it shows


def build(take: Take, state: ReviewState) -> list[Block]:
    blocks = [section(_headline(take, state))]
    decided = {review.user_id for review in state.reviews}
    is_open = not (state.replaced_by or take.decision or take.taken_down_by or state.refused)
    asked = [u for u in state.reviewers if u not in decided] if is_open else []
    if asked:
        blocks.append(section(f"{people(asked)}, please review."))
    if is_open and state.then:
        blocks.append(context(next_line([name or "a colleague" for name in state.then])))
    if take.due_at and is_open:
        blocks.append(due_block(take))
    shown = state.reviews[-DECISIONS_SHOWN:]
    blocks += [section(_decision(review)) for review in shown]
    if hidden := len(state.reviews) - len(shown):
        blocks.append(context(f"and {hidden} earlier"))
    if state.withdrawn:
        shown_last = state.withdrawn[-WITHDRAWN_SHOWN:]
        blocks.append(context("\n".join(map(_withdrawn, shown_last)), block_id="withdrawn"))
    if state.shares:
        blocks.append(section(_shares(state.shares), accessory=unshare_button(take.id)))
    undo = [("Undo my decision", WITHDRAW)] if state.reviews else []
    if take.taken_down_by:  # where it is still shared, the message says who approves it
        return [*blocks, actions([menu(undo, take.id)])] if state.shares and undo else blocks
    if state.replaced_by:
        return [*blocks, actions([menu([*undo, *KEEPING], take.id)])]
    if state.refused:
        blocks.append(section(f"{escape(state.refused)} Please take this video down."))
    blocks.append(context(_notes(state)))
    return [*blocks, actions(_buttons(take, state, undo))]


def fallback(take: Take, state: ReviewState) -> str:
    """The message's `text`: what a notification shows and a screen reader reads.

    It names nobody: a mention in it would notify that person once more.
    """
    if take.taken_down_by:
        return f"Take {take.number}: taken down"
    nobody_asked = take.is_clip or state.refused or not state.has_reviewers
    if take.decision or state.reviews or state.replaced_by or nobody_asked:
        return f"Take {take.number}: {_status(take, state)}"
    script = escape(cut(take.words, FALLBACK_SCRIPT))
    asks = f"{unformatted(state.requester) or 'Somebody'} asks for your review"
    asks += f" of a {take.parameters.resolution} draft" if take.is_draft else ""
    return f"Take {take.number}: {asks}" + (f": “{script}”" if script else "")


def decision_line(
    decision: str, needed: int, reviews: Sequence[Review] = (), turn: Turn | None = None
) -> str:
    """What has been decided so far, in a few words; the card shows it too."""
    match decision:
        case Decision.APPROVED:
            return ":white_check_mark: approved"
        case Decision.CHANGES:
            return ":memo: changes requested"
    if turn:
        return f":eyes: {round_line(turn)}, waiting for review"
    if 0 < len(reviews) < needed:
        return f":eyes: {len(reviews)} of {needed} approvals"
    return ":eyes: waiting for review"


def _headline(take: Take, state: ReviewState) -> str:
    return f"*Take {take.number}*{as_draft(take)} · {_status(take, state)}"


def _status(take: Take, state: ReviewState) -> str:
    if take.taken_down_by:
        return f"taken down by <@{take.taken_down_by}>"
    if state.refused and not state.replaced_by:
        return ":no_entry_sign: can't be shared"
    if not state.has_reviewers:
        return f"replaced by take {state.replaced_by}" if state.replaced_by else "ready to share"
    if take.is_clip and not (take.decision or state.reviews or state.replaced_by):
        return "ready"  # nobody was asked, but anybody may decide
    decision = decision_line(take.decision, state.needed, state.reviews, state.turn)
    if not state.replaced_by:
        return decision
    return f"replaced by take {state.replaced_by}" + (f" · {decision}" if take.decision else "")


def _decision(review: Review) -> str:
    if review.decision is Decision.APPROVED:
        return f":white_check_mark: <@{review.user_id}> approved · {when(review.at)}"
    return f":memo: <@{review.user_id}> requested changes · {when(review.at)}\n{quote(review.note)}"


def _withdrawn(withdrawn: Withdrawn) -> str:
    what = {
        Decision.APPROVED: "approval",
        Decision.CHANGES: "request for changes",
        None: "decision",
    }[withdrawn.decision]
    who = f"<@{withdrawn.user_id}> withdrew their {what}"
    return f":leftwards_arrow_with_hook: {who} · {when(withdrawn.at)}"


def _shares(shares: Sequence[tuple[str, str]]) -> str:
    """The latest ones. Who shared it twice in the same channel is named once."""
    places = dict.fromkeys(f"<#{channel_id}> by <@{user_id}>" for channel_id, user_id in shares)
    return "Shared in " + ", ".join([*places][-DECISIONS_SHOWN:])


def _notes(state: ReviewState) -> str:
    how = "To leave a note, reply with its time, e.g. “0:14 too fast”."
    if not state.notes:
        return how
    total, left = state.notes, state.open_notes
    if left == total:
        return f"{'1 open note' if total == 1 else f'{total} open notes'}. {how}"
    return f"{'1 note' if total == 1 else f'{total} notes'}, {left or 'none'} open. {how}"


def _buttons(take: Take, state: ReviewState, undo: Sequence[tuple[str, str]]) -> list[Block]:
    """In the order of what comes next; the first one is highlighted, the rest is in the menu."""
    approve, changes = (_approve_label(state), APPROVE), ("Request changes", REQUEST_CHANGES)
    new_take, share = ("New take", NEW_TAKE), ("Share", SHARE)
    publish = (PUBLISH_LABEL, PUBLISH)
    final = [(final_label(take, state.final), MAKE_FINAL)] if state.final else []
    always = [("Notes", NOTES), *undo, *KEEPING]
    if state.refused:
        return _with_menu([new_take], always, take.id)
    if not state.has_reviewers:
        return _with_menu([*final, share, publish, new_take], always, take.id)
    match take.decision:
        case Decision.APPROVED:
            shown, rest = [*final, share, publish, changes, new_take], [approve, *always]
        case Decision.CHANGES:
            shown, rest = [new_take, approve, changes], [*final, *always]
        case _:
            due = [] if take.due_at else [("Set a due date", CHANGE_DUE_DATE)]
            shown, rest = [approve, changes, *final], [new_take, *due, *always]
            if len(rest) > MOST_ITEMS:
                shown, rest = [*shown, new_take], rest[1:]
    return _with_menu(shown, rest, take.id)


def _with_menu(
    shown: Sequence[tuple[str, str]], rest: Sequence[tuple[str, str]], take_id: str
) -> list[Block]:
    first, *others = shown
    return [
        button(*first, take_id, style="primary"),
        *(button(*other, take_id) for other in others),
        menu(rest, take_id),
    ]


def _approve_label(state: ReviewState) -> str:
    """Says how many notes are still open, so that nobody overlooks them."""
    if not state.open_notes:
        return "Approve"
    return f"Approve with {state.open_notes} open note{'' if state.open_notes == 1 else 's'}"


# --- the form ---------------------------------------------------------------------------------


def changes_form(take: Take, note: str = "") -> dict[str, Any]:
    field = text_field(
        NOTE, f"What should change in take {take.number}?", note, limit=NOTE_LIMIT,
        placeholder="0:14 too fast", multiline=True, optional=False,
        hint="Posted in the thread, and listed in the form for the next take.",
    )  # fmt: skip
    return form(REQUEST_CHANGES, "Request changes", "Request changes", [field], take.id)


def text_of(view: dict[str, Any], name: str, limit: int | None = None) -> str:
    """`limit`: the characters that its field takes. A forged form may have more."""
    return (text(state_values(view), name) or "")[:limit].strip()


def is_ticked(view: dict[str, Any], name: str) -> bool:
    return bool(ticked_boxes(state_values(view), name))
