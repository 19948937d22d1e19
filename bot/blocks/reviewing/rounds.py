"""What people see of a review in two rounds."""

from collections.abc import Sequence

from bot.blocks.reviewing.due_dates import due_line
from bot.blocks.reviewing.video import of_video
from bot.domain.reviewing.reviewers import listed
from bot.domain.reviewing.rounds import SECOND, Turn
from bot.domain.takes import Take
from bot.domain.text import escape

MOST_MENTIONED = 100  # in one block of 3,000 characters


def people(user_ids: Sequence[str]) -> str:
    """Mentions, which notify these people where they are posted."""
    shown = ", ".join(f"<@{user_id}>" for user_id in user_ids[:MOST_MENTIONED])
    more = len(user_ids) - MOST_MENTIONED
    return f"{shown} and {more} more" if more > 0 else shown


def round_line(turn: Turn) -> str:
    """ "round 1 of 2", to be continued."""
    return f"round {2 if turn.round == SECOND else 1} of 2"


def waiting_line(turn: Turn) -> str:
    """For the card, which is only updated with it: so it notifies nobody."""
    return f":eyes: {round_line(turn)}: waiting for {people(turn.asked)}"


def next_line(names: Sequence[str]) -> str:
    """`names`: of those who are asked next. A mention would notify them already."""
    return f"Then I'll ask {escape(listed(names))}."


def not_asked(take: Take, link: str) -> str:
    """In place of the message below, while it isn't this person's turn anymore."""
    named = of_video(take, link)
    if take.round == SECOND or take.decision:
        return f"You don't need to review {named}"
    return f"You don't need to review this yet, because it's back in round 1: {named}"


def your_turn(take: Take, approved_by: Sequence[str], link: str) -> str:
    """Asks one of the second group. `approved_by`: names. `link`: to the decision buttons."""
    lines = [f"It's your turn to review <@{take.requester_id}>'s {of_video(take, link)}"]
    lines += [f"{escape(listed(approved_by))} approved it."] if approved_by else []
    lines += [due_line(take.due_at)] if take.due_at else []
    return "\n".join(lines)
