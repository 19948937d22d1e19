"""The top of a form: what this person has typed into an earlier one and not sent."""

from dataclasses import dataclass

from bot.blocks.text import Block, actions, button, quote, section
from bot.domain.text import cut

CONTINUE, START_FRESH = "continue_form", "start_fresh"
SHOWN = 150  # characters of what was typed


@dataclass(frozen=True, slots=True)
class Unfinished:
    """`view_id`: of the form that was closed. `typed`: what to recognize it by.

    `is_replaced`: it was in this form, until *Continue* was pressed. `is_next`: another one was
    continued here already.
    """

    view_id: str
    typed: str
    is_replaced: bool = False
    is_next: bool = False


def offer(found: Unfinished) -> list[Block]:
    typed = quote(cut(" ".join(found.typed.split()), SHOWN))
    asked, swap, forget = "Continue where you left off?", "Continue", "Start fresh"
    if found.is_next:
        asked, forget = "You haven't sent this one either.", "Discard it"
    if found.is_replaced:
        asked, swap, forget = "What stood here before is kept.", "Swap back", "Discard it"
    choices = actions(
        [button(swap, CONTINUE, found.view_id), button(forget, START_FRESH, found.view_id)]
    )
    question = section(f"*{asked}*\n{typed}", block_id="unfinished")
    return [question, {**choices, "block_id": "unfinished_choices"}]
