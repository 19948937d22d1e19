"""What the type-ahead of avatars and voices offers, and what it says is known of them."""

from collections.abc import Mapping, Sequence

from bot.blocks.fields import OPTION_TEXT_LIMIT, option
from bot.blocks.text import Block, plain
from bot.domain.parameters import ID_LIMIT
from bot.domain.text import cut


def suggestions(found: Sequence[str], typed: str, known: Mapping[str, str]) -> list[Block]:
    """The options for what was typed: the names found, then the text itself, as a name or an ID.

    `known`: what is known of a name.
    """
    typed = typed.strip()[:ID_LIMIT]
    options = [_option(name, known.get(name, "")) for name in found]
    if typed and typed.casefold() not in {name.casefold() for name in found}:
        options = options[:98]  # Slack takes 100 options, and two more follow
        options.append(option(f"Not in the list: try “{typed}” anyway", f"name:{typed}"))
        options.append(option(f"Use “{typed}” as a HeyGen ID", f"id:{typed}"))
    return options[:100]


def of_avatar(videos: int, voice: str) -> str:
    return _joined(_used(videos), f"with {voice}" if voice else "")


def of_voice(videos: int, avatar: str) -> str:
    return _joined(_used(videos), f"heard with {avatar}" if avatar else "")


def _option(name: str, known: str) -> Block:
    described = {"description": plain(cut(known, OPTION_TEXT_LIMIT))} if known else {}
    return {**option(name, f"name:{name}"), **described}


def _used(videos: int) -> str:
    return f"Used in {videos} video{'' if videos == 1 else 's'}" if videos else ""


def _joined(*parts: str) -> str:
    line = ", ".join(filter(None, parts))
    return line[:1].upper() + line[1:]
