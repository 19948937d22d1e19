"""The form in which a Digital Twin is asked for."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from bot.blocks.fields import (
    file_id,
    input_block,
    kept_in,
    person_field,
    state_values,
    text,
    text_field,
)
from bot.blocks.text import Block, button, context, form, plain, section
from bot.domain.money.amounts import charged
from bot.domain.parameters import ID_LIMIT, URL_LIMIT
from bot.domain.text import cut, escape, one_line
from bot.domain.twins.twin import NAME_LIMIT, PRICE_USD, PURPOSE_LIMIT

MAKE_TWIN = "make_twin"  # the action ID of its button, and its callback ID
TWIN_OF_MESSAGE = "make_twin_of_message"  # the callback ID of the shortcut of a message
# Block IDs; those of `problems` in bot/domain/twins.
NAME, SHOWS, PURPOSE, FOOTAGE = "twin_name", "shows", "purpose", "footage"
AVATAR_ID = "twin_avatar_id"
ASK_WHOM = "ask_whom"  # the block ID of the button in the form for a video
FOOTAGE_FILE = "footage_file"
TIPS = (
    "Good twins come from 2 to 5 minutes in one take, at 1080p and 30 frames a second, of one "
    "person who looks at the camera. 15 seconds is the least."
)
CONSENT = (
    "I'll ask the person shown first. Nothing is sent to Segmind or charged before they allow it. "
    "Segmind and HeyGen then store the footage."
)


VIDEO_NAME_LIMIT = 80  # characters


@dataclass(frozen=True, slots=True)
class MessageVideo:
    """The video of a message. `seen_in`: the conversation where whoever chose it says to see it."""

    file_id: str
    name: str
    seen_in: str


@dataclass(frozen=True, slots=True)
class TwinForm:
    """`file_id`: of a file in the form, or of a message's video, which was `seen_in` there."""

    name: str
    shows_user_id: str
    purpose: str
    footage: str
    avatar_id: str
    file_id: str
    seen_in: str = ""

    @property
    def file_field(self) -> str:
        """Where an error about the file is shown: a message's video has no field."""
        return NAME if self.seen_in else FOOTAGE_FILE


def ask_whom(avatar_id: str) -> Block:
    """In the form for a video, as soon as it has an ID about which nobody was asked."""
    ask = button("Ask for consent", MAKE_TWIN, avatar_id)
    return section(
        "Whom does this avatar show? They have to allow it first.", block_id=ASK_WHOM, accessory=ask
    )


def build(left: str, avatar_id: str = "", video: MessageVideo | None = None) -> dict[str, Any]:
    """`left`: what is left of the budget, as mrkdwn; "" without one. `avatar_id`: to ask about.

    `video`: the footage, if it was chosen before.
    """
    price = f"A Digital Twin costs {charged(PRICE_USD)} once."
    return form(
        MAKE_TWIN, "Make a Digital Twin", "Ask for consent", [
            text_field(NAME, "Name", "", limit=NAME_LIMIT, optional=False,
                       placeholder="As it is listed among the avatars"),
            person_field(SHOWS, "Who does it show?"),
            text_field(PURPOSE, "What is it for?", "", limit=PURPOSE_LIMIT, optional=False,
                       multiline=True, placeholder="Weekly product news in #marketing"),
            *(_footage_of_message(video) if video else _footage_fields(avatar_id)),
            context(f"{price} {left}".strip()),
            context(CONSENT),
        ],
        json.dumps(asdict(video)) if video else "",
    )  # fmt: skip


def _footage_of_message(video: MessageVideo) -> list[Block]:
    name = escape(cut(video.name, VIDEO_NAME_LIMIT))
    return [section(f"*Footage:* {name}, from that message"), context(TIPS)]


def _footage_fields(avatar_id: str) -> list[Block]:
    return [
        input_block(FOOTAGE_FILE, "Footage",
                    {"type": "file_input", "filetypes": ["mp4"], "max_files": 1},
                    optional=True, hint=plain(f"An mp4 of at most 10 MB. {TIPS}")),
        text_field(FOOTAGE, "Or a link to it", "", limit=URL_LIMIT,
                   placeholder="https://… (a public mp4 of at most 100 MB)"),
        text_field(AVATAR_ID, "Or a HeyGen avatar ID", avatar_id, limit=ID_LIMIT,
                   placeholder="Of an avatar of this person that exists already; free"),
    ]  # fmt: skip


def _video_of(view: dict[str, Any]) -> MessageVideo | None:
    """What `build` has kept in the form. It is checked again: a payload can be forged."""
    kept = kept_in(view)
    values = [kept.get(name) for name in ("file_id", "name", "seen_in")]
    texts = [one for one in values if isinstance(one, str)]
    return MessageVideo(*texts) if len(texts) == len(values) else None


def parse(view: dict[str, Any]) -> TwinForm:
    state = state_values(view)
    name, shows, purpose, footage, avatar_id = (
        (text(state, field) or "").strip() for field in (NAME, SHOWS, PURPOSE, FOOTAGE, AVATAR_ID)
    )
    if video := _video_of(view):
        return TwinForm(one_line(name), shows, purpose, "", "", video.file_id, video.seen_in)
    file = file_id(state, FOOTAGE_FILE)
    return TwinForm(one_line(name), shows, purpose, footage, avatar_id, file)
