"""Twins in the form's list of avatars."""

from collections.abc import Mapping, Sequence

from bot.blocks.fields import option
from bot.blocks.text import Block
from bot.domain.twins.twin import Twin

MOST_OPTIONS = 100  # https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element


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
    shown = people.get(twin.shows_user_id, "")
    return f"{twin.name} (Digital Twin of {shown})" if shown else twin_label(twin.name)


def twin_label(name: str) -> str:
    return f"{name} (Digital Twin)"
