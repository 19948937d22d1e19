"""*Looks* in Home: this person's and the team's, each with a menu."""

from bot.blocks.looks.forms import (
    DEFAULT_LOOK,
    DELETE_LOOK,
    NO_DEFAULT_LOOK,
    NO_TEAM_DEFAULT_LOOK,
    RENAME_LOOK,
    TEAM_DEFAULT_LOOK,
    settings,
)
from bot.blocks.text import Block, bold, context, header, menu, section, unformatted
from bot.domain.looks.look import Look, Looks

EMPTY = (
    "A look keeps the avatar, voice and format of a video. To save one, choose *Save this look* "
    "in the menu of a finished video's card."
)


def build(looks: Looks, *, is_admin: bool) -> list[Block]:
    """At most 31 blocks."""
    if not looks.all:
        return [header("Looks"), context(EMPTY)]
    return [header("Looks"), *(_look(look, looks, is_admin=is_admin) for look in looks.all)]


def _look(look: Look, looks: Looks, *, is_admin: bool) -> Block:
    whose = "the team's" if look.is_team else "yours"
    facts = [f"{whose} default" if look.id == looks.team_default else whose]
    facts += ["your default"] if look.id == looks.default else []
    name = bold(look.name or "A look")
    text = f"{name} · {', '.join(facts)}\n{unformatted(settings(look.parameters))}"
    block_id = f"look.{look.id}"  # so that a menu stays open when another row changes
    return section(text, block_id=block_id, accessory=_menu(look, looks, is_admin))


def _menu(look: Look, looks: Looks, is_admin: bool) -> Block:
    items = [
        ("Not my default anymore", NO_DEFAULT_LOOK)
        if look.id == looks.default
        else ("Make it my default", DEFAULT_LOOK)
    ]
    if look.is_team and is_admin:
        items.append(
            ("Not the team's default anymore", NO_TEAM_DEFAULT_LOOK)
            if look.id == looks.team_default
            else ("Make it the team's default", TEAM_DEFAULT_LOOK)
        )
    if is_admin or not look.is_team:
        items += [("Rename", RENAME_LOOK), ("Delete", DELETE_LOOK)]
    return menu(items, look.id)
