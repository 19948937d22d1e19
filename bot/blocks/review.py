"""The review in the thread: the message under each take that holds what was decided, its forms,
and what is said about notes, reminders and shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.blocks.card import NEW_TAKE
from bot.blocks.fields import checkbox_field, conversation_field, text_field, value
from bot.blocks.text import Block, button, context, plain, quote, section
from bot.domain.reviews import Decision, Note, Review
from bot.domain.takes import Request, Take
from bot.domain.text import clock, cut, escape

APPROVE = "approve"
REQUEST_CHANGES = "request_changes"
WITHDRAW = "withdraw"
SHARE = "share"

NOTE = "note"
NOTE_LIMIT = 500  # characters of what is asked to be changed
WHERE = "where"
CAPTIONS = "captions"
DECISIONS_SHOWN = 20  # a message has 50 blocks, and each of these is one


@dataclass(frozen=True, slots=True)
class Standing:
    """What the message of a take says beyond the take itself."""

    reviews: Sequence[Review] = ()
    reviewers: Sequence[str] = ()  # mentioned in this message
    notes: int = 0
    open_notes: int = 0
    shares: Sequence[tuple[str, str]] = ()  # channel, by whom
    replaced_by: int = 0  # the number of the take that is current instead
    needed: int = 1


def build(take: Take, standing: Standing) -> list[Block]:
    blocks = [section(_headline(take, standing))]
    decided = {review.user_id for review in standing.reviews}
    asked = [] if standing.replaced_by else [u for u in standing.reviewers if u not in decided]
    if asked:
        people = ", ".join(f"<@{user_id}>" for user_id in asked)
        blocks.append(section(f"{people}: please watch it and decide."))
    shown = standing.reviews[-DECISIONS_SHOWN:]
    blocks += [section(_decision(review)) for review in shown]
    if hidden := len(standing.reviews) - len(shown):
        blocks.append(context(f"and {hidden} earlier"))
    if standing.shares:
        blocks.append(context(_shares(standing.shares)))
    if standing.replaced_by:
        return blocks
    blocks.append(context(_notes(standing)))
    return [*blocks, {"type": "actions", "elements": _buttons(take, standing)}]


def fallback(take: Take, standing: Standing) -> str:
    return f"Take {take.number}: {_state(take, standing)}"


def decision_line(decision: str, needed: int, reviews: Sequence[Review] = ()) -> str:
    """How a take stands, in a few words; the card says it, too."""
    match decision:
        case Decision.APPROVED:
            return ":white_check_mark: approved"
        case Decision.CHANGES:
            return ":memo: changes requested"
    if reviews and needed > 1:
        return f":eyes: {len(reviews)} of {needed} approvals"
    return ":eyes: waiting for a review"


def _headline(take: Take, standing: Standing) -> str:
    return f"*Take {take.number}* · {_state(take, standing)}"


def _state(take: Take, standing: Standing) -> str:
    state = decision_line(take.decision, standing.needed, standing.reviews)
    if not standing.replaced_by:
        return state
    return f"replaced by take {standing.replaced_by}" + (f" · {state}" if take.decision else "")


def _decision(review: Review) -> str:
    at = int(datetime.fromisoformat(review.at).timestamp())
    # https://docs.slack.dev/messaging/formatting-message-text#date-formatting
    when = f"<!date^{at}^{{date_short_pretty}}, {{time}}|{review.at[:16].replace('T', ' ')} UTC>"
    if review.decision is Decision.APPROVED:
        return f":white_check_mark: <@{review.user_id}> approved · {when}"
    return f":memo: <@{review.user_id}> asks for changes · {when}\n{quote(review.note)}"


def _shares(shares: Sequence[tuple[str, str]]) -> str:
    places = dict.fromkeys(f"<#{channel_id}> by <@{user_id}>" for channel_id, user_id in shares)
    return "Shared in " + ", ".join([*places][-DECISIONS_SHOWN:])


def _notes(standing: Standing) -> str:
    how = "Reply in the thread to leave a note, such as _0:14 too fast_."
    if not standing.notes:
        return how
    notes = "1 note" if standing.notes == 1 else f"{standing.notes} notes"
    return f"{notes}, {standing.open_notes} open. {how}"


def _buttons(take: Take, standing: Standing) -> list[Block]:
    approve = button("Approve", APPROVE, take.id, style="primary")
    buttons = [approve, button("Request changes", REQUEST_CHANGES, take.id)]
    if standing.reviews:
        buttons.append(button("Withdraw mine", WITHDRAW, take.id))
    buttons.append(button("New take", NEW_TAKE, take.id))
    if take.decision == Decision.APPROVED:
        buttons.append(button("Share", SHARE, take.id))
    return buttons


# --- the forms --------------------------------------------------------------------------------


def changes_form(take: Take, note: str = "") -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": REQUEST_CHANGES,
        "title": plain("Request changes"),
        "submit": plain("Request changes"),
        "close": plain("Cancel"),
        "private_metadata": take.id,
        "blocks": [
            text_field(NOTE, f"What should change in take {take.number}?", note, limit=NOTE_LIMIT,
                       placeholder="0:14 too fast", multiline=True, optional=False,
                       hint="It goes into the thread, and into the form of the next take."),
        ],
    }  # fmt: skip


def share_form(take: Take) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": SHARE,
        "title": plain(f"Share take {take.number}"),
        "submit": plain("Share"),
        "close": plain("Cancel"),
        "private_metadata": take.id,
        "blocks": [
            conversation_field(WHERE, "Where to"),
            text_field(NOTE, "Say something with it", "", limit=NOTE_LIMIT, multiline=True,
                       placeholder="Our news of this week"),
            *([checkbox_field(CAPTIONS, "Captions", "With the caption file (.srt)", True)]
              if take.captions_file_id else []),
        ],
    }  # fmt: skip


def typed(view: dict[str, Any], name: str) -> str:
    return str(value(view["state"]["values"], name) or "").strip()


def ticked(view: dict[str, Any], name: str) -> bool:
    return bool(value(view["state"]["values"], name))


# --- what is said in the thread and elsewhere -------------------------------------------------


def decided(take: Take, hear: Sequence[str], note: str, stale_in: Sequence[str]) -> str:
    """To those who are to hear of it: who decided stands in the take's message, and is not pinged.

    `stale_in`: the channels where it was shared, and still says that it is approved.
    """
    people = ", ".join(f"<@{user_id}>" for user_id in hear)
    match take.decision:
        case Decision.APPROVED:
            return f"{people} Take {take.number} is approved. *Share* posts it elsewhere."
        case Decision.CHANGES:
            lines = [f"{people} Changes are asked for in take {take.number}."]
        case _:
            lines = [f"{people} Take {take.number} waits for a review again."]
    lines += [quote(note)] if note else []
    if stale_in:
        places = ", ".join(f"<#{channel_id}>" for channel_id in dict.fromkeys(stale_in))
        lines.append(
            f"It was shared in {places} and still says there that it is approved: delete it "
            "there if nobody should see it."
        )
    return "\n".join(lines)


def heard(take: Take, note: Note) -> str:
    """The answer to a note with a timecode; "" to one without."""
    if note.start_seconds is None or not take.captions:
        return ""
    when = span(note.start_seconds, note.end_seconds or note.start_seconds)
    if note.spoken:
        return f"Noted. At {when} of take {take.number}:\n{quote(note.spoken)}"
    long = clock(take.video_seconds) if take.video_seconds else "shorter"
    return f"Take {take.number} is {long} long: nothing is said at {when}."


def span(start: float, end: float) -> str:
    return clock(start) if end <= start else f"{clock(start)}–{clock(end)}"  # noqa: RUF001


def on_checklist(note: Note) -> str:
    """A note beside the script of the next take."""
    text = " ".join(note.text.split())
    return f"{text} (“{note.spoken}”)" if note.spoken else text


def reminder(request: Request, take: Take, link: str) -> str:
    script = cut(take.parameters.prompt.strip(), 120)
    where = f"<{link}|Open the thread>" if link else f"It is in <#{request.channel_id}>"
    return (
        f"Take {take.number} of the video that <@{request.user_id}> asked for waits for your "
        f"review. {where}.\n{quote(script)}"
    )


def share_comment(take: Take, by: str, said: str, link: str, approved_by: Sequence[str]) -> str:
    """That it is artificial is said at first sight, as article 50(4) of the AI Act demands:
    https://eur-lex.europa.eu/eli/reg/2024/1689
    """
    names = ", ".join(f"<@{user_id}>" for user_id in approved_by)
    lines = [
        *([escape(said)] if said else []),
        f"An AI avatar video, shared by <@{by}> · take {take.number}, approved by {names}",
        *([f"<{link}|The thread it was made in>"] if link else []),
    ]
    return "\n".join(lines)
