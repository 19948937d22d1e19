"""The twins that show this person, or that they have asked for, in the Home tab."""

from collections.abc import Sequence

from bot.blocks.card_state import WHY_PAUSED
from bot.blocks.text import Block, bold, context, header, section
from bot.blocks.twins.consent import WAITS, answer_line, in_channels, withdraw_button
from bot.domain.takes import Pause
from bot.domain.twins.twin import CONSENTED, OPEN, Twin, TwinState

TWINS_SHOWN = 8  # that show this person, and as many others
STATES: dict[TwinState, str] = {
    TwinState.CHECKING: "its footage is being checked",
    TwinState.ASKED: "waiting for their answer",
    TwinState.NOT_SENT: "not made yet, because Segmind couldn't be reached",
    TwinState.READY: "ready",
    TwinState.IN_DOUBT: "Segmind's answer was lost",
    TwinState.FAILED: "couldn't be made",
    TwinState.DECLINED: "declined",
    TwinState.EXPIRED: "not answered",
    TwinState.WITHDRAWN: "consent withdrawn",
    TwinState.ENDED_BY_ADMIN: "ended by an admin",
    TwinState.LIFTED: "marked by an admin as showing nobody",
}


def twins(found: Sequence[Twin], user_id: str, pause: Pause | None = None) -> list[Block]:
    """`pause`: of the queue, in which no twin is made either."""
    if not found:
        return []
    lines = [_line(twin, user_id, pause) for twin in found]
    if sum(twin.shows_user_id == user_id and twin.state in OPEN for twin in found) >= TWINS_SHOWN:
        lines.append(context("More of you show up here once you have withdrawn one of these."))
    return [header("Digital Twins"), *lines]


def _line(twin: Twin, user_id: str, pause: Pause | None) -> Block:
    name = bold(twin.name or "A twin")
    if twin.shows_user_id != user_id:
        where = f", only in {in_channels(twin)}" if twin.channels else ""
        return section(f"{name} of <@{twin.shows_user_id}>{where}: {_state(twin, pause)}")
    asked = "" if twin.is_own else f", asked for by <@{twin.requested_by}>"
    if twin.state is TwinState.CHECKING:
        return section(f"{name} shows you{asked}. Its footage is being checked.")
    if twin.state is TwinState.ASKED:
        return section(f"{name} shows you{asked}. Answer in our messages.")
    button = {"accessory": withdraw_button(twin)} if twin.state in CONSENTED else {}
    state = f": {_state(twin, pause)}" if twin.is_own and twin.state in CONSENTED else asked
    return section(f"{name} shows you{state}.\n{answer_line(twin)}", **button)


def _state(twin: Twin, pause: Pause | None) -> str:
    if twin.away and twin.state is TwinState.READY:
        who = "you're" if twin.is_own else "that person is"
        return f"can't be used until {who} back"
    if twin.state is TwinState.ALLOWED and pause and pause.reason in WAITS:
        why = WHY_PAUSED[pause.reason]
        return f"not made yet, because {why}. I'll make it {WAITS[pause.reason]}."
    return STATES.get(twin.state, "being made")
