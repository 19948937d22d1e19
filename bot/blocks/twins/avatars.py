"""Twins in the form's list of avatars."""

from collections.abc import Mapping, Sequence

from bot.blocks.fields import OPTION_TEXT_LIMIT, option
from bot.blocks.text import Block
from bot.domain.text import cut
from bot.domain.twins.twin import Twin

MOST_OPTIONS = 100  # https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element
MOST_OF_PERSON = 30  # characters of a person's name


def with_twins(
    twins: Sequence[Twin], people: Mapping[str, str], others: Sequence[Block], typed: str
) -> list[Block]:
    """The options for what was typed, the twins before the `others`. `people`: names by ID."""
    options = [
        option(_label(twin, people), f"id:{twin.avatar_id}")
        for twin in twins
        if typed.strip().casefold() in _label(twin, people).casefold()
    ]
    return [*options, *others][:MOST_OPTIONS]


def _label(twin: Twin, people: Mapping[str, str]) -> str:
    """The name is cut, and not whom it shows."""
    if not (shown := people.get(twin.shows_user_id, "")):
        return twin_label(twin.name)
    whom = f" (Digital Twin of {cut(shown, MOST_OF_PERSON)})"
    return cut(twin.name, OPTION_TEXT_LIMIT - len(whom)) + whom


def twin_label(name: str) -> str:
    return f"{name} (Digital Twin)"
