"""The top of a form: what this person has typed into an earlier one and not sent."""

from dataclasses import dataclass

from bot.blocks.text import Block, actions, button, quote, section
from bot.domain.text import cut

CONTINUE, START_FRESH = "continue_form", "start_fresh"
SHOWN = 150  # characters of what was typed


@dataclass(frozen=True, slots=True)
class Unfinished:
    """`view_id`: of the form that was closed. `typed`: what to recognize it by."""

    view_id: str
    typed: str


def offer(found: Unfinished) -> list[Block]:
    typed = quote(cut(" ".join(found.typed.split()), SHOWN))
    asked = section(
        f":leftwards_arrow_with_hook: *Continue where you left off?*\n{typed}",
        block_id="unfinished",
    )
    choices = actions(
        [
            button("Continue", CONTINUE, found.view_id),
            button("Start fresh", START_FRESH, found.view_id),
        ]
    )
    return [asked, {**choices, "block_id": "unfinished_choices"}]
