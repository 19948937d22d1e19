"""The form of *Copy to publish*, and the message that shows how far the copy is."""

from typing import Any

from bot.blocks.fields import checkbox_field
from bot.blocks.review import PUBLISH, PUBLISH_LABEL
from bot.blocks.sharing.share import CAPTIONS
from bot.blocks.text import context, form, page, section
from bot.domain.takes import Take
from bot.domain.text import escape


def publish_form(take: Take, label: str) -> dict[str, Any]:
    """Most people watch upright videos without sound, so these have captions by default."""
    p = take.parameters
    upright = p.aspect_ratio in ("9:16", "4:5")
    label = escape(label)
    captions = checkbox_field(CAPTIONS, "Captions", "Burn the captions into the picture", upright)
    says = context(
        f"The copy says “{label}” at the top right, at the start and every 30 seconds. "
        "It will be posted in this thread, and costs nothing."
    )
    blocks = [captions, says] if take.captions else [says]
    return form(PUBLISH, PUBLISH_LABEL, "Make the copy", blocks, take.id)


def progress_text(take: Take, done: float) -> str:
    return f"Making a copy of take {take.number} to publish: {int(done * 100)}%"


def under_way(take: Take) -> str:
    return f"A copy of take {take.number} is already being made. It will be posted in its thread."


def not_made(why: str) -> dict[str, Any]:
    """In place of the form, which may have no field to show it at."""
    return page(PUBLISH_LABEL, [section(f"No copy was made. {escape(why)}")])


def already_made(link: str) -> dict[str, Any]:
    """`link`: to the same copy."""
    words = f"This copy is already <{link}|in the thread>, so I didn't make another."
    return page(PUBLISH_LABEL, [section(words)])
