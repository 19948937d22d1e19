"""The fields for the avatar and the voice, and what the form says about an avatar."""

from dataclasses import dataclass

from bot.blocks.casting.pictures import face as face_block
from bot.blocks.fields import name_field
from bot.blocks.text import Block, section
from bot.blocks.twins.form import ask_whom
from bot.domain.parameters import Parameters
from bot.domain.text import escape

REFUSED = "refused_avatar"
# Segmind has 24 avatars and 20 voices, but publishes only some of their names.
NOT_ALL = "Not all of Segmind's {} are listed. You can type any other name."


@dataclass(frozen=True, slots=True)
class Cast:
    """What is known of the avatar in the form.

    `face`: a file ID. `twin`: its name, if it is a Digital Twin. `refused`: why no video can be
    made with it there. `ask_about`: its ID, if that is since nobody was asked.
    """

    face: str = ""
    twin: str = ""
    refused: str = ""
    ask_about: str = ""


NOTHING_KNOWN = Cast()


def fields(p: Parameters, cast: Cast) -> list[Block]:
    hint = NOT_ALL.format("avatars")
    avatar = name_field("avatar", "Avatar", p.avatar, p.avatar_id, hint=hint, id_label=cast.twin)
    return [
        *([face_block(cast.face, p.avatar)] if cast.face else []),
        avatar,
        *_refusal(cast),
        name_field("voice", "Voice", p.voice, p.voice_id, hint=NOT_ALL.format("voices")),
    ]


def _refusal(cast: Cast) -> list[Block]:
    if cast.ask_about:
        return [ask_whom(cast.ask_about)]
    if cast.refused:
        return [section(f":warning: {escape(cast.refused)}", block_id=REFUSED)]
    return []
