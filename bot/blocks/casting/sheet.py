"""The casting sheet that people open in Home: a face, a voice and a clip of each avatar."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.blocks.casting.pictures import picture
from bot.blocks.text import Block, actions, bold, button, context, page, section, unformatted
from bot.domain.casting.clips import Cast
from bot.domain.text import cut

SHOW_SHEET, USE_CAST = "show_casting_sheet", "use_cast"  # action ids
USE = "use"  # the first part of a block id
MOST = 48  # each is two blocks, and a view can have 100
LABEL_LIMIT = (
    75  # characters: https://docs.slack.dev/reference/block-kit/block-elements/button-element
)
EMPTY = (
    "There is no casting sheet yet. An admin can make one in Home: a clip of each known avatar. "
    "From then on, each finished video adds its avatar."
)


@dataclass(frozen=True, slots=True)
class Sample:
    """`link`: to its video, where this person can see it; or ""."""

    cast: Cast
    link: str = ""


def build(samples: Sequence[Sample]) -> dict[str, Any]:
    blocks = [block for sample in samples[:MOST] for block in _sample(sample)]
    if more := len(samples) - MOST:
        blocks += [context(f"and {more} more")] if more > 0 else []
    return page("Casting sheet", blocks or [section(EMPTY)])


def _sample(sample: Sample) -> list[Block]:
    cast = sample.cast
    line = bold(cast.avatar)
    line += f"\nVoice: {unformatted(cast.voice)}" if cast.voice else ""
    line += f"\n<{sample.link}|Watch it>" if sample.link else ""
    face = picture(cast.face_file_id, f"{cast.avatar}: the face") if cast.face_file_id else None
    more = {"accessory": face} if face else {}
    label = cut(f"Use {cast.avatar}", LABEL_LIMIT)
    use = actions([button("Use", USE_CAST, "", accessibility_label=label)])
    return [section(line, **more), {**use, "block_id": block_id(cast.avatar)}]


def block_id(avatar: str) -> str:
    return f"{USE}.{avatar}"


def avatar_of(block_id: str) -> str:
    """Whose *Use* was pressed; "" if it is no block of the sheet."""
    return block_id.removeprefix(f"{USE}.") if block_id.startswith(f"{USE}.") else ""
