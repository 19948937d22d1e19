"""The errors at the fields of a form that was refused."""

from collections.abc import Iterable, Mapping
from itertools import dropwhile, takewhile
from typing import Any

from bot.blocks.text import Block
from bot.domain.text import escape

SEE_BELOW = "See the warning below."


def field_errors(view: dict[str, Any], errors: Mapping[str, str]) -> dict[str, str]:
    """`errors`: field -> sentence. One that stands right below its field isn't repeated there."""
    return {
        field: SEE_BELOW if _says(_below(view, field), why) else why
        for field, why in errors.items()
    }


def _below(view: dict[str, Any], field: str) -> Iterable[Block]:
    """What is between this field and the next one."""
    from_here = dropwhile(lambda one: one.get("block_id") != field, view.get("blocks") or ())
    return takewhile(lambda one: one.get("type") != "input", [*from_here][1:])


def _says(blocks: Iterable[Block], sentence: str) -> bool:
    texts = [
        str(part.get("text"))
        for block in blocks
        for part in (block.get("text") or {}, *(block.get("elements") or ()))
    ]
    return any(sentence in text or escape(sentence) in text for text in texts)
